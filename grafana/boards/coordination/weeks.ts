import { VisibilityMode } from "@grafana/grafana-foundation-sdk/common";
import { place } from "../kit/board.ts";
import { linkTo } from "../kit/links.ts";
import { calendar, type PanelText } from "../kit/panels.ts";
import { rows, series } from "../kit/query.ts";
import { COLOUR, thresholds } from "../kit/scale.ts";
import { dayStart, daysInRange, ofDepartments, WEEKS } from "../kit/sql.ts";
import { atMinute, type Column, table } from "../kit/table.ts";

export const DEPARTMENT: Column = {
  title: "单位",
  link: linkTo("govmatrix-updates", { department: "department" }),
};
const SHARES = [
  [0.8, COLOUR.notice],
  [0.95, COLOUR.good],
] as const;
/** Shares of questions that are answered. */
export const ANSWERED = thresholds(COLOUR.unknown, [[0, COLOUR.warning], ...SHARES]);

export const lastWeek = [
  place(
    24,
    11,
    table(
      {
        title: "上周各单位对照",
        description:
          "上一个完整周（周一至周日，北京时间），按单位代码排列，不排名。“发文有数据”：七天的发文数都已知的账号数/账号数，不含筹建、备案的，已注销的只计入有数据的周。“回复有数据”：有渠道整周都能统计的账号数/账号数，不含已注销的，各栏只计这些渠道。答复率：到现在已有人工回复的比例，其余的未必超时。未按期：过了期限才回复、或已过期限仍未回复的。一半在…内答复：到首次人工回复的自然时间，不足 10 件提问、或半数尚未回复的不计。",
        noValue: "上周的数据尚未采集",
      },
      rows(`
        select p.department_name, p.articles, p.accounts_covered || '/' || p.accounts as covered,
          r.questions, r.answered, r.answer_rate, r.late, duration_text(r.median_seconds) as median,
          r.accounts_measurable || '/' || r.accounts as measurable, r.as_of,
          to_char(p.week, 'MM-DD') || ' 至 ' || to_char(p.week + 6, 'MM-DD') as week, p.department
        from v_department_week p
        left join v_department_reply_week r on r.department = p.department and r.weeks_ago = 1
        where p.weeks_ago = 1 and ${ofDepartments("p.department")}
        order by p.department`),
      {
        department_name: DEPARTMENT,
        articles: { title: "发文（篇）", width: 100 },
        covered: { title: "发文有数据", width: 110, align: "center" },
        questions: { title: "收到提问（件）", width: 120 },
        answered: { title: "已回复（件）", width: 110 },
        answer_rate: { title: "答复率", width: 80, unit: "percentunit", decimals: 0, colours: ANSWERED },
        late: { title: "未按期（件）", width: 110 },
        median: { title: "一半在…内答复", width: 130, align: "center" },
        measurable: { title: "回复有数据", width: 110, align: "center" },
        as_of: atMinute("回复截至"),
        week: { title: "统计的周", width: 150 },
      },
      ["department"],
    ),
  ),
];

/**
 * A row for each department, a cell for each complete week of the board's range. Grafana puts series in the order of
 * their names, so the numbers in front are those of the departments' codes. A calendar of one week would not be drawn,
 * so the weeks before the first data are there too; what is unknown stays empty.
 */
function weeklyCells(text: PanelText, view: string, value: string, colours: typeof ANSWERED) {
  const query = series(`
    with cells as (
      select week, department_name, (${value})::float8 as value, dense_rank() over (order by department) as place
      from ${view}
      where ${daysInRange("week")} and weeks_ago > 0 and ${ofDepartments()}
    )
    select ${dayStart("weeks.week")}, lpad(place::text, greatest(2, length(max(place) over ()::text)), '0') || ' '
      || department_name as metric, value
    from (select distinct place, department_name from cells) departments
    cross join ${WEEKS}
    left join cells using (week, place, department_name)
    where weeks.week <= (select max(week) from cells)
    order by time, place`);
  return calendar(text, query, colours).showValue(VisibilityMode.Auto);
}

const published = weeklyCells(
  {
    title: "每周发文",
    description:
      "每格是该单位一周（周一至周日）发布的文章数；有的账号数据不全时按已知的计，没有一个账号数据完整的留空。",
    unit: "suffix: 篇",
    noValue: "所选时间内没有完整的一周，或尚未采集",
  },
  "v_department_week",
  "case when accounts_covered > 0 then articles end",
  thresholds(COLOUR.notice, [[1, COLOUR.good]]),
);
const answered = weeklyCells(
  {
    title: "每周提问答复率",
    description:
      "每格是该单位一周内收到的提问中，到现在已有人工回复的比例；没有提问、或无法统计的留空。最近两周的多半还没到期。",
    unit: "percentunit",
    noValue: "所选时间内没有收到提问，或留言和私信无法统计",
  },
  "v_department_reply_week",
  "answer_rate",
  thresholds(COLOUR.warning, SHARES),
).decimals(0);
const median = weeklyCells(
  {
    title: "每周提问一半在几天内答复（满 10 件才计）",
    description:
      "每格是该单位一周内收到的提问，有一半在几天（自然日，0.5 天即 12 小时）内得到首次人工回复；不足 10 件的不计，半数尚未回复的还不知道，都留空，所以空格多。",
    unit: "suffix: 天",
    noValue: "所选时间内各单位每周的提问都不足 10 件、半数还没有回复，或无法统计",
  },
  "v_department_reply_week",
  "median_seconds / 86400",
  thresholds(COLOUR.good, [
    [1, COLOUR.notice],
    [3, COLOUR.warning],
  ]),
).decimals(1);

export const weekly = [place(8, 18, published), place(8, 18, answered), place(8, 18, median)];
