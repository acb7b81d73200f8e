import { sql } from "kysely";
import type { Day } from "../model.ts";
import type { Db } from "./upsert.ts";

export interface Ledger {
  appId: string;
  api: string;
  day: Day;
}

export interface Closure {
  code: string | null;
  until: Date | null;
}

/**
 * Takes `calls` out of the day's budget in one statement, before they are made: a crash can only over-count.
 * Null = taken; else why not: closed until a time, or (no time) the known limit leaves too few.
 */
export async function reserveCalls(db: Db, ledger: Ledger, calls: number, now: Date): Promise<Closure | null> {
  const taken = await sql`
    insert into api_budget as b (app_id, api, day, used)
    values (${ledger.appId}, ${ledger.api}, ${ledger.day}, ${calls})
    on conflict (app_id, api, day) do update set used = b.used + excluded.used
    where (b.closed_until is null or b.closed_until <= ${now})
      and (b.daily_limit is null or b.used + excluded.used <= b.daily_limit)`.execute(db);
  if (taken.numAffectedRows === 1n) return null;
  const row = await find(db, ledger).select(["closed_code", "closed_until"]).executeTakeFirst();
  const closed = row?.closed_until && row.closed_until > now;
  return { code: closed ? row.closed_code : null, until: closed ? row.closed_until : null };
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

const find = (db: Db, ledger: Ledger) =>
  db
    .selectFrom("api_budget")
    .where("app_id", "=", ledger.appId)
    .where("api", "=", ledger.api)
    .where("day", "=", ledger.day);
