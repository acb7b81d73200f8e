import { setTimeout as sleep } from "node:timers/promises";
import { dayOf, endOf } from "../calendar.ts";
import type { CollectorContext } from "../collectors/collector.ts";
import { backfillVisit, historyOf, planBackfill } from "../collectors/statistics/backfill.ts";
import type { History } from "../collectors/statistics/history.ts";
import { PARTS, statistics } from "../collectors/statistics/index.ts";
import { type VisitReport, visitAccount } from "../collectors/visit.ts";
import type { PlatformError } from "../errors.ts";
import type { Account, Day } from "../model.ts";
import type { Platform } from "../platforms/platform.ts";
import { readVisit } from "../store/visit.ts";

const BUSY_WAIT_MS = 60_000;
const BUSY_POLL_MS = 500;
/** A quota that returns within this time is waited for. */
const QUOTA_WAIT_MS = 120_000;
const WHENEVER = new Date(8.64e15);

export interface BackfillResult {
  account: string;
  /** First day asked for: not before the platform's history or the account's opening. */
  from: Day;
  /** Publish days that this run has read. */
  days: number;
  /** Requests whose answers were wanted and good. */
  calls: number;
  /**
   * `budget`: today's calls are used up. `delayed`: the platform has not computed some days. `busy`: somebody else
   * visits the account.
   */
  state: "complete" | "budget" | "delayed" | "busy" | "failed";
  code: string | null;
  reason: string | null;
}

export interface BackfillTarget {
  account: Account;
  platform: Platform;
  from: Day;
  /** Null = the daily visits see all that there is. */
  history: History | null;
  /** Requests that are missing when it begins. */
  requests: number;
}

export async function backfillTarget(context: CollectorContext, account: Account, from: Day): Promise<BackfillTarget> {
  const platform = context.platforms[account.platform];
  if (!platform) throw new Error(`account ${account.code}: no platform ${account.platform}`);
  const now = context.now();
  const history = historyOf(account, platform, { from, now, readyAt: context.statisticsReadyAt });
  const plan = history && (await planBackfill(context.db, account, platform, history, now));
  return { account, platform, from: history?.from ?? from, history, requests: plan?.requests ?? 0 };
}

/**
 * Asks for the account's history, newest days first, in visits of seconds. A daily visit that is due is made before each
 * of them. Throws when the signal stops it; what was saved by then is not asked for again.
 */
export async function backfillAccount(
  shared: CollectorContext,
  { account, platform, from, history }: BackfillTarget,
  { signal, onRequests }: { signal: AbortSignal; onRequests(count: number): void },
): Promise<BackfillResult> {
  const { db, now } = shared;
  let calls = 0;
  const context: CollectorContext = {
    ...shared,
    requestNeeded(_platform, _api, count) {
      calls += count;
      onRequests(count);
    },
  };
  const planned = async (since: Date) =>
    history && (await planBackfill(db, account, platform, { ...history, since }, now()));
  const missing = (await planned(WHENEVER))?.days ?? 0;
  const result = async (state: BackfillResult["state"], fault: { code: string; reason: string | null } | null) => ({
    ...{ account: account.code, from, state, code: fault?.code ?? null, reason: fault?.reason ?? null },
    ...{ calls, days: missing - ((await planned(WHENEVER))?.days ?? 0) },
  });

  let fault: PlatformError | null = null;
  while (history) {
    signal.throwIfAborted();
    const daily = await makeDueVisit(shared, account, signal);
    if (daily && (daily.scope === "account" || daily.scope === "permission")) return await result("failed", daily);
    if ((await planned(history.since))?.requests === 0) break;
    const before = calls;
    const visit = await readVisit(db, account.id, statistics.name);
    const comesToday = visit !== null && visit.dueAt < endOf(dayOf(now()));
    const collector = backfillVisit(history, comesToday);
    const report = await whenFree(() => visitAccount(context, collector, account, { signal }), signal);
    if (report.outcome === "busy") return await result("busy", null);
    if (report.outcome === "interrupted") continue;
    fault = report.error ?? fault;
    if (fault?.scope === "account") return await result("failed", fault);
    // A fault of one part or day leaves the others to be asked for.
    if (calls > before) continue;
    const waitMs = fault?.until ? fault.until.getTime() - now().getTime() : Number.POSITIVE_INFINITY;
    if (waitMs > QUOTA_WAIT_MS) break;
    await sleep(waitMs, undefined, { signal });
  }

  const rest = await planned(WHENEVER);
  const refusals = Object.values(rest?.refused ?? {});
  const refused = refusals[0] === undefined ? null : { code: refusals[0], reason: null };
  if (refused && refusals.length === PARTS.length) {
    const visit = await readVisit(db, account.id, statistics.name);
    return await result(
      "failed",
      visit?.errorCode === refused.code ? { ...refused, reason: visit.errorReason } : refused,
    );
  }
  if (!rest || rest.requests === 0) return await result("complete", refused);
  if (fault?.scope === "quota") return await result("budget", fault);
  return await result(fault ? "failed" : "delayed", fault);
}

/** The account's daily visit must not wait for its history. Answers what it failed with. */
async function makeDueVisit(
  context: CollectorContext,
  account: Account,
  signal: AbortSignal,
): Promise<PlatformError | null> {
  const visit = await readVisit(context.db, account.id, statistics.name);
  if (visit === null || visit.dueAt > context.now()) return null;
  return (await visitAccount(context, statistics, account, { signal })).error;
}

async function whenFree(visit: () => Promise<VisitReport>, signal: AbortSignal): Promise<VisitReport> {
  const giveUpAt = performance.now() + BUSY_WAIT_MS;
  let report = await visit();
  while (report.outcome === "busy" && performance.now() < giveUpAt) {
    await sleep(BUSY_POLL_MS, undefined, { signal });
    report = await visit();
  }
  return report;
}
