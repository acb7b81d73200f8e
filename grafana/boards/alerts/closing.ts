import { place } from "../kit/board.ts";
import { columns } from "../kit/panels.ts";
import { rows, series } from "../kit/query.ts";
import { COLOUR, type Colour } from "../kit/scale.ts";
import { dayStart, inRange } from "../kit/sql.ts";
import { atMinute, table } from "../kit/table.ts";

const coloured = (colour: Colour) => [{ id: "color", value: { mode: "fixed", fixedColor: colour } }];

const begun = columns(
  {
    title: "每日新发生",
    description:
      "按开始之日（北京时间）计的预警起数，按曾达到的最高级别；采集故障另计，不计入单位。没有发生的日子不画柱。",
    unit: "suffix: 起",
    noValue: "所选时间内没有发生预警",
  },
  series(`
    select ${dayStart("day")}, metric, count(*)::float8 as value
    from (
      select (started_at at time zone 'Asia/Shanghai')::date as day,
        case when about = 'collection' then '采集故障' else (array['提示', '警告', '严重'])[highest_level] end as metric
      from v_alert_episode
      where ${inRange("started_at")}
    ) e
    group by day, metric
    order by time, metric`),
)
  .decimals(0)
  .overrideByName("严重", coloured(COLOUR.bad))
  .overrideByName("警告", coloured(COLOUR.warning))
  .overrideByName("提示", coloured(COLOUR.calm))
  .overrideByName("采集故障", coloured(COLOUR.unknown));

const timeToClose = table(
  {
    title: "从发生到解除",
    description:
      "所选时间内解除的预警，从发生到解除用了多久：一半和九成在此时间之内。未解除的不在其中，另列起数和最早的开始时间。需要单位处理的在前。",
    noValue: "所选时间内没有解除的预警，也没有未解除的",
  },
  rows(`
    select alert_name, case about when 'unit' then '单位' else '系统维护' end as owner,
      duration_text(3600 * percentile_cont(0.5) within group (order by hours) filter (where ended_at is not null)) as half,
      duration_text(3600 * percentile_cont(0.9) within group (order by hours) filter (where ended_at is not null)) as most,
      count(*) filter (where ended_at is not null) as closed, count(*) filter (where ended_at is null) as still_open,
      min(started_at) filter (where ended_at is null) as oldest_open_at
    from v_alert_episode
    where ended_at is null or ${inRange("ended_at")}
    group by about, alert_name
    order by about desc, alert_name`),
  {
    alert_name: { title: "事项" },
    owner: { title: "由谁处理", width: 100 },
    half: { title: "一半在…内解除", width: 130 },
    most: { title: "九成在…内解除", width: 130 },
    closed: { title: "已解除（起）", width: 110 },
    still_open: { title: "未解除（起）", width: 110 },
    oldest_open_at: atMinute("最早始于"),
  },
);

export const closing = [place(9, 10, begun), place(15, 10, timeToClose)];
