import { data } from "./collection/data.ts";
import { head } from "./collection/head.ts";
import { platform } from "./collection/platform.ts";
import { processes } from "./collection/processes.ts";
import { visits } from "./collection/visits.ts";
import { annotations } from "./kit/annotations.ts";
import { board } from "./kit/board.ts";

export const collection = board({
  uid: "govmatrix-collection",
  question: "采集系统自身正常吗：数据晚了多少，卡在哪里？（供系统维护人员）",
  from: "now-6h",
  annotations: annotations(),
  sections: [
    { panels: head },
    { title: "采集任务", panels: visits },
    { title: "微信平台接口", panels: platform },
    { title: "数据", panels: data },
    { title: "通知与进程", panels: processes },
  ],
});
