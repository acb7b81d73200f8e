import { faults } from "./account/faults.ts";
import { head } from "./account/head.ts";
import { publishing } from "./account/publishing.ts";
import { reach } from "./account/reach.ts";
import { annotations } from "./kit/annotations.ts";
import { board, place } from "./kit/board.ts";
import { rows } from "./kit/query.ts";
import { ofAccount } from "./kit/sql.ts";
import { account as accountVariable } from "./kit/variables.ts";
import { waitingColumns, waitingTable } from "./kit/waiting.ts";

const SHOWN = 200;

const waiting = waitingTable(
  "等待答复的提问",
  `需要答复而尚无人工回复的留言和私信，不限收到时间，期限最近的在前，最多列 ${SHOWN} 条。不保存也不显示群众所写的内容，请按编号、文章和时间到公众平台查看。`,
  rows(`
    select ${waitingColumns(true)}
    from v_reply_waiting
    where ${ofAccount()}
    order by due_at nulls last, received_at
    limit ${SHOWN}`),
  true,
);

export const account = board({
  uid: "govmatrix-account",
  question: "这个公众号更新、回应得怎么样，采集有没有问题？",
  from: "now-42d",
  variables: [accountVariable()],
  annotations: annotations(`and ${ofAccount()}`, `and ${ofAccount()}`),
  sections: [
    { panels: head },
    { title: "发布", panels: publishing },
    { title: "互动回应", panels: [place(24, 8, waiting)] },
    { title: "传播参考（仅供运营参考，不作为考核评价依据）", panels: reach },
    { title: "采集与预警", panels: faults },
  ],
});
