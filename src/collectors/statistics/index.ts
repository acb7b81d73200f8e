import { addDays, dayOf, newestAskableDay } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import type { Coverage, Day } from "../../model.ts";
import type { StatisticsPart } from "../../platforms/platform.ts";
import { readCoverage, settleDaysWithoutRow } from "../../store/coverage.ts";
import { publishDays } from "../../store/statistics.ts";
import type { Collector, Visit } from "../collector.ts";
import { nextDailyVisit, type VisitOutcome } from "../schedule.ts";
import { askArticles } from "./articles.ts";
import { EMPTY_AGAIN, isFromEarlierMorning, NO_ROW } from "./finality.ts";
import { askFollowers } from "./followers.ts";
import type { History } from "./history.ts";
import { coverage, type PartContext, PartFault, type PartResult } from "./part.ts";
import { askSummary } from "./summary.ts";

export const PARTS = ["summary", "articles", "followers"] as const satisfies StatisticsPart[];
const ASK: Record<StatisticsPart, (context: PartContext) => Promise<PartResult>> = {
  summary: askSummary,
  articles: askArticles,
  followers: askFollowers,
};
/** A pause longer than this is no catch-up any more. */
const LOOKBACK_DAYS = 400;
const RECHECK_DAYS = 7;

/** How the part was last refused for want of permission; null when its last look says otherwise. */
function refusal(covered: ReadonlyMap<Day, Coverage>): Coverage | null {
  let last: Coverage | null = null;
  for (const row of covered.values()) {
    const distance = row.fetchedAt.getTime() - (last?.fetchedAt.getTime() ?? 0);
    if (distance > 0 || (distance === 0 && row.state === "unavailable")) last = row;
  }
  return last?.state === "unavailable" ? last : null;
}

/** The refusal that is not to be questioned yet, else null. */
export function recentRefusal(covered: ReadonlyMap<Day, Coverage>, now: Date): Coverage | null {
  const last = refusal(covered);
  return last && now.getTime() - last.fetchedAt.getTime() < RECHECK_DAYS * 86_400_000 ? last : null;
}

/**
 * Asks the parts for what the daily visit looks at, or for the history in its stead. Faults that are not the account's
 * own are in the outcome; of the history they leave no trace, as no day of it is due.
 */
export async function visitParts(
  visit: Visit,
  { history = null, keepHalf }: { history?: History | null; keepHalf: boolean },
): Promise<VisitOutcome> {
  const { db, account, now } = visit;
  // A visit that finds everything covered must still notice that the credentials were lost.
  await visit.session.authorise();
  const latest = newestAskableDay(now, visit.statisticsReadyAt);
  let newest = latest;
  const lookback = history?.from ?? addDays(latest, -LOOKBACK_DAYS);
  const parts = await readCoverage(db, account.id, statistics.name, lookback);
  const published = await publishDays(db, account.id, lookback);
  const doubtful = new Set(
    [...(parts.get("summary")?.values() ?? [])]
      .filter((row) => row.state === "provisional" && isFromEarlierMorning(row, { latest, visit }))
      .map((row) => row.day),
  );
  const outcome: VisitOutcome = { delayed: false, errors: [], unavailable: [], touched: [] };
  const refusals: PlatformError[] = [];
  let recheck = visit.recheck;

  for (const part of PARTS) {
    const covered = parts.get(part) ?? new Map<Day, Coverage>();
    const before = refusal(covered);
    const recent = recentRefusal(covered, now);
    // The summary is asked each time: once it is allowed again, the other parts most likely are too.
    if (recent && (part !== "summary" || history) && !recheck) {
      outcome.unavailable.push({ part, code: recent.code ?? "", reason: null });
      continue;
    }
    try {
      const result = await ASK[part]({
        ...{ visit, latest, newest, covered, published, doubtful, history },
        ...{ doubted: outcome.touched, reserving: { keepHalf } },
      });
      outcome.errors.push(...result.errors);
      if (result.delayed && !outcome.delayed) {
        outcome.delayed = true;
        if (part === "summary") newest = addDays(newest, -1);
      }
      if (part === "summary" && before !== null) recheck = true;
    } catch (fault) {
      const error = fault instanceof PartFault ? fault.error : fault;
      if (!(error instanceof PlatformError) || error.scope === "account") throw error;
      // Articles are asked for day by day; elsewhere a fault is one of the part as it is now.
      const day = part === "articles" && fault instanceof PartFault ? fault.day : newest;
      const state = error.scope === "permission" ? "unavailable" : "failed";
      if (history && state === "failed") {
        outcome.errors.push(error);
        continue;
      }
      await visit.save((trx) => visit.saveCoverage(trx, [coverage(visit, part, day, { state, code: error.code })]));
      if (error.scope === "permission") {
        outcome.unavailable.push({ part, code: error.code, reason: error.reason });
        refusals.push(error);
      } else {
        outcome.errors.push(error);
      }
    }
  }
  // A part without permission is no fault, but an account without any part cannot be seen at all.
  if (outcome.unavailable.length === PARTS.length) outcome.errors.push(...refusals.slice(0, 1));
  return outcome;
}

export const statistics: Collector = {
  name: "statistics",
  // Before the day's regular visit, what is caught up must leave it its calls.
  visit: (visit) =>
    visitParts(visit, {
      keepHalf: newestAskableDay(visit.now, visit.statisticsReadyAt) < addDays(dayOf(visit.now), -1),
    }),
  failureCoverage(visit, error) {
    const newest = newestAskableDay(visit.now, visit.statisticsReadyAt);
    return PARTS.map((part) => coverage(visit, part, newest, { state: "failed", code: error.code }));
  },
  async settle(visit, trx) {
    await settleDaysWithoutRow(trx, visit.account.id, [NO_ROW, EMPTY_AGAIN]);
  },
  nextVisit(visit, outcome, history) {
    return nextDailyVisit(visit.account.code, outcome, history, visit.now, visit.statisticsReadyAt);
  },
};
