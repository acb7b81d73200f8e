import { sql } from "kysely";
import type { Db } from "./upsert.ts";

/** How article pages are paced, over all processes. */
export interface Pace {
  /** From slot to slot. */
  spacingMs: number;
  /** Slots are given only when the first one is nearer than this. */
  horizonMs: number;
  /** The most slots of one claim. */
  maxSlots: number;
}

export type Claim =
  /** The claimer's slots begin after `waitMs`, one spacing apart. */
  | { outcome: "granted"; waitMs: number }
  /** The next free slot is `freeInMs` away. */
  | { outcome: "busy"; freeInMs: number }
  | { outcome: "closed"; until: Date };

/**
 * Takes consecutive slots in one statement, on the database's clock: it is the one that all processes share. A bucket
 * that is full farther ahead than any claim can reach was filled at another pace or under another clock, and counts
 * as empty.
 */
export async function claimSlots(db: Db, pace: Pace, count: number, now: Date): Promise<Claim> {
  const milliseconds = (value: number) => sql`${value} * interval '1 millisecond'`;
  const taken = milliseconds(count * pace.spacingMs);
  const reach = sql`clock_timestamp() + ${milliseconds(pace.horizonMs + pace.maxSlots * pace.spacingMs)}`;
  const free = sql`case when b.next_at > ${reach} then clock_timestamp() else greatest(b.next_at, clock_timestamp()) end`;
  const { rows } = await sql<{ wait_ms: number }>`
    insert into page_bucket as b (next_at) values (clock_timestamp() + ${taken})
    on conflict (single) do update set next_at = ${free} + ${taken}
    where (b.closed_until is null or b.closed_until <= ${now})
      and ${free} < clock_timestamp() + ${milliseconds(pace.horizonMs)}
    returning (extract(epoch from b.next_at - ${taken} - clock_timestamp()) * 1000)::double precision as wait_ms`.execute(
    db,
  );
  if (rows[0]) return { outcome: "granted", waitMs: Math.max(0, rows[0].wait_ms) };
  const until = await closedUntil(db, now);
  if (until) return { outcome: "closed", until };
  const { rows: bucket } = await sql<{ free_in_ms: number }>`
    select (extract(epoch from next_at - clock_timestamp()) * 1000)::double precision as free_in_ms
    from page_bucket`.execute(db);
  return { outcome: "busy", freeInMs: Math.max(0, bucket[0]?.free_in_ms ?? 0) };
}

/** When pages may be read again; null = now. */
export async function closedUntil(db: Db, now: Date): Promise<Date | null> {
  const bucket = await db
    .selectFrom("page_bucket")
    .select("closed_until")
    .where("closed_until", ">", now)
    .executeTakeFirst();
  return bucket?.closed_until ?? null;
}

/** No page of any account until then. */
export async function closeBucket(db: Db, closure: { until: Date; code: string }): Promise<void> {
  await sql`
    insert into page_bucket as b (next_at, closed_until, closed_code)
    values (clock_timestamp(), ${closure.until}, ${closure.code})
    on conflict (single) do update set closed_until = greatest(b.closed_until, excluded.closed_until),
      closed_code = excluded.closed_code`.execute(db);
}
