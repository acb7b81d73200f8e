import { place } from "../kit/board.ts";
import { counts } from "../kit/counts.ts";
import { lines } from "../kit/panels.ts";
import { range, rows } from "../kit/query.ts";
import { table } from "../kit/table.ts";
import { perMinute } from "./rates.ts";

const notifier = lines(
  {
    title: "通知",
    description: "notifier 每分钟尝试发送的消息数（成败都算），和其中未被接受的，按渠道和原因。",
    unit: "suffix: 条/分",
    noValue: "没有取得 notifier 的指标，或没有设通知渠道",
  },
  range("60 * sum(rate(govmatrix_notifications_total[$__rate_interval]))", "尝试发送"),
  range(perMinute("govmatrix_notification_failures_total", "channel, reason"), "未被接受：{{channel}} {{reason}}"),
).axisSoftMin(0);
const firing = counts(
  {
    title: "触发中的告警规则",
    description:
      "Prometheus 正在触发的告警数，按规则的名称；同一公众号的各级各算一条。与预警与督办的清单不同，未经合并和核实，供核对用。",
    unit: "suffix: 条",
    noValue: "没有触发中的告警规则",
  },
  range('count by (alertname) (ALERTS{alertstate="firing", alertname!="Watchdog"})', "{{alertname}}"),
);
const memory = lines(
  {
    title: "各进程内存",
    description: "各进程占用的物理内存（RSS）。",
    unit: "bytes",
    noValue: "没有取得进程的指标",
  },
  range('process_resident_memory_bytes{job=~"govmatrix.*"}', "{{job}} {{instance}}"),
);
const storage = table(
  {
    title: "最大的表",
    description: "数据库中最大的十五张表，含索引；行数是最近一次分析时的估计。",
    noValue: "数据库没有答复",
  },
  rows("select name, bytes, estimated_rows from v_storage order by bytes desc limit 15"),
  {
    name: { title: "表" },
    bytes: { title: "大小", width: 120, unit: "bytes" },
    estimated_rows: { title: "行数（估计）", width: 130, unit: "locale" },
  },
);

export const processes = [place(12, 8, notifier), place(12, 8, firing), place(12, 10, memory), place(12, 10, storage)];
