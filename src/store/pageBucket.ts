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

/** So long after a closure no page is read. */
const PAUSE_MS = 60 * 60_000;
/** No process's clock runs farther ahead than this; what was closed for longer was closed by a wrong clock. */
const SKEW_MS = 10 * 60_000;
/** Slots are taken this far ahead at the slowest pace; farther ahead they were taken under another clock. */
const FARTHEST_MS = 65 * 60_000;

export type Claim =
  /** The claimer's slots begin after `waitMs`, one spacing apart. */
  | { outcome: "granted"; waitMs: number }
  /** The next free slot is `freeInMs` away. */
  | { outcome: "busy"; freeInMs: number }
  | { outcome: "closed"; until: Date };

/**
 * Takes consecutive slots in one statement, on the database's clock: it is the one that all processes share. A bucket
 * that is full farther ahead than any pace can fill it counts as empty.
 */
export async function claimSlots(db: Db, pace: Pace, count: number, now: Date): Promise<Claim> {
  const milliseconds = (value: number) => sql`${value} * interval '1 millisecond'`;
  const taken = milliseconds(count * pace.spacingMs);
  const reach = sql`clock_timestamp() + ${milliseconds(Math.max(FARTHEST_MS, pace.horizonMs + pace.maxSlots * pace.spacingMs))}`;
  const free = sql`case when b.next_at > ${reach} then clock_timestamp() else greatest(b.next_at, clock_timestamp()) end`;
  const { rows } = await sql<{ wait_ms: number }>`
    insert into page_bucket as b (next_at) values (clock_timestamp() + ${taken})
    on conflict (single) do update set next_at = ${free} + ${taken}
    where (b.closed_until is null or b.closed_until <= ${now} or b.closed_until > ${longest(now)})
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
    .where("closed_until", "<=", longest(now))
    .executeTakeFirst();
  return bucket?.closed_until ?? null;
}

/** No page of any account is read for an hour; answers its end. */
export async function closeBucket(db: Db, closure: { now: Date; code: string }): Promise<Date> {
  const until = new Date(closure.now.getTime() + PAUSE_MS);
  await sql`
    insert into page_bucket as b (next_at, closed_until, closed_code)
    values (clock_timestamp(), ${until}, ${closure.code})
    on conflict (single) do update set
      closed_until = case when b.closed_until <= ${longest(closure.now)}
        then greatest(b.closed_until, excluded.closed_until) else excluded.closed_until end,
      closed_code = excluded.closed_code`.execute(db);
  return until;
}

/** True if a page of any account showed its article since then. */
export async function wasReadSince(db: Db, since: Date): Promise<boolean> {
  const article = await db
    .selectFrom("article")
    .select("msgid")
    .where("page_fetched_at", ">", since)
    .where("state", "=", "ok")
    .where("state_reason", "is", null)
    .limit(1)
    .executeTakeFirst();
  return article !== undefined;
}

const longest = (now: Date) => new Date(now.getTime() + PAUSE_MS + SKEW_MS);
