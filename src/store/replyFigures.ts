import { sql } from "kysely";
import { addDays, dayOf, startOf } from "../calendar.ts";
import type { Db } from "./upsert.ts";

const WINDOW_DAYS = 30;

/** Cases received from here on are counted: the days of Asia/Shanghai with today. */
export function replyWindowStart(now: Date): Date {
  return startOf(addDays(dayOf(now), 1 - WINDOW_DAYS));
}

/** One account's question cases of the window, in seconds. */
export interface AccountDurations {
  account: string;
  department: string;
  ruleSet: string;
  /** Of each answered case; whole seconds. */
  answered: number[];
  /** Within office hours; null: the calendar did not know a day. */
  worked: (number | null)[];
  /** Unix seconds at which the open ones were received. */
  openSince: number[];
}

/**
 * Of the window and of channels that can be measured, without what is excluded. Left out are closed accounts, those
 * of which a channel was never looked at completely, and those without cases. An account is one row: 300,000 cases as
 * rows would be a hundred megabytes.
 */
export async function readDurations(db: Db, now: Date): Promise<AccountDurations[]> {
  const { rows } = await sql<AccountDurations>`
    select a.code as account, a.department_code as department, a.rule_set as "ruleSet",
      coalesce(c.answered, '[]') as answered, coalesce(c.worked, '[]') as worked,
      coalesce(c.open_since, '[]') as "openSince"
    from (
      select account_id,
        json_agg(greatest(floor(extract(epoch from first_reply_at - received_at)), 0)::bigint)
          filter (where first_reply_at is not null) as answered,
        json_agg(working_seconds) filter (where first_reply_at is not null) as worked,
        json_agg(extract(epoch from received_at)::float8) filter (where first_reply_at is null) as open_since
      from reply_case
      join reply_channel using (account_id, channel)
      where state = 'measurable' and received_at >= ${replyWindowStart(now)} and question
        and vanished_at is null and excluded_at is null
      group by account_id
    ) as c
    join account a on a.id = c.account_id
    where a.lifecycle <> 'closed'
      and (
        select bool_and(r.until is not null) from reply_channel r
        where r.account_id = a.id and r.state = 'measurable')
    order by a.code`.execute(db);
  return rows;
}

export interface PercentileRow {
  scope: "account" | "department" | "county";
  /** Empty for the county. */
  code: string;
  clock: "calendar" | "working";
  cases: number;
  p50Seconds: number | null;
  p50OverSeconds: number | null;
  p90Seconds: number | null;
  p90OverSeconds: number | null;
}

/** Replaces all percentiles: those that are not among the rows go, and `asOf` holds for all others. */
export async function savePercentiles(db: Db, rows: readonly PercentileRow[], asOf: Date): Promise<void> {
  const values = <Key extends keyof PercentileRow>(key: Key) => rows.map((row) => row[key]);
  const keys = sql`unnest(${values("scope")}::text[], ${values("code")}::text[], ${values("clock")}::text[])`;
  await sql`
    delete from reply_percentile p
    where not exists (
      select from ${keys} as k (scope, code, clock) where (k.scope, k.code, k.clock) = (p.scope, p.code, p.clock)
    )`.execute(db);
  await sql`
    insert into reply_percentile
      (scope, code, clock, cases, p50_seconds, p50_over_seconds, p90_seconds, p90_over_seconds, as_of)
    select v.*, ${asOf}::timestamptz
    from unnest(
      ${values("scope")}::text[], ${values("code")}::text[], ${values("clock")}::text[], ${values("cases")}::integer[],
      ${values("p50Seconds")}::float8[], ${values("p50OverSeconds")}::float8[],
      ${values("p90Seconds")}::float8[], ${values("p90OverSeconds")}::float8[]
    ) as v
    on conflict (scope, code, clock) do update set cases = excluded.cases,
      p50_seconds = excluded.p50_seconds, p50_over_seconds = excluded.p50_over_seconds,
      p90_seconds = excluded.p90_seconds, p90_over_seconds = excluded.p90_over_seconds,
      as_of = excluded.as_of`.execute(db);
}
