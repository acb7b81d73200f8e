import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { linkTo } from "./links.ts";
import { COLOUR, type Colour, texts } from "./scale.ts";
import { atMinute, type Column, table } from "./table.ts";

/** How near questions without an answer are to their deadline: `stage` of v_reply_waiting. */
export const STAGES: Record<string, readonly [text: string, colour: Colour]> = {
  in_time: ["期限内", COLOUR.good],
  warn: ["一级提醒", COLOUR.calm],
  amber: ["二级提醒", COLOUR.notice],
  red: ["三级提醒", COLOUR.warning],
  overdue: ["已超时", COLOUR.bad],
  unknown: ["期限未知", COLOUR.unknown],
};

export const CHANNELS = texts({ comment: ["留言"], message: ["私信"] });

const STAGE: Column = { title: "时限", width: 90, texts: texts(STAGES) };
const ACCOUNT: Record<string, Column> = {
  account_name: { title: "公众号", width: 170, link: linkTo("govmatrix-account", { account: "account" }) },
  department_name: { title: "单位", width: 150 },
};

/** Of questions that nobody answered; what citizens wrote is not stored and stands nowhere. */
export function waitingTable(title: string, description: string, query: Builder<Dataquery>, ofOneAccount: boolean) {
  return table(
    { title, description, noValue: "暂无待回复的提问，或留言和私信都无法统计" },
    query,
    {
      stage: STAGE,
      ...(ofOneAccount ? {} : ACCOUNT),
      channel: { title: "渠道", width: 60, texts: CHANNELS },
      title: { title: "所评文章" },
      received_at: atMinute("收到"),
      due_at: atMinute("应于此前回复"),
      turn: { title: "距期限", width: 110 },
      waited: { title: "已等待", width: 90 },
      id: { title: "编号", width: 70 },
      as_of: atMinute("数据截至"),
    },
    ofOneAccount ? [] : ["account"],
  );
}

/** Columns of v_reply_waiting in the order of the table. */
export const waitingColumns = (ofOneAccount: boolean) =>
  `stage, ${ofOneAccount ? "" : "account_name, department_name, "}channel, title, received_at, due_at, turn, waited, id,
    as_of${ofOneAccount ? "" : ", account"}`;
