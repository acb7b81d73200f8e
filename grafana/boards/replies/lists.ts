import { place } from "../kit/board.ts";
import { linkTo } from "../kit/links.ts";
import { rows } from "../kit/query.ts";
import { COLOUR, texts } from "../kit/scale.ts";
import { ofDepartments } from "../kit/sql.ts";
import { atMinute, table } from "../kit/table.ts";
import { CHANNELS, waitingColumns, waitingTable } from "../kit/waiting.ts";

const SHOWN = 200;
const account = { title: "公众号", width: 180, link: linkTo("govmatrix-account", { account: "account" }) };
const KINDS = texts({
  absent: ["无此功能", COLOUR.calm],
  unmeasurable: ["无法统计", COLOUR.warning],
  pending: ["首次统计中", COLOUR.unknown],
  unknown: ["未知", COLOUR.unknown],
});

const overdue = waitingTable(
  "超时未回复",
  `需要答复、已过期限仍无人工回复的留言和私信，超时最久的在前，最多列 ${SHOWN} 条。不保存也不显示群众所写的内容，请按编号、文章和时间到公众平台查看。`,
  rows(`
    select ${waitingColumns(false)}
    from v_reply_waiting
    where ${ofDepartments()} and stage = 'overdue'
    order by due_at, received_at
    limit ${SHOWN}`),
  false,
);

const few = table(
  {
    title: "提问不足 10 件的单位：逐件",
    description: "近 30 天提问不足 10 件的单位，不算“一半在…内答复”，逐件列出；未回复的在前，其余最新在前。",
    noValue: "没有提问不足 10 件的单位",
  },
  rows(`
    select department_name, account_name, channel, received_at, answered_after, id, account
    from v_reply_few
    where ${ofDepartments()}
    order by department, first_reply_at is not null, received_at desc
    limit ${SHOWN}`),
  {
    department_name: { title: "单位", width: 160 },
    account_name: account,
    channel: { title: "渠道", width: 60, texts: CHANNELS },
    received_at: atMinute("收到"),
    answered_after: { title: "首次回复用时（— 为未回复）" },
    id: { title: "编号", width: 80 },
  },
  ["account"],
);

const unmeasured = table(
  {
    title: "没有计入的公众号",
    description: "没有留言功能、无法统计或尚未统计的公众号和原因。它们不计入以上数字，也不等于没有待回复。",
    noValue: "所有公众号都已计入",
  },
  rows(`
    select account_name, department_name, kind, remark, account
    from v_reply_function
    where ${ofDepartments()} and kind <> 'measurable'
    order by kind, department, account_name`),
  {
    account_name: account,
    department_name: { title: "单位", width: 160 },
    kind: { title: "情况", width: 95, texts: KINDS },
    remark: { title: "原因", wrap: true },
  },
  ["account"],
);

export const lists = [place(24, 10, overdue), place(12, 10, few), place(12, 10, unmeasured)];
