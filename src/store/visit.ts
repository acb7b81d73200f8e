import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { LeaseLostError } from "../errors.ts";
import { VISITED_LIFECYCLES } from "../model.ts";
import type { Db } from "./upsert.ts";

/** Leases run on the database's clock: it is the one that all processes share. */
const LEASE = sql`interval '45 seconds'`;
export const LEASE_RENEWAL_MS = 15_000;

/** Stands for the account where a visit is to the installation itself: no account's code can hold it. */
const INSTALLATION = "_";

export interface Lease {
  /** Null = the installation itself. */
  accountId: number | null;
  collector: string;
  leaseId: string;
  delays: number;
  failures: number;
  /** End of the visit before. */
  finishedAt: Date | null;
}

export interface DueVisit {
  /** Null = the installation itself; `account` is `_` then. */
  accountId: number | null;
  account: string;
  collector: string;
  epoch: number;
}

/** `is not distinct from` would use no index. */
const sameAs = (accountId: number | null) => (accountId === null ? "is" : "=");

/** Null when somebody else holds the lease, or when `epoch` is given and has passed: then there is nothing to do. */
export async function takeLease(
  db: Db,
  accountId: number | null,
  collector: string,
  options: { epoch?: number; now: Date },
): Promise<Lease | null> {
  let update = db
    .updateTable("visit")
    .set({
      lease_id: randomUUID(),
      leased_until: sql<Date>`clock_timestamp() + ${LEASE}`,
      started_at: options.now,
    })
    .where("account_id", sameAs(accountId), accountId)
    .where("collector", "=", collector)
    .where((eb) => eb.or([eb("leased_until", "is", null), eb("leased_until", "<", sql<Date>`clock_timestamp()`)]));
  if (options.epoch !== undefined) update = update.where("epoch", "=", options.epoch);
  const row = await update
    .returning(["lease_id", "delays", "failures", "finished_at as finishedAt"])
    .executeTakeFirst();
  return row?.lease_id ? { ...row, accountId, collector, leaseId: row.lease_id } : null;
}

