import { place } from "../kit/board.ts";
import { type PanelText, stat } from "../kit/panels.ts";
import { rows, series } from "../kit/query.ts";
import { ANY_IS, COLOUR } from "../kit/scale.ts";
import { figure, minuteText, ofDepartments } from "../kit/sql.ts";
import { atMinute, table } from "../kit/table.ts";
import { HALF, MOST } from "./departments.ts";

/** What is only planned or filed has nothing to answer. */
const ACCOUNTS = `from v_account
  where lifecycle in ('running', 'rectifying', 'closing') and ${ofDepartments()}`;
const LATEST = `'截至 ' || ${minuteText("min(replies_as_of)")} || ' · ' || count(open_cases) || '/' || count(*)
  || ' 个账号有数据'`;
const DEPARTMENTS = `from v_reply_summary where scope = 'department' and ${ofDepartments("code")}`;
const MONTH = `'截至 ' || ${minuteText("min(as_of)")} || ' · ' || coalesce(sum(accounts_measurable), 0) || '/'
  || coalesce(sum(accounts), 0) || ' 个账号有数据'`;

type Text = Pick<PanelText, "title" | "description" | "unit">;
const count = (text: Text, value: string, asOf: string, from: string, colours?: Parameters<typeof stat>[2]) =>
  stat({ ...text, noValue: "留言和私信尚未采集或无法统计" }, series(figure(value, asOf, from)), colours);

const overdue = count(
  {
    title: "超时未回复",
    description:
      "需要答复（提问、咨询、投诉、求助）、尚无人工回复且已过规则集期限的留言和私信，不限收到时间；过期后才回复的不计，见协同联动“未按期”。账号数不含筹建、备案的和已注销的。",
    unit: "suffix: 条",
  },
  "sum(overdue_cases)",
  LATEST,
  ACCOUNTS,
  ANY_IS(COLOUR.bad),
);
const open = count(
  {
    title: "待回复的提问",
    description: "尚无人工回复的提问，含已超时的，不限收到时间；致谢、问候等不需要答复的留言和私信不计。",
    unit: "suffix: 条",
  },
  `case when count(open_cases) > 0 then (select count(*) from v_reply_waiting where ${ofDepartments()}) end`,
  LATEST,
  ACCOUNTS,
);
const asked = count(
  {
    title: "近 30 天收到提问",
    description: "近 30 天（含今天）收到的、需要答复的留言和私信，不含已删除和人工排除的。",
    unit: "suffix: 条",
  },
  "sum(questions)",
  MONTH,
  DEPARTMENTS,
);
const answered = count(
  {
    title: "近 30 天提问答复率",
    description: "近 30 天收到的提问中已有人工回复的比例，刚收到、期限未到的也在分母中。",
    unit: "percentunit",
  },
  "sum(questions_answered)::float8 / nullif(sum(questions), 0)",
  MONTH,
  DEPARTMENTS,
).decimals(0);

/** In words, as no unit of Grafana's tells minutes, hours and days in Chinese. */
const latency = table(
  {
    title: "全县首次回复用时（近 30 天收到的提问）",
    description:
      "全县近 30 天收到的提问，有一半、九成在这么长时间内得到首次人工回复；尚未回复的按已等待时间计入，“≥”表示未回复的还较多，只知道不短于此。自然时间含夜间和节假日，办公时间只计规则集的办公时间。不足 10 件不计。",
    noValue: "留言和私信尚未采集或无法统计",
  },
  rows(`
    select clock.name, clock.half, clock.most, accounts_measurable || '/' || accounts as accounts, percentiles_as_of
    from v_reply_summary
    cross join lateral (values (1, '自然时间', p50, p90), (2, '办公时间', working_p50, working_p90))
      clock (place, name, half, most)
    where scope = 'county'
    order by clock.place`),
  {
    name: { title: "按", width: 75 },
    half: { title: HALF, align: "center" },
    most: { title: MOST, align: "center" },
    accounts: { title: "有数据的账号", width: 110, align: "center" },
    percentiles_as_of: atMinute("数据截至"),
  },
);

export const head = [...[overdue, open, asked, answered].map((panel) => place(4, 5, panel)), place(8, 5, latency)];
