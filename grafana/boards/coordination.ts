import { head } from "./coordination/head.ts";
import { readers } from "./coordination/readers.ts";
import { lastWeek, weekly } from "./coordination/weeks.ts";
import { annotations } from "./kit/annotations.ts";
import { board } from "./kit/board.ts";
import { ofDepartments } from "./kit/sql.ts";
import { departments } from "./kit/variables.ts";

export const coordination = board({
  uid: "govmatrix-coordination",
  question: "同样的几周里，各单位的更新和回应步调如何，与自己过去相比怎么样？",
  from: "now-12w",
  variables: [departments()],
  annotations: annotations(`and severity = 'critical' and ${ofDepartments()}`),
  sections: [
    { panels: [...head, ...lastWeek] },
    { title: "逐周对照（只列完整的周，周一至周日）", panels: weekly },
    { title: "传播参考（仅供运营参考，不作为考核评价依据）", panels: readers },
  ],
});
