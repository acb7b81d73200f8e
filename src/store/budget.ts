import { sql } from "kysely";
import type { ApiQuota, Day } from "../model.ts";
import type { Db } from "./upsert.ts";

export interface Ledger {
  appId: string;
  api: string;
  day: Day;
}

export interface Reservation {
  granted: number;
  /** Why nothing was granted: closed until a time by a code of the platform's, or (both null) none are left. */
  code: string | null;
  until: Date | null;
}

/** Null while no limit is known. */
const left = sql<number | null>`daily_limit - used - coalesce(used_by_others, 0)`;

/**
 * Takes up to `calls` out of what the day's budget has left, in one statement and before they are made: a crash can
 * only over-count. `keepHalf` leaves half of the day's limit alone. A limit that is not known bounds nothing.
 */
export async function reserveCalls(
  db: Db,
  ledger: Ledger,
  { calls, keepHalf }: { calls: number; keepHalf: boolean },
  now: Date,
): Promise<Reservation> {
  await openDay(db, ledger);
  const kept = keepHalf ? sql`daily_limit / 2` : sql`0`;
  const { rows } = await sql<{ granted: number }>`
    with held as (
      select least(${calls}, coalesce(${left} - ${kept}, ${calls})) as granted
      from api_budget
      where app_id = ${ledger.appId} and api = ${ledger.api} and day = ${ledger.day}
        and (closed_until is null or closed_until <= ${now})
      for update
    )
    update api_budget as b set used = b.used + held.granted
    from held
    where b.app_id = ${ledger.appId} and b.api = ${ledger.api} and b.day = ${ledger.day} and held.granted > 0
    returning held.granted`.execute(db);
  if (rows[0]) return { granted: rows[0].granted, code: null, until: null };
  const row = await find(db, ledger).select(["closed_code", "closed_until"]).executeTakeFirst();
  const closed = row?.closed_until && row.closed_until > now;
  return { granted: 0, code: closed ? row.closed_code : null, until: closed ? row.closed_until : null };
}

/** Until the platform is asked, the limit is taken to be what it last was. */
async function openDay(db: Db, { appId, api, day }: Ledger): Promise<void> {
  await sql`
    insert into api_budget (app_id, api, day, daily_limit)
    select ${appId}, ${api}, ${day}, (
      select daily_limit from api_budget
      where app_id = ${appId} and api = ${api} and day < ${day} and daily_limit is not null
      order by day desc limit 1)
    on conflict do nothing`.execute(db);
}

/** Gives back what was reserved and not asked. */
export async function returnCalls(db: Db, ledger: Ledger, calls: number): Promise<void> {
  if (calls <= 0) return;
  await db
    .updateTable("api_budget")
    .set({ used: sql<number>`greatest(used - ${calls}, 0)` })
    .where("app_id", "=", ledger.appId)
    .where("api", "=", ledger.api)
    .where("day", "=", ledger.day)
    .execute();
}

/** No call to this API for this account until then; other accounts and APIs go on. */
export async function closeApi(db: Db, ledger: Ledger, closure: { code: string; until: Date }): Promise<void> {
  const closed = { closed_until: closure.until, closed_code: closure.code };
  await db
    .insertInto("api_budget")
    .values({ app_id: ledger.appId, api: ledger.api, day: ledger.day, daily_limit: null, ...closed })
    .onConflict((conflict) => conflict.columns(["app_id", "api", "day"]).doUpdateSet(closed))
    .execute();
}

/** Our own count of the day's calls, those included that are reserved and not made yet. */
export async function usedCalls(db: Db, ledger: Ledger): Promise<number> {
  const row = await find(db, ledger).select("used").executeTakeFirst();
  return row?.used ?? 0;
}

/** When the platform was last asked for the quota of each API on that day. */
export async function quotasAsked(db: Db, appId: string, day: Day): Promise<Map<string, Date>> {
  const rows = await db
    .selectFrom("api_budget")
    .select(["api", "asked_at"])
    .where("app_id", "=", appId)
    .where("day", "=", day)
    .execute();
  return new Map(rows.flatMap(({ api, asked_at }) => (asked_at ? [[api, asked_at]] : [])));
}

/**
 * The platform's word replaces what was assumed. `before` is our own count as it stood when the platform was asked: what
 * it counts beyond that are the calls of others. When it counts less, ours holds calls that a crash kept from being
 * given back, unless a visit other than `collector` is running, whose reserved calls are still to be made.
 */
export async function saveQuota(
  db: Db,
  ledger: Ledger,
  quota: ApiQuota,
  { before, collector, now }: { before: number; collector: string; now: Date },
): Promise<void> {
  const open = sql`b.closed_code = '45009' and excluded.daily_limit > ${quota.used}`;
  await sql`
    insert into api_budget as b (app_id, api, day, used, daily_limit, used_by_others, asked_at)
    values (${ledger.appId}, ${ledger.api}, ${ledger.day}, 0, ${quota.dailyLimit},
      ${Math.max(0, quota.used - before)}, ${now})
    on conflict (app_id, api, day) do update set
      daily_limit = excluded.daily_limit, used_by_others = excluded.used_by_others, asked_at = excluded.asked_at,
      used = case when b.used = ${before} and b.used > ${quota.used} and not exists (
          select from visit v join account a on a.id = v.account_id
          where a.app_id = b.app_id and v.collector <> ${collector} and v.leased_until > clock_timestamp())
        then ${quota.used} else b.used end,
      closed_until = case when ${open} then null else b.closed_until end,
      closed_code = case when ${open} then null else b.closed_code end`.execute(db);
}

const find = (db: Db, ledger: Ledger) =>
  db
    .selectFrom("api_budget")
    .where("app_id", "=", ledger.appId)
    .where("api", "=", ledger.api)
    .where("day", "=", ledger.day);

/** Calls left of the API's day, as far as its limit is known. */
export async function callsLeft(db: Db, ledger: Ledger): Promise<number | null> {
  const row = await find(db, ledger).select(left.as("left")).executeTakeFirst();
  return row?.left ?? null;
}
