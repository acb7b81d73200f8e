import { annotations } from "./kit/annotations.ts";
import { board, place } from "./kit/board.ts";
import { calendar } from "./kit/panels.ts";
import { rows, series } from "./kit/query.ts";
import { ACCOUNT, DEPARTMENT, STATES } from "./kit/risk.ts";
import { ARTICLES, DAYS_LEFT } from "./kit/scale.ts";
import { DAYS, dayStart, daysInRange, endText, ofDepartments } from "./kit/sql.ts";
import { atText, table } from "./kit/table.ts";
import { departments } from "./kit/variables.ts";
import { deadlines, gaps } from "./updates/bands.ts";
import { figures } from "./updates/figures.ts";

/** More rows than this cannot be told apart; the others by the filter of departments. */
const SHOWN = 60;
const BY_RISK = "state_order, days_left nulls last, account";

const accounts = table(
  {
    title: "各公众号更新情况（按距超期由近到远）",
    description:
      "距超期为负数的已过期限；采集不到的账号不判断距超期。未更新天数是今天距最近一次已知发布的天数。最长间隔是本季度相邻两次发布相隔的最多天数，中间有未采集到的日子的不计。",
    noValue: "所选单位没有公众号",
  },
  rows(`
    select account_name, department_name, state, days_left, ${endText("publish_deadline_at")} as deadline,
      ${endText("last_published_at")} as last_published, silent_days, longest_gap_days, articles_7d, articles_30d,
      ${endText("statistics_as_of")} as as_of, account
    from v_account_risk
    where ${ofDepartments()}
    order by ${BY_RISK}`),
  {
    account_name: ACCOUNT,
    department_name: DEPARTMENT,
    state: { title: "更新情况", width: 90, texts: STATES },
    days_left: { title: "距超期（天）", width: 110, unit: "none", decimals: 1, colours: DAYS_LEFT },
    deadline: atText("更新期限"),
    last_published: atText("最近更新"),
    silent_days: { title: "未更新（天）", width: 110, unit: "none" },
    longest_gap_days: { title: "本季度最长间隔（天）", width: 170, unit: "none" },
    articles_7d: { title: "近 7 日（篇）", width: 110, unit: "none" },
    articles_30d: { title: "近 30 日（篇）", width: 115, unit: "none" },
    as_of: atText("数据截至"),
  },
  ["account"],
);

const days = calendar(
  {
    title: `发布日历（按风险排序，最多 ${SHOWN} 个公众号）`,
    description: `每行一个公众号，每格一天（北京时间），颜色是当日发布篇数：灰 0 篇，绿 1–3 篇，蓝 4 篇及以上；空白为尚未采集完整，不等于 0，今天因此总是空白。序号即风险次序，超过 ${SHOWN} 个时请按单位筛选。`,
    unit: "suffix: 篇",
    noValue: "所选单位没有公众号",
  },
  // Grafana puts series in the order of their names.
  series(`
    select ${dayStart("days.stat_date")}, lpad(place::text, 2, '0') || ' ' || shown.account_name as metric,
      articles_published as value
    from (
      select account, account_name, row_number() over (order by ${BY_RISK}) as place
      from v_account_risk
      where ${ofDepartments()}
      order by place
      limit ${SHOWN}
    ) shown
    cross join ${DAYS}
    left join v_publishing_day known on known.account = shown.account and known.stat_date = days.stat_date
      and complete and ${daysInRange("known.stat_date")}
    order by 1, 2`),
  ARTICLES,
);

export const updates = board({
  uid: "govmatrix-updates",
  question: "哪些公众号快到更新期限，哪些已经超期，平时更新是否均匀？",
  from: "now-30d",
  variables: [departments()],
  annotations: annotations(
    `and severity = 'critical' and ${ofDepartments()}`,
    `and (department is null or ${ofDepartments()})`,
  ),
  sections: [
    { panels: [...figures, place(24, 14, accounts)] },
    { title: "更新是否均匀", panels: [place(24, 28, days), place(12, 8, deadlines), place(12, 8, gaps)] },
  ],
});
