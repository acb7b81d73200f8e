import { place } from "../kit/board.ts";
import { counts } from "../kit/counts.ts";
import { range, rows } from "../kit/query.ts";
import { ANY_IS, COLOUR } from "../kit/scale.ts";
import { inRange } from "../kit/sql.ts";
import { table } from "../kit/table.ts";

const byChannel = table(
  {
    title: "各渠道送达情况",
    description:
      "所选时间内发生的预警、变级和解除，每位收信人一条，现在的状态。渠道按通知设置中的代码。“暂缓”：数据尚不能证实或已由他项告知；“代替”：改发了后来的，或已结束且无人知晓。渠道为“—”的没有可通知的人，或还未分派。每日提要不计。",
    noValue: "所选时间内没有需要通知的事项",
  },
  rows(`
    select channel, count(*) filter (where state = 'delivered') as delivered,
      duration_text(percentile_cont(0.5) within group (order by extract(epoch from delivered_at - at)::float8)
        filter (where state = 'delivered')) as half,
      count(*) filter (where state in ('pending', 'waiting')) as waiting,
      count(*) filter (where state in ('unsupported', 'inhibited')) as held,
      count(*) filter (where state = 'superseded') as superseded,
      count(*) filter (where state = 'nobody') as nobody
    from v_alert_event
    where ${inRange("at")}
    group by channel
    order by waiting desc, nobody desc, channel`),
  {
    channel: { title: "渠道（代码）" },
    delivered: { title: "已送达", width: 80 },
    half: { title: "一半在…内送达", width: 130, align: "center" },
    waiting: { title: "等待发送", width: 90, colours: ANY_IS(COLOUR.notice) },
    held: { title: "暂缓", width: 70 },
    superseded: { title: "代替", width: 70 },
    nobody: { title: "无人可通知", width: 100, colours: ANY_IS(COLOUR.warning) },
  },
);

const failures = counts(
  {
    title: "各渠道连续失败次数",
    description:
      "自上次成功以来连续失败的发送次数，取渠道中最差的地址，只列最多的五个渠道；成功后归零，达到 3 次触发告警。",
    unit: "suffix: 次",
    noValue: "还没有渠道发送过消息，或没有取得 exporter 的指标",
  },
  range("topk(5, max by (channel) (govmatrix_notification_channel_failures))", "{{channel}}"),
);

export const delivery = [place(14, 10, byChannel), place(10, 10, failures)];
