import { place } from "../kit/board.ts";
import { stat } from "../kit/panels.ts";
import { instant, series } from "../kit/query.ts";
import { ANY_IS, COLOUR, type Colour, thresholds } from "../kit/scale.ts";
import { figure, minuteText } from "../kit/sql.ts";

const SEEN = "(select seen_at from v_alert_watchdog)";

/** Null while nobody tells of alerts: then it is not known that there are none. */
const openNow = (title: string, description: string, condition: string, colour: Colour) =>
  place(
    5,
    4,
    stat(
      { title, description, unit: "suffix: 起", noValue: "告警系统没有信号" },
      series(
        figure(
          "case when (select alive from v_alert_watchdog) then count(*) end",
          `'告警系统最近信号 ' || ${minuteText(SEEN)}`,
          `from v_alert_episode where ended_at is null and ${condition}`,
        ),
      ),
      ANY_IS(colour),
    ),
  );

const ofUnits = (level: string) => `about = 'unit' and severity = '${level}'`;

export const head = [
  openNow("严重", "未解除、需要单位处理的预警，如已超过更新期限。", ofUnits("critical"), COLOUR.bad),
  openNow(
    "警告",
    "未解除、需要单位处理的预警，如距期限不足两天、有留言超时未回复。",
    ofUnits("warning"),
    COLOUR.warning,
  ),
  openNow("提示", "未解除、需要单位留意的预警，如距期限不足四天。", ofUnits("info"), COLOUR.calm),
  openNow(
    "采集故障",
    "未解除的采集和系统故障，由系统维护人员处理；采集不到不等于断更，不计入单位。",
    "about = 'collection'",
    COLOUR.warning,
  ),
  place(
    4,
    4,
    stat(
      {
        title: "最早待发通知已等待",
        description: "等待发送最久的一条通知已等待的分钟数；没有等待的为 0，超过 15 分钟触发告警。",
        unit: "suffix: 分钟",
        noValue: "没有取得 exporter 的指标",
      },
      instant(
        "ceil((time() - min(govmatrix_notification_oldest_pending_timestamp_seconds)) / 60) or 0 * max(govmatrix_exposition_timestamp_seconds)",
        "没有等待的为 0",
      ),
      thresholds(COLOUR.unknown, [
        [0, COLOUR.good],
        [5, COLOUR.notice],
        [15, COLOUR.bad],
      ]),
    ),
  ),
];
