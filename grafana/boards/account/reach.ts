import { VizOrientation } from "@grafana/grafana-foundation-sdk/common";
import { place } from "../kit/board.ts";
import { bars, columns, lines, note, oneColour } from "../kit/panels.ts";
import { rows, series } from "../kit/query.ts";
import { dayStart, daysInRange, ofAccount } from "../kit/sql.ts";

const NEWEST = 10;
const READERS_NOTE = "仅供运营参考，不作为考核评价依据。";

/** Articles and the median of their readers, by a text column; few articles say little, so their number stands there. */
const medianBy = (group: string, order: string) =>
  rows(`
    select ${group} || '（' || count(*) || ' 篇）' as category,
      percentile_cont(0.5) within group (order by readers_7d) as "7 日阅读中位数"
    from v_article_reach
    where ${ofAccount()} and ${daysInRange("publish_date")}
    group by ${group}
    order by ${order}`);

const HOUR = "coalesce(to_char(hour, 'FM00') || ' 时', '时刻未知')";

/** How far its articles reach, beside its own past only. */
export const reach = [
  place(
    24,
    2,
    note(
      "说明",
      "本节的阅读、关注等数据**仅供运营参考，不作为考核评价依据**；只与本账号自己的过去相比，不与其他单位排名。",
    ),
  ),
  place(
    12,
    8,
    columns(
      {
        title: "每日阅读人数",
        description: `当日阅读过本账号文章的人数，只含已采集完整的日子；空白为未知。${READERS_NOTE}`,
        unit: "suffix: 人",
        noValue: "所选时间内没有采集完整的日子",
      },
      series(`
        select ${dayStart()}, '阅读人数' as metric, readers as value
        from v_account_day
        where ${ofAccount()} and ${daysInRange()} and not provisional
        order by stat_date`),
    ).colorScheme(oneColour()),
  ),
  place(
    12,
    8,
    lines(
      {
        title: "关注人数",
        description: `每日 24:00 的累计关注人数；空白为未知。${READERS_NOTE}`,
        unit: "suffix: 人",
        noValue: "所选时间内没有关注人数，或该账号未开放用户统计接口",
      },
      series(`
        select ${dayStart()}, '关注人数' as metric, followers as value
        from v_account_day
        where ${ofAccount()} and ${daysInRange()} and followers is not null
        order by stat_date`),
    ).colorScheme(oneColour()),
  ),
  place(
    24,
    8,
    lines(
      {
        title: `最近 ${NEWEST} 篇文章的阅读曲线`,
        description: `所选时间内最新的 ${NEWEST} 篇：自发布起至每日 24:00 的累计阅读人数，平台统计到第 30 天。${READERS_NOTE}`,
        unit: "suffix: 人",
        noValue: "所选时间内的文章还没有阅读数据（发布次日起才有）",
      },
      series(`
        select ${dayStart()}, label as metric, readers as value
        from v_article_curve
        where ${ofAccount()} and ${daysInRange("publish_date")} and article in (
          select article from v_article
          where ${ofAccount()} and ${daysInRange("publish_date")} and readers is not null
          order by publish_date desc, article desc
          limit ${NEWEST})
        order by time, metric`),
    ),
  ),
  place(
    10,
    8,
    bars(
      {
        title: "形式与阅读",
        description: `所选时间内发布的文章按形式：篇数，和发布 7 天内阅读人数的中位数（满 7 天的文章才计）。${READERS_NOTE}`,
        unit: "none",
        noValue: "所选时间内没有发布文章",
      },
      medianBy("form_name", "count(*) desc, form_name"),
      "category",
    )
      .orientation(VizOrientation.Horizontal)
      .colorScheme(oneColour()),
  ),
  place(
    14,
    8,
    bars(
      {
        title: "发布时段与阅读",
        description: `所选时间内发布的文章按发布的钟点（北京时间）：篇数，和发布 7 天内阅读人数的中位数（满 7 天的文章才计）。${READERS_NOTE}`,
        unit: "none",
        noValue: "所选时间内没有发布文章",
      },
      medianBy(HOUR, HOUR),
      "category",
    )
      .orientation(VizOrientation.Horizontal)
      .colorScheme(oneColour()),
  ),
];