/** False when the lease is gone. */
export async function renewLease(db: Db, lease: Lease): Promise<boolean> {
  const result = await db
    .updateTable("visit")
    .set({ leased_until: sql<Date>`clock_timestamp() + ${LEASE}` })
    .where("account_id", sameAs(lease.accountId), lease.accountId)
    .where("collector", "=", lease.collector)
    .where("lease_id", "=", lease.leaseId)
    .where("leased_until", ">", sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Holds the visit's row until the transaction ends, so that the lease cannot change hands between check and commit. */
export async function assertLease(trx: Db, lease: Lease): Promise<void> {
  const row = await trx
    .selectFrom("visit")
    .select("lease_id")
    .where("account_id", sameAs(lease.accountId), lease.accountId)
    .where("collector", "=", lease.collector)
    .where("lease_id", "=", lease.leaseId)
    .where("leased_until", ">", sql<Date>`clock_timestamp()`)
    .forUpdate()
    .executeTakeFirst();
  if (!row)
    throw new LeaseLostError(`the lease of ${lease.collector} for account ${lease.accountId ?? INSTALLATION} was lost`);
}

export interface VisitEnd {
  nextDueAt: Date;
  finishedAt: Date;
  delays: number;
  failures: number;
  error: { code: string; reason: string; detail: string } | null;
}

/** Ends the lease; the raised epoch makes every job of this visit that still waits in a queue void. */
export async function finishVisit(trx: Db, lease: Lease, end: VisitEnd): Promise<void> {
  await trx
    .updateTable("visit")
    .set((eb) => ({
      lease_id: null,
      leased_until: null,
      epoch: eb("epoch", "+", 1),
      next_due_at: end.nextDueAt,
      delays: end.delays,
      failures: end.failures,
      finished_at: end.finishedAt,
      ...(end.error === null ? { succeeded_at: end.finishedAt } : {}),
      error_code: end.error?.code ?? null,
      error_reason: end.error?.reason ?? null,
      error_detail: end.error?.detail ?? null,
    }))
    .where("account_id", sameAs(lease.accountId), lease.accountId)
    .where("collector", "=", lease.collector)
    .where("lease_id", "=", lease.leaseId)
    .execute();
}

/** Ends a visit that came out of time: what the last one found still stands. */
export async function postponeVisit(trx: Db, lease: Lease, nextDueAt: Date): Promise<void> {
  await trx
    .updateTable("visit")
    .set((eb) => ({ lease_id: null, leased_until: null, epoch: eb("epoch", "+", 1), next_due_at: nextDueAt }))
    .where("account_id", sameAs(lease.accountId), lease.accountId)
    .where("collector", "=", lease.collector)
    .where("lease_id", "=", lease.leaseId)
    .execute();
}

/** Gives the lease back with the visit still due, as after an interruption. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await db
    .updateTable("visit")
    .set((eb) => ({ lease_id: null, leased_until: null, epoch: eb("epoch", "+", 1) }))
    .where("account_id", sameAs(lease.accountId), lease.accountId)
    .where("collector", "=", lease.collector)
    .where("lease_id", "=", lease.leaseId)
    .execute();
}

/** Ends the leases whose holders went silent; their jobs become void and the visits due again. */
export async function expireLeases(db: Db): Promise<number> {
  const result = await db
    .updateTable("visit")
    .set((eb) => ({ lease_id: null, leased_until: null, epoch: eb("epoch", "+", 1) }))
    .where("leased_until", "<", sql<Date>`clock_timestamp()`)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** When the account's next visit is due, when the last one ended and what it failed with; null = none is planned. */
export async function readVisit(
  db: Db,
  accountId: number,
  collector: string,
): Promise<{ dueAt: Date; finishedAt: Date | null; errorCode: string | null; errorReason: string | null } | null> {
  const row = await db
    .selectFrom("visit")
    .select([
      "next_due_at as dueAt",
      "finished_at as finishedAt",
      "error_code as errorCode",
      "error_reason as errorReason",
    ])
    .where("account_id", "=", accountId)
    .where("collector", "=", collector)
    .executeTakeFirst();
  return row ?? null;
}

/** Gives each account of the platform that is to be visited its row, due at once. */
export async function ensureVisits(db: Db, collectors: readonly string[], now: Date): Promise<void> {
  await sql`
    insert into visit (account_id, collector, next_due_at)
    select a.id, c.collector, ${now}
    from account a cross join unnest(${[...collectors]}::text[]) as c (collector)
    where a.lifecycle = any(${[...VISITED_LIFECYCLES]}::text[])
      and not exists (select 1 from visit v where v.account_id = a.id and v.collector = c.collector)
    on conflict do nothing`.execute(db);
}

/** Gives each chore of the installation its row, due at its time. */
export async function ensureChores(
  db: Db,
  chores: readonly { name: string; next(now: Date): Date }[],
  now: Date,
): Promise<void> {
  for (const chore of chores) {
    await sql`
      insert into visit (account_id, collector, next_due_at) values (null, ${chore.name}, ${chore.next(now)})
      on conflict do nothing`.execute(db);
  }
}

/** Due, not leased, longest due first. */
export async function dueVisits(db: Db, now: Date, limit: number): Promise<DueVisit[]> {
  return await db
    .selectFrom("visit as v")
    .leftJoin("account as a", "a.id", "v.account_id")
    .select(["v.account_id as accountId", "v.collector", "v.epoch"])
    .select((eb) => eb.fn.coalesce("a.code", eb.val(INSTALLATION)).as("account"))
    .where((eb) => eb.or([eb("v.account_id", "is", null), eb("a.lifecycle", "in", [...VISITED_LIFECYCLES])]))
    .where("v.next_due_at", "<=", now)
    .where((eb) => eb.or([eb("v.leased_until", "is", null), eb("v.leased_until", "<", sql<Date>`clock_timestamp()`)]))
    .orderBy("v.next_due_at")
    .orderBy("a.code")
    .limit(limit)
    .execute();
}

/**
 * Makes the visits of an account due at once, as after its credentials changed. One that runs just now works with the
 * old ones: it loses its lease, and with it the right to say when the next visit is.
 */
export async function makeDue(db: Db, accountId: number, now: Date): Promise<void> {
  await db
    .updateTable("visit")
    .set((eb) => ({
      next_due_at: sql<Date>`least(next_due_at, ${now})`,
      failures: 0,
      lease_id: null,
      leased_until: null,
      epoch: eb("epoch", "+", 1),
    }))
    .where("account_id", "=", accountId)
    .execute();
}
