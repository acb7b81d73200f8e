import { closing } from "./alerts/closing.ts";
import { delivery } from "./alerts/delivery.ts";
import { head } from "./alerts/head.ts";
import { open } from "./alerts/open.ts";
import { annotations } from "./kit/annotations.ts";
import { board } from "./kit/board.ts";

export const alerts = board({
  uid: "govmatrix-alerts",
  question: "哪些预警还没有解除，通知到了没有，处理用了多久？",
  from: "now-30d",
  annotations: annotations(),
  sections: [
    { panels: [...head, ...open] },
    { title: "发生与解除", panels: closing },
    { title: "通知送达", panels: delivery },
  ],
});
