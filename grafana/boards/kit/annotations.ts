import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { type AnnotationQuery, AnnotationQueryBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { inHead } from "./placement.ts";
import { POSTGRES, rows } from "./query.ts";
import { COLOUR, type Colour } from "./scale.ts";
import { daysMeetRange } from "./sql.ts";

function marks(name: string, colour: Colour, statement: string): Builder<AnnotationQuery> {
  const target = { build: () => ({ ...rows(statement).build(), refId: "Anno" }) };
  return inHead(
    new AnnotationQueryBuilder().name(name).datasource(POSTGRES).enable(true).iconColor(colour).target(target),
  );
}

/**
 * From end to end within the range, beyond which Grafana marks nothing. What goes on is a line where it began: in a
 * county something always does, and would lie over every chart.
 */
const episodes = (about: "unit" | "collection", condition: string) => `
  select greatest(started_at, $__timeFrom()::timestamptz) as time,
    case when ended_at is not null then least(ended_at, $__timeTo()::timestamptz) end as timeend,
    concat_ws(' · ', alert_name, coalesce(account_name, subject)) as text, severity as tags
  from v_alert_episode
  where about = '${about}' and started_at <= $__timeTo()::timestamptz
    and coalesce(ended_at, now()) >= $__timeFrom()::timestamptz ${condition}
  order by started_at`;

/** Alerts about accounts, faults of collection, and holidays; `condition` narrows the first two, as `and account = …`. */
export const annotations = (condition = "and severity = 'critical'", faults = "") => [
  marks("预警", COLOUR.bad, episodes("unit", condition)),
  marks("采集故障", COLOUR.warning, episodes("collection", faults)),
  marks(
    "节假日",
    COLOUR.calm,
    `select (first_day::timestamp at time zone 'Asia/Shanghai') as time,
      ((last_day + 1)::timestamp at time zone 'Asia/Shanghai') as timeend, name as text
    from v_holiday
    where ${daysMeetRange("first_day", "last_day")}
    order by first_day`,
  ),
];
