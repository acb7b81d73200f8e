import type { Kysely } from "kysely";
import { LeaseLostError, PlatformError, toError } from "../errors.ts";
import { redact } from "../log.ts";
import { type Database, isDatabaseAway } from "../store/database.ts";
import type { Db } from "../store/upsert.ts";
import {
  assertLease,
  finishVisit,
  LEASE_RENEWAL_MS,
  type Lease,
  releaseLease,
  renewLease,
  takeLease,
} from "../store/visit.ts";
import type { CollectorContext } from "./collector.ts";
import { backoffMinutes, type VisitOutcome } from "./schedule.ts";

export interface VisitReport {
  /** `busy`: somebody else holds the lease, or the job's epoch has passed. `interrupted`: stopped, due again. */
  outcome: "succeeded" | "failed" | "busy" | "interrupted";
  error: PlatformError | null;
  /** The platform had not computed the newest day yet; the visit returns for it. */
  delayed: boolean;
  unavailable: VisitOutcome["unavailable"];
}

export interface VisitOptions {
  /** The job's epoch; without one the visit is made whatever the epoch. */
  epoch?: number;
  recheck?: boolean;
  signal: AbortSignal;
}

const unvisited = (outcome: "busy" | "interrupted"): VisitReport => ({
  outcome,
  error: null,
  delayed: false,
  unavailable: [],
});

/** An unforeseen error is our own fault; it must neither end the process nor leave the visit without a successor. */
export function asPlatformError(value: unknown): PlatformError {
  if (value instanceof PlatformError) return value;
  return new PlatformError({
    name: "InternalError",
    code: "internal",
    retry: "later",
    scope: "account",
    message: redact(toError(value).message),
    reason: "采集程序内部错误，请联系系统管理员查看日志。",
    cause: value,
  });
}

/**
 * Takes the lease, lets `work` make the visit and close it, and renews the lease meanwhile; the signal says that it was
 * lost or that the visit is to stop. What `work` throws closes the visit as failed, or with `leavesTrace` false leaves
 * the stored one as it was. Throws only when the database is away.
 */
export async function underLease(
  context: CollectorContext,
  of: { accountId: number | null; collector: string; leavesTrace: boolean },
  options: VisitOptions,
  work: (lease: Lease, signal: AbortSignal) => Promise<VisitReport>,
): Promise<VisitReport> {
  const startedAt = performance.now();
  const { db } = context;
  const lease = await takeLease(db, of.accountId, of.collector, {
    now: context.now(),
    ...(options.epoch === undefined ? {} : { epoch: options.epoch }),
  });
  if (!lease) return unvisited("busy");

  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, options.signal]);
  const renewal = setInterval(async () => {
    // A database that is away for a moment is no lost lease; the lease's own time decides.
    const held = await renewLease(db, lease).catch(() => true);
    if (!held) stop.abort(new LeaseLostError("the lease was lost"));
  }, LEASE_RENEWAL_MS);
  const observed = (report: VisitReport) => {
    const seconds = (performance.now() - startedAt) / 1000;
    context.observeVisit({ collector: of.collector, code: report.error?.code ?? null, seconds });
    return report;
  };
  try {
    return observed(await work(lease, signal));
  } catch (error) {
    if (signal.aborted || error instanceof LeaseLostError) {
      await releaseLease(db, lease).catch(() => undefined);
      return unvisited("interrupted");
    }
    if (isDatabaseAway(error)) {
      await releaseLease(db, lease).catch(() => undefined);
      throw error;
    }
    return observed(await closeUnforeseen(context, lease, of.leavesTrace, asPlatformError(error)));
  } finally {
    clearInterval(renewal);
  }
}

/** Runs the writes in one transaction that holds the lease. */
export function writeUnderLease<Result>(
  db: Kysely<Database>,
  lease: Lease,
  write: (trx: Db) => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(async (trx) => {
    await assertLease(trx, lease);
    return await write(trx);
  });
}

/** A visit that could not close itself must be seen, and must not come back at once. */
async function closeUnforeseen(
  context: CollectorContext,
  lease: Lease,
  leavesTrace: boolean,
  error: PlatformError,
): Promise<VisitReport> {
  const { accountId, collector } = lease;
  const failures = lease.failures + 1;
  if (leavesTrace) {
    await finishVisit(context.db, lease, {
      nextDueAt: new Date(context.now().getTime() + backoffMinutes(error.retry, failures) * 60_000),
      finishedAt: context.now(),
      delays: 0,
      failures,
      error: { code: error.code, reason: error.reason, detail: error.message },
    });
  } else await releaseLease(context.db, lease);
  context.log.error({ error: error.message, accountId, collector }, "the visit could not be closed");
  return { outcome: "failed", error, delayed: false, unavailable: [] };
}
