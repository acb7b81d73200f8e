import { place } from "../kit/board.ts";
import { counts } from "../kit/counts.ts";
import { lines } from "../kit/panels.ts";
import { range } from "../kit/query.ts";
import { perMinute, quantile, totalOf } from "./rates.ts";

const NO_PROCESS = "没有取得 collector 的指标";

const ended = lines(
  {
    title: "每分钟访问次数",
    description: "各采集项每分钟结束的访问，成败都算，所有 collector 进程合计。夜间和数据齐备后访问很少是正常的。",
    unit: "suffix: 次/分",
    noValue: NO_PROCESS,
  },
  range(perMinute("govmatrix_visits_total", "collector"), "{{collector}}"),
);
const failed = lines(
  {
    title: "失败的访问",
    description:
      "每分钟失败的访问，按采集项和错误代码：数字是微信平台的错误码，其余是本系统的简称；处置见 docs/runbook.md。",
    unit: "suffix: 次/分",
    noValue: NO_PROCESS,
  },
  range(totalOf("govmatrix_visit_failures_total", "govmatrix_visits_total"), "合计"),
  range(perMinute("govmatrix_visit_failures_total", "collector, code"), "{{collector}} {{code}}"),
).axisSoftMin(0);
const duration = lines(
  {
    title: "访问用时",
    description: "各采集项一次访问的用时：一半（p50）和 95%（p95）在此之内，由直方图估计。没有访问时留空。",
    unit: "s",
    noValue: "所选时间内没有结束的访问",
  },
  range(quantile(0.5, "govmatrix_visit_duration_seconds", "collector"), "{{collector}} p50"),
  range(quantile(0.95, "govmatrix_visit_duration_seconds", "collector"), "{{collector}} p95"),
);
const due = counts(
  {
    title: "到期未访问",
    description: "各采集项已到期、还没有进程处理的访问数。持续增加说明 collector 不够或没有运行；pages 是有意放慢的。",
    unit: "suffix: 次",
    noValue: "没有取得 exporter 的指标",
  },
  range("max by (collector) (govmatrix_visits_due)", "{{collector}}"),
);
const jobs = counts(
  {
    title: "队列中的任务",
    description: "任务队列（BullMQ）中各状态的任务数。",
    unit: "suffix: 个",
    noValue: "队列没有答复，或没有取得指标",
  },
  range("max by (queue, state) (govmatrix_queue_jobs)", "{{queue}} {{state}}"),
);

export const visits = [
  place(8, 8, ended),
  place(8, 8, failed),
  place(8, 8, duration),
  place(12, 7, due),
  place(12, 7, jobs),
];
