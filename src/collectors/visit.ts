import { dayOf } from "../calendar.ts";
import { LeaseLostError, PlatformError, toError } from "../errors.ts";
import { redact } from "../log.ts";
import type { Account } from "../model.ts";
import type { PagePorts } from "../platforms/platform.ts";
import { readSecret } from "../store/account.ts";
import { saveCoverage } from "../store/coverage.ts";
import { isDatabaseAway } from "../store/database.ts";
import { type KeptAnswer, saveRawAnswers } from "../store/raw.ts";
import { tokenStore } from "../store/token.ts";
import {
  assertLease,
  finishVisit,
  LEASE_RENEWAL_MS,
  type Lease,
  releaseLease,
  renewLease,
  takeLease,
} from "../store/visit.ts";
import type { Collector, CollectorContext, Visit } from "./collector.ts";
import { refreshCurrent } from "./current.ts";
import { type CallLedger, openLedger } from "./ledger.ts";
import { backoffMinutes, type VisitOutcome } from "./schedule.ts";

/** Enough for whoever must look; the next visit brings more. */
const RAW_ANSWERS_PER_VISIT = 3;

export interface VisitReport {
  /** `busy`: somebody else holds the lease, or the job's epoch has passed. `interrupted`: stopped, due again. */
  outcome: "succeeded" | "failed" | "busy" | "interrupted";
  error: PlatformError | null;
  /** The platform had not computed the newest day yet; the visit returns for it. */
  delayed: boolean;
  unavailable: VisitOutcome["unavailable"];
}

const unvisited = (outcome: "busy" | "interrupted"): VisitReport => ({
  outcome,
  error: null,
  delayed: false,
  unavailable: [],
});

export interface VisitOptions {
  /** The job's epoch; without one the visit is made whatever the epoch. */
  epoch?: number;
  recheck?: boolean;
  signal: AbortSignal;
}

/** An unforeseen error is our own fault; it must neither end the process nor leave the visit without a successor. */
function asPlatformError(value: unknown): PlatformError {
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
 * One account's visit by one collector: takes the lease, lets the collector ask and save, then closes the visit with
 * its success or fault and the time of the next. Throws only when the database is away.
 */
export async function visitAccount(
  context: CollectorContext,
  collector: Collector,
  account: Account,
  options: VisitOptions,
): Promise<VisitReport> {
  const startedAt = performance.now();
  const { db } = context;
  const lease = await takeLease(db, account.id, collector.name, {
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
    context.observeVisit({ collector: collector.name, code: report.error?.code ?? null, seconds });
    return report;
  };
  try {
    return observed(await holdVisit(context, collector, account, lease, { ...options, signal }));
  } catch (error) {
    if (signal.aborted || error instanceof LeaseLostError) {
      await releaseLease(db, lease).catch(() => undefined);
      return unvisited("interrupted");
    }
    if (isDatabaseAway(error)) {
      await releaseLease(db, lease).catch(() => undefined);
      throw error;
    }
    return observed(await closeUnforeseen(context, lease, asPlatformError(error)));
  } finally {
    clearInterval(renewal);
  }
}

/** A visit whose own closing fails must be seen, and must not come back at once. */
async function closeUnforeseen(context: CollectorContext, lease: Lease, error: PlatformError): Promise<VisitReport> {
  const failures = lease.failures + 1;
  await finishVisit(context.db, lease, {
    nextDueAt: new Date(context.now().getTime() + backoffMinutes(error.retry, failures) * 60_000),
    finishedAt: context.now(),
    delays: 0,
    failures,
    error: { code: error.code, reason: error.reason, detail: error.message },
  });
  context.log.error({ error: error.message, accountId: lease.accountId }, "the visit could not be closed");
  return { outcome: "failed", error, delayed: false, unavailable: [] };
}

async function holdVisit(
  context: CollectorContext,
  collector: Collector,
  account: Account,
  lease: Lease,
  options: VisitOptions,
): Promise<VisitReport> {
  const ledger = openLedger(context.db, account.appId, context.now());
  const answers: KeptAnswer[] = [];
  const visit = createVisit(context, collector, account, lease, ledger, options, answers);
  let outcome: VisitOutcome;
  let fatal: PlatformError | null = null;
  try {
    outcome = await collector.visit(visit);
  } catch (error) {
    if (options.signal.aborted || error instanceof LeaseLostError || isDatabaseAway(error)) throw error;
    fatal = asPlatformError(error);
    outcome = { delayed: false, errors: [fatal], unavailable: [], touched: [] };
  }
  options.signal.throwIfAborted();

  const error = outcome.errors[0] ?? null;
  const delaysToday = lease.finishedAt && dayOf(lease.finishedAt) === dayOf(visit.now) ? lease.delays : 0;
  const history = {
    delays: outcome.delayed ? delaysToday + 1 : 0,
    failures: error ? lease.failures + 1 : 0,
  };
  await visit.save(async (trx) => {
    if (fatal) await visit.saveCoverage(trx, collector.failureCoverage(visit, fatal));
    await collector.settle(visit, trx);
    await ledger.settle(trx, outcome.errors);
    await saveRawAnswers(trx, { accountId: account.id, platform: account.platform, at: visit.now }, answers);
    await refreshCurrent(trx, [account.id, ...outcome.touched], context.ruleSets);
    await finishVisit(trx, lease, {
      ...history,
      nextDueAt: collector.nextVisit(visit, outcome, history),
      finishedAt: context.now(),
      error: error && { code: error.code, reason: error.reason, detail: error.message },
    });
  });
  if (error) visit.log.warn({ code: error.code, rid: error.rid, failures: history.failures }, error.message);
  const { delayed, unavailable } = outcome;
  return { outcome: error ? "failed" : "succeeded", error, delayed, unavailable };
}

function createVisit(
  context: CollectorContext,
  collector: Collector,
  account: Account,
  lease: Lease,
  ledger: CallLedger,
  options: VisitOptions,
  answers: KeptAnswer[],
): Visit {
  const { db, vault, now } = context;
  const platform = context.platforms[account.platform];
  if (!platform) throw new Error(`account ${account.code}: no platform ${account.platform}`);
  const pagePorts: PagePorts = {
    signal: options.signal,
    now,
    keepRaw({ api, fault, body }) {
      if (answers.length === RAW_ANSWERS_PER_VISIT) return;
      answers.push({ api, fault, bytes: Buffer.byteLength(body), body: platform.withoutPersonalData(body) });
    },
  };
  const session = platform.open(account, {
    ...pagePorts,
    tokens: tokenStore(db, vault, account.appId, now),
    secret: () => readSecret(db, vault, account.id),
  });
  return {
    account,
    platform,
    session,
    db,
    now: now(),
    statisticsReadyAt: context.statisticsReadyAt,
    pageIntervalSeconds: context.pageIntervalSeconds,
    pagePorts,
    log: context.log.child({ account: account.code, collector: collector.name }),
    recheck: options.recheck ?? false,
    save: (write) =>
      db.transaction().execute(async (trx) => {
        await assertLease(trx, lease);
        await write(trx);
      }),
    saveCoverage: (trx, rows) => saveCoverage(trx, account.id, collector.name, rows),
    reserve: ledger.reserve,
    made: ledger.made,
    needed: (apis) => {
      for (const api of apis) context.requestNeeded(platform.name, api, 1);
    },
  };
}
