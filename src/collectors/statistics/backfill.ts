import { addDays, maxDay, newestAskableDay } from "../../calendar.ts";
import type { Account, Day } from "../../model.ts";
import type { Platform, StatisticsPart } from "../../platforms/platform.ts";
import { readCoverage } from "../../store/coverage.ts";
import type { Db } from "../../store/upsert.ts";
import type { Collector } from "../collector.ts";
import { type History, missingDays } from "./history.ts";
import { PARTS, recentRefusal, statistics, visitParts } from "./index.ts";
import { CURVE_DAYS, callsFor } from "./ladder.ts";

/** The days between `from` and the daily visits' own that the account can have figures of; null = there are none. */
export function historyOf(
  account: Account,
  platform: Platform,
  { from, now, readyAt }: { from: Day; now: Date; readyAt: string },
): History | null {
  const first = maxDay(from, platform.historyStart, account.openedOn) ?? from;
  const to = addDays(newestAskableDay(now, readyAt), -CURVE_DAYS);
  return first <= to ? { from: first, to, since: now } : null;
}

export interface BackfillPlan {
  /** Requests that the missing days take. */
  requests: number;
  /** Publish days that are missing. */
  days: number;
  /** Codes by which parts were refused for want of permission; no requests are planned for these parts. */
  refused: Partial<Record<StatisticsPart, string>>;
}

/** What of the history is still to be asked for, by the coverage stored. */
export async function planBackfill(
  db: Db,
  account: Account,
  platform: Platform,
  history: History,
  now: Date,
): Promise<BackfillPlan> {
  const parts = await readCoverage(db, account.id, statistics.name, history.from);
  const { summaryDays, followerDays } = platform.limits;
  const plan: BackfillPlan = { requests: 0, days: 0, refused: {} };
  for (const part of PARTS) {
    const covered = parts.get(part) ?? new Map();
    const missing = missingDays(history, covered);
    if (part === "articles") plan.days = missing.length;
    const refusal = recentRefusal(covered, now);
    if (refusal) {
      plan.refused[part] = refusal.code ?? "";
      continue;
    }
    const calls = callsFor(missing, { summary: summaryDays, articles: 1, followers: followerDays }[part]);
    plan.requests += calls.length * platform.apis[part].length;
  }
  return plan;
}

/**
 * A visit that asks for the newest missing days of the history, a month of them, in place of a daily visit: under the
 * same lease, and without a trace in the daily visit's time and outcome. `keepHalf` leaves half of the day's calls to it.
 */
export function backfillVisit(history: History, keepHalf: boolean): Collector {
  return {
    name: statistics.name,
    visit: (visit) => visitParts(visit, { history, keepHalf }),
    failureCoverage: () => [],
    settle: statistics.settle,
    nextVisit: null,
  };
}
