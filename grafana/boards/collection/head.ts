import { place } from "../kit/board.ts";
import { stat } from "../kit/panels.ts";
import { instant, series } from "../kit/query.ts";
import { ANY_IS, COLOUR, thresholds } from "../kit/scale.ts";
import { figure } from "../kit/sql.ts";

const NO_EXPORTER = "没有取得 exporter 的指标";
/** The alerts fire after five minutes. The clock of who asks may be a little behind. */
const AGE = thresholds(COLOUR.unknown, [
  [-86_400, COLOUR.good],
  [120, COLOUR.notice],
  [300, COLOUR.bad],
]);
/** 0 only while the exporter answers. */
const OR_NONE = "or 0 * max(govmatrix_exposition_timestamp_seconds)";

export const head = [
  place(
    4,
    4,
    stat(
      {
        title: "指标距今",
        description: "exporter 最近一次从数据库读取指标距今的时间；超过 5 分钟触发告警 CollectionStalled。",
        unit: "s",
        noValue: NO_EXPORTER,
      },
      instant("time() - max(govmatrix_exposition_timestamp_seconds)", "exporter 读取数据库"),
      AGE,
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "调度心跳距今",
        description: "planner 最近一次安排采集距今的时间；超过 5 分钟触发告警 PlannerStalled。",
        unit: "s",
        noValue: "planner 从未运行，或没有取得 exporter 的指标",
      },
      instant("time() - max(govmatrix_planner_last_tick_timestamp_seconds)", "planner 安排采集"),
      AGE,
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "到期未访问",
        description: "已到期、还没有进程处理的访问数，不含有意放慢的文章页面（pages）。",
        unit: "suffix: 次",
        noValue: NO_EXPORTER,
      },
      instant('sum(max by (collector) (govmatrix_visits_due{collector!="pages"}))', "不含文章页面"),
      thresholds(COLOUR.unknown, [
        [0, COLOUR.good],
        [20, COLOUR.notice],
        [100, COLOUR.warning],
      ]),
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "采集不到的公众号",
        description:
          "在运行或整改、超过 60 小时没有新的完整统计数据、或从未取得数据的公众号数，与告警 AccountBlind 同口径。",
        unit: "suffix: 个",
        noValue: NO_EXPORTER,
      },
      instant(
        `count(
          max by (account) (govmatrix_account_info{lifecycle=~"running|rectifying"})
            unless
          max by (account) (govmatrix_account_data_timestamp_seconds{collector="statistics"}) > time() - 60 * 3600
        ) ${OR_NONE}`,
        "60 小时没有新数据",
      ),
      ANY_IS(COLOUR.warning),
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "最早待发通知已等待",
        description: "等待发送最久的一条通知已等待的时间；超过 15 分钟触发告警 NotificationsFailing。",
        unit: "s",
        noValue: NO_EXPORTER,
      },
      instant(`time() - min(govmatrix_notification_oldest_pending_timestamp_seconds) ${OR_NONE}`, "没有等待的为 0"),
      thresholds(COLOUR.unknown, [
        [-86_400, COLOUR.good],
        [300, COLOUR.notice],
        [900, COLOUR.bad],
      ]),
    ),
  ),
  place(
    4,
    4,
    stat(
      {
        title: "数据库大小",
        description: "Postgres 中本系统数据库的总大小，含索引和任务队列。",
        unit: "bytes",
        noValue: "数据库没有答复",
      },
      series(figure("pg_database_size(current_database())", "'此刻 · 最大的表见下'", "")),
    ),
  ),
];
