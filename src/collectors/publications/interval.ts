import { addDays, dayOf, startOf } from "../../calendar.ts";
import { callsLeft } from "../../store/budget.ts";
import { publicationTotals } from "../../store/publications.ts";
import type { Visit } from "../collector.ts";
import { nextSlot, slotsLeft, type VisitHistory, type VisitOutcome, waitsAfterFaults } from "../schedule.ts";

/** Hours between two looks, shortest first; each divides the day, so that the slots are the same every day. */
const HOURS = [2, 3, 4, 6] as const;
const SHORTEST_HOURS = 2;
const LONGEST_HOURS = 6;
/** Whoever published without notice within so many days is looked at most often. */
const ACTIVE_DAYS = 14;
const RECHECK_DAYS = 7;

/** Calls left of the API that has the fewest; null = no limit is known. */
async function fewestCallsLeft({ db, account, platform, now }: Visit): Promise<number | null> {
  const left = await Promise.all(
    platform.apis.publications.map((api) => callsLeft(db, { appId: account.appId, api, day: dayOf(now) })),
  );
  const known = left.filter((calls) => calls !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/** A walk leaves the day's later looks their calls. */
export async function hasCallsToWalk(visit: Visit): Promise<boolean> {
  const left = await fewestCallsLeft(visit);
  return left === null || left > slotsLeft(visit.account.code, visit.now, LONGEST_HOURS);
}

/** When an account is looked at again that answered well: the next slot of the shortest interval that the day's calls allow. */
export async function nextLook(visit: Visit): Promise<Date> {
  const { account, db, now } = visit;
  const { newest } = await publicationTotals(db, account.id);
  const active = newest !== null && newest >= new Date(now.getTime() - ACTIVE_DAYS * 86_400_000);
  const shortest = active ? SHORTEST_HOURS : LONGEST_HOURS;
  const left = await fewestCallsLeft(visit);
  if (left !== null && left <= 0) return nextSlot(account.code, startOf(addDays(dayOf(now), 1)), shortest);
  const enough = HOURS.filter((hours) => hours >= shortest).find(
    (hours) => left === null || slotsLeft(account.code, now, hours) <= left,
  );
  return nextSlot(account.code, now, enough ?? LONGEST_HOURS);
}

/** When the collector comes back, also after faults and refusals. */
export function nextVisitAfter(visit: Visit, outcome: VisitOutcome, history: VisitHistory): Date {
  const { account, now } = visit;
  if (outcome.unavailable.length > 0) {
    return nextSlot(account.code, new Date(now.getTime() + RECHECK_DAYS * 86_400_000), LONGEST_HOURS);
  }
  const waits = waitsAfterFaults(account.code, outcome, history, now);
  // A quota that is used up is not asked for again before it returns.
  const closed = outcome.errors.some((error) => error.until !== undefined);
  if (!closed) waits.push(outcome.returnAt ?? nextSlot(account.code, now, LONGEST_HOURS));
  return new Date(Math.min(...waits.map((time) => time.getTime())));
}
