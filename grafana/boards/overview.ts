import { TableCellHeight } from "@grafana/grafana-foundation-sdk/common";
import { annotations } from "./kit/annotations.ts";
import { board, place } from "./kit/board.ts";
import { columns, oneColour } from "./kit/panels.ts";
import { rows, series } from "./kit/query.ts";
import { ACCOUNT, DEPARTMENT } from "./kit/risk.ts";
import { COLOUR, texts } from "./kit/scale.ts";
import { dayStart, daysInRange, endText, minuteText, untilText } from "./kit/sql.ts";
import { atText, table } from "./kit/table.ts";
import { activity, states } from "./overview/figures.ts";

/** `need_order` of v_account_risk: what the first thing to do is about. */
const MATTERS = texts({
  1: ["更新", COLOUR.bad],
  2: ["更新", COLOUR.warning],
  3: ["回复", COLOUR.bad],
  4: ["采集", COLOUR.unknown],
  5: ["更新", COLOUR.notice],
  6: ["采集", COLOUR.unknown],
});

const urgent = table(
  {
    title: "此刻最需要处理的五个",
    description:
      "依次为：已超期，期限已到或不足 2 天，有超时未回复，采集不到，距期限不足 4 天，采集失败。同类中期限近的、超时条数多的在前。采集的故障由系统维护人员处理，不等于断更。",
    noValue: "暂无需要处理的公众号",
  },
  rows(`
    select account_name, department_name, need_order::text as matter, need, ${endText("need_as_of")} as as_of, account
    from v_account_risk
    where need_order is not null
    order by need_order, case need_order when 3 then -overdue_cases else days_left end, account
    limit 5`),
  {
    account_name: ACCOUNT,
    department_name: DEPARTMENT,
    matter: { title: "事由", width: 80, texts: MATTERS },
    need: { title: "需要处理" },
    as_of: atText("数据截至"),
  },
  ["account"],
).cellHeight(TableCellHeight.Lg);

const trend = columns(
  {
    title: "全县每日发文",
    description:
      "公众号每天（北京时间）发布的文章篇数，只含当日数据完整的，以后注销的也在内；图例是其中各天有数据的账号最少和最多几个，账号少的日子篇数偏少。",
    unit: "suffix: 篇",
    noValue: "所选时间内没有采集完整的日子",
  },
  series(`
    select ${dayStart()},
      '发文 · ' || concat_ws('–', nullif(min(accounts_covered) over (), max(accounts_covered) over ()),
        max(accounts_covered) over ()) || '/' || max(accounts_expected) over () || ' 个账号有数据' as metric,
      articles_published as value
    from v_county_day
    where ${daysInRange()}
    order by 1`),
).colorScheme(oneColour());

const asOf = table(
  {
    title: "数据截至",
    description: "本页各数字真实的时间。统计数据为平台每天 8 时后给出的前一日全天；采集不到的账号不在其中。",
    noValue: "尚未采集",
  },
  rows(`
    select ${untilText("statistics_as_of_newest")} as newest, ${untilText("statistics_as_of")} as oldest,
      ${minuteText("replies_as_of")} as replies, ${minuteText("today_as_of")} as today,
      accounts - accounts_blind || '/' || accounts || ' 个账号有数据' as seen
    from v_overview`),
  {
    newest: { title: "统计数据（最新）", width: 240 },
    oldest: { title: "统计数据（最早的账号）", width: 240 },
    replies: { title: "留言和私信（最早的账号）", width: 240 },
    today: { title: "今日已知", width: 240 },
    seen: { title: "统计数据覆盖" },
  },
);

export const overview = board({
  uid: "govmatrix-overview",
  question: "全县政务微信现在怎么样，谁需要马上处理？",
  from: "now-30d",
  annotations: annotations(),
  sections: [{ panels: [...states, ...activity, place(14, 10, urgent), place(10, 10, trend), place(24, 4, asOf)] }],
});
