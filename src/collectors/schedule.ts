import { createHash } from "node:crypto";
import { addDays, dayOf, startOf, timeOn } from "../calendar.ts";
import type { PlatformError, Retry } from "../errors.ts";

const MINUTE_MS = 60_000;
const SPREAD_MINUTES = 25;
const NOON = "12:00";
/** A delayed day is asked for again after these, the last one repeating until noon. */
const DELAY_MINUTES = [10, 20, 40, 60];
const BACKOFF_MINUTES: Record<Retry, { first: number; ceiling: number }> = {
  soon: { first: 1, ceiling: 60 },
  later: { first: 10, ceiling: 6 * 60 },
  never: { first: 60, ceiling: 6 * 60 },
};

export interface VisitOutcome {
  /** The newest day was not computed yet by the platform. */
  delayed: boolean;
  errors: PlatformError[];
  /** Parts that the account has no permission for: no faults of the visit, but somebody's to know. */
  unavailable: { part: string; code: string; reason: string | null }[];
  /** Other accounts whose coverage changed, so that their current values have to follow. */
  touched: number[];
  /** It was not the time to ask, which says nothing about the account: its last visit stands. */
  unasked?: boolean;
  /** When the collector itself wants to come back, faults apart. */
  returnAt?: Date;
}

/** Delays and failures in a row, this visit included. */
export interface VisitHistory {
  delays: number;
  failures: number;
}

/** A fixed share 0..1 for the account, so that accounts keep their distance from each other day after day. */
export function share(account: string): number {
  return createHash("sha256").update(account).digest().readUInt32BE() / 2 ** 32;
}

/** The account's next daily visit after `now`: within 25 minutes from `readyAt` (`HH:MM`, Asia/Shanghai). */
export function nextDailySlot(account: string, now: Date, readyAt: string): Date {
  const slot = (day: string) => new Date(timeOn(day, readyAt).getTime() + share(account) * SPREAD_MINUTES * MINUTE_MS);
  const today = slot(dayOf(now));
  return today > now ? today : slot(addDays(dayOf(now), 1));
}

/**
 * The account's slots of `now`'s day, so many hours apart, the first one at its own share of them after 00:00
 * Asia/Shanghai. Whole milliseconds, as a `Date` holds them: else a slot would come after itself.
 */
function slots(account: string, now: Date, hours: number): { first: number; stepMs: number; passed: number } {
  const stepMs = hours * 60 * MINUTE_MS;
  const first = startOf(dayOf(now)).getTime() + Math.floor(share(account) * stepMs);
  return { first, stepMs, passed: Math.max(0, Math.floor((now.getTime() - first) / stepMs) + 1) };
}

/** The account's next slot after `now`; `hours` divides the day. */
export function nextSlot(account: string, now: Date, hours: number): Date {
  const { first, stepMs, passed } = slots(account, now, hours);
  return new Date(first + passed * stepMs);
}

/** How many slots of the day are still to come. */
export function slotsLeft(account: string, now: Date, hours: number): number {
  return 24 / hours - slots(account, now, hours).passed;
}

/** Minutes until the next try after `failures` failures in a row, the last one included. */
export function backoffMinutes(retry: Retry, failures: number): number {
  const { first, ceiling } = BACKOFF_MINUTES[retry];
  return Math.min(first * 2 ** Math.min(failures - 1, 20), ceiling);
}

/** When the faults of a visit let it try again, each with its growing distance; none without faults. */
export function waitsAfterFaults(account: string, outcome: VisitOutcome, history: VisitHistory, now: Date): Date[] {
  // A refused permission comes with the account's verification, not within hours: the regular visit looks again.
  const pressing = outcome.errors.filter((error) => error.scope !== "permission");
  return pressing.map((error) => {
    // Without this distance all accounts would come at the very second at which a quota returns.
    if (error.until) return new Date(error.until.getTime() + share(account) * SPREAD_MINUTES * MINUTE_MS);
    return new Date(now.getTime() + backoffMinutes(error.retry, history.failures) * MINUTE_MS);
  });
}

/**
 * When a daily collector comes back: at its slot; earlier while the platform is late (until noon) or after a fault,
 * with growing distance up to a ceiling and never given up.
 */
export function nextDailyVisit(
  account: string,
  outcome: VisitOutcome,
  history: VisitHistory,
  now: Date,
  readyAt: string,
): Date {
  const slot = nextDailySlot(account, now, readyAt);
  const times = waitsAfterFaults(account, outcome, history, now);
  if (outcome.delayed) {
    const minutes = DELAY_MINUTES[Math.min(history.delays, DELAY_MINUTES.length) - 1] ?? 10;
    const again = new Date(now.getTime() + minutes * MINUTE_MS);
    if (again <= timeOn(dayOf(now), NOON)) times.push(again);
  }
  return new Date(Math.min(slot.getTime(), ...times.map((time) => time.getTime())));
}
