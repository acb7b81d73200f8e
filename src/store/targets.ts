import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { boundedTransaction } from "./bounded.ts";
import type { Database } from "./database.ts";
import type { Db } from "./upsert.ts";

/** Where messages go: a channel's one chat, or with `address` a person's mailbox. */
export interface TargetKey {
  channel: string;
  address: string;
}

/** A target that this notifier alone delivers to. */
export interface HeldTarget extends TargetKey {
  leaseId: string;
  failures: number;
  nextAt: Date;
}

export interface SendLimits {
  /** Of the whole channel. */
  perMinute: number;
  /** Of the target in any `windowMs`. */
  perWindow: number;
  windowMs: number;
}

const MINUTE_MS = 60_000;

/** Leases run on the database's clock: it is the one that all processes share. */
const until = (leaseMs: number) => sql<Date>`clock_timestamp() + ${leaseMs / 1_000}::float8 * interval '1 second'`;

const rowOf = (db: Db, { channel, address }: TargetKey) =>
  db.updateTable("notification_target").where("channel", "=", channel).where("address", "=", address);

/** Null while another notifier holds it. */
export async function takeTarget(
  db: Db,
  { channel, address }: TargetKey,
  { leaseMs, now }: { leaseMs: number; now: Date },
): Promise<HeldTarget | null> {
  const leaseId = randomUUID();
  const row = await db
    .insertInto("notification_target")
    .values({ channel, address, next_at: now, lease_id: leaseId, leased_until: until(leaseMs) })
    .onConflict((conflict) =>
      conflict
        .columns(["channel", "address"])
        .doUpdateSet({ lease_id: leaseId, leased_until: until(leaseMs) })
        .where((eb) =>
          eb.or([
            eb("notification_target.leased_until", "is", null),
            eb("notification_target.leased_until", "<", sql<Date>`clock_timestamp()`),
          ]),
        ),
    )
    .returning(["failures", "next_at as nextAt"])
    .executeTakeFirst();
  return row ? { channel, address, leaseId, ...row } : null;
}

export async function releaseTarget(db: Db, held: HeldTarget): Promise<void> {
  await rowOf(db, held).set({ lease_id: null, leased_until: null }).where("lease_id", "=", held.leaseId).execute();
}

/** How many messages may go to the target now, and when the last one was tried. */
export async function roomFor(
  db: Db,
  { channel, address }: TargetKey,
  limits: SendLimits,
  now: Date,
): Promise<{ messages: number; lastAt: Date | null }> {
  const since = (ms: number) => new Date(now.getTime() - ms);
  const { rows } = await sql<{ minute: number; window: number; lastAt: Date | null }>`
    select count(*) filter (where at > ${since(MINUTE_MS)}) as minute,
      count(*) filter (where address = ${address} and at > ${since(limits.windowMs)}) as window,
      max(at) filter (where address = ${address}) as "lastAt"
    from notification_send
    where channel = ${channel} and at > ${since(Math.max(MINUTE_MS, limits.windowMs))}`.execute(db);
  const { minute = 0, window = 0, lastAt = null } = rows[0] ?? {};
  return { messages: Math.max(0, Math.min(limits.perMinute - minute, limits.perWindow - window)), lastAt };
}

/**
 * Counts one try to tell the notifications against the limits before it is made, and renews the lease. False: there is
 * no room left, or the lease has gone to another.
 */
export async function reserveSend(
  db: Kysely<Database>,
  held: HeldTarget,
  {
    notifications,
    limits,
    leaseMs,
    now,
  }: { notifications: readonly number[]; limits: SendLimits; leaseMs: number; now: Date },
): Promise<boolean> {
  const { channel, address, leaseId } = held;
  return await boundedTransaction(db, async (trx) => {
    // Targets of one channel are delivered to side by side, by several notifiers: they count one after the other.
    await sql`select pg_advisory_xact_lock(hashtext('notification_send'), hashtext(${channel}))`.execute(trx);
    const { numUpdatedRows } = await rowOf(trx, held)
      .set({ leased_until: until(leaseMs) })
      .where("lease_id", "=", leaseId)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    if ((await roomFor(trx, held, limits, now)).messages === 0) return false;
    await trx.insertInto("notification_send").values({ channel, address, at: now }).execute();
    // Who is killed while it is sent leaves this: it may have been heard.
    await trx
      .updateTable("notification")
      .set({ tried_at: now })
      .where("id", "=", sql<number>`any(${[...notifications]}::bigint[])`)
      .execute();
    return true;
  });
}

export async function saveFailure(
  db: Db,
  held: HeldTarget,
  { reason, nextAt, now }: { reason: string; nextAt: Date; now: Date },
): Promise<void> {
  await rowOf(db, held)
    .set((eb) => ({ failures: eb("failures", "+", 1), failed_at: now, reason, next_at: nextAt }))
    .where("lease_id", "=", held.leaseId)
    .execute();
}

/** Targets for whose next try nothing should wait: they failed so often, or it is so far off. */
export async function downTargets(
  db: Db,
  { failures, patienceMs, now }: { failures: number; patienceMs: number; now: Date },
): Promise<TargetKey[]> {
  return await db
    .selectFrom("notification_target")
    .select(["channel", "address"])
    .where("next_at", ">", now)
    .where((eb) => eb.or([eb("failures", ">=", failures), eb("next_at", ">", new Date(now.getTime() + patienceMs))]))
    .execute();
}
