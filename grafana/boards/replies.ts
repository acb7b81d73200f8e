import { annotations } from "./kit/annotations.ts";
import { board } from "./kit/board.ts";
import { ofDepartments } from "./kit/sql.ts";
import { departments as departmentVariable } from "./kit/variables.ts";
import { departments } from "./replies/departments.ts";
import { head } from "./replies/head.ts";
import { lists } from "./replies/lists.ts";

export const replies = board({
  uid: "govmatrix-replies",
  question: "群众的留言和私信回复了没有、多快，哪些已经超时？",
  from: "now-30d",
  variables: [departmentVariable()],
  annotations: annotations(`and alert = 'AccountRepliesOverdue' and ${ofDepartments()}`),
  sections: [{ panels: head }, { title: "各单位", panels: departments }, { title: "清单", panels: lists }],
});
