import { place } from "../kit/board.ts";
import { rows } from "../kit/query.ts";
import { ANY_IS, COLOUR, SEVERITIES, texts } from "../kit/scale.ts";
import { inRange, ofAccount } from "../kit/sql.ts";
import { atMinute, table } from "../kit/table.ts";

const COLLECTORS = texts({
  ...{ statistics: ["统计数据"], publications: ["发布记录"], profile: ["账号资料"], pages: ["文章页面"] },
  ...{ replies: ["留言和私信"] },
});
const STATES = texts({
  succeeded: ["正常", COLOUR.good],
  waiting: ["等待首次采集", COLOUR.unknown],
  failed: ["失败", COLOUR.bad],
});

/** What stands between us and the account, and what was told about it. */
export const faults = [
  place(
    14,
    9,
    table(
      {
        title: "采集状况",
        description:
          "每个采集项最近一次采集的结果、原因和处理办法；“缺日”是近 30 日中采集失败、尚未补上的天数。采集故障不等于断更。",
        noValue: "该账号不再采集，或尚未开始",
      },
      rows(`
        select collector, state, succeeded_at, error_reason, parts_unavailable, failed_days
        from v_account_collector
        where ${ofAccount()}
        order by state = 'failed' desc, failed_days desc, collector`),
      {
        collector: { title: "采集项", width: 100, texts: COLLECTORS },
        state: { title: "状态", width: 90, texts: STATES },
        succeeded_at: atMinute("最近成功"),
        error_reason: { title: "原因与处理办法", wrap: true },
        parts_unavailable: { title: "未开放的部分", width: 115 },
        failed_days: { title: "缺日", width: 60, colours: ANY_IS(COLOUR.warning) },
      },
    ),
  ),
  place(
    10,
    9,
    table(
      {
        title: "预警记录",
        description: "所选时间内未结束或刚结束的预警，最新在前；“采集”类是采集故障，不是对单位的判断。",
        noValue: "所选时间内没有预警",
      },
      rows(`
        select severity, alert_name, about, started_at, ended_at, lasted, delivered_at
        from v_alert_episode
        where ${ofAccount()} and (ended_at is null or ${inRange("ended_at")} or ${inRange("started_at")})
        order by started_at desc`),
      {
        severity: { title: "级别", width: 65, texts: SEVERITIES },
        alert_name: { title: "预警" },
        about: { title: "类别", width: 65, texts: texts({ unit: ["单位"], collection: ["采集"] }) },
        started_at: atMinute("开始"),
        ended_at: atMinute("结束"),
        lasted: { title: "持续", width: 100 },
        delivered_at: atMinute("首次告知"),
      },
    ),
  ),
];
