import { dayOf } from "../calendar.ts";
import { LeaseLostError, type PlatformError } from "../errors.ts";
import type { Account } from "../model.ts";
import type { PagePorts } from "../platforms/platform.ts";
import { readSecret } from "../store/account.ts";
import { saveCoverage } from "../store/coverage.ts";
import { isDatabaseAway } from "../store/database.ts";
import { readHashKey } from "../store/hashKey.ts";
import { readWorkCalendar } from "../store/holidays.ts";
import { type KeptAnswer, saveRawAnswers } from "../store/raw.ts";
import { tokenStore } from "../store/token.ts";
import { finishVisit, type Lease, postponeVisit, releaseLease } from "../store/visit.ts";

export type { VisitOptions, VisitReport } from "./lease.ts";

import type { Collector, CollectorContext, Visit } from "./collector.ts";
import { refreshCurrent } from "./current.ts";
import { asPlatformError, underLease, type VisitOptions, type VisitReport, writeUnderLease } from "./lease.ts";
import { type CallLedger, openLedger } from "./ledger.ts";
import type { VisitOutcome } from "./schedule.ts";

/** Enough for whoever must look; the next visit brings more. */
const RAW_ANSWERS_PER_VISIT = 3;

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
  const of = { accountId: account.id, collector: collector.name, leavesTrace: collector.nextVisit !== null };
  return await underLease(context, of, options, (lease, signal) =>
    holdVisit(context, collector, account, lease, { ...options, signal }),
  );
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
    if (isDatabaseAway(error)) throw error;
    if (options.signal.aborted || error instanceof LeaseLostError) {
      await ledger.settle(context.db, []);
      throw error;
    }
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
    if (collector.nextVisit === null) return await releaseLease(trx, lease);
    const nextDueAt = collector.nextVisit(visit, outcome, history);
    if (outcome.unasked) return await postponeVisit(trx, lease, nextDueAt);
    await finishVisit(trx, lease, {
      ...history,
      nextDueAt,
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
    bookRepeat: ledger.bookRepeat,
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
    ruleSets: context.ruleSets,
    calendar: (reading) => readWorkCalendar(reading, context.holidays),
    hashKey: () => readHashKey(db, vault),
    recheck: options.recheck ?? false,
    save: (write) => writeUnderLease(db, lease, write),
    saveCoverage: (trx, rows) => saveCoverage(trx, account.id, collector.name, rows),
    reserve: ledger.reserve,
    made: ledger.made,
    needed: (apis) => {
      for (const api of apis) context.requestNeeded(platform.name, api, 1);
    },
  };
}
