import { addDays, endOf, maxDay, startOf } from "../calendar.ts";
import { type Day, JUDGED_LIFECYCLES, type Lifecycle } from "../model.ts";
import type { RuleSet } from "./sets.ts";

const DAY_MS = 86_400_000;

export interface LastPublication {
  on: Day;
  /** The exact second, or 24:00 of the day where only that is known. */
  at: Date;
}

/** What is known of one account's publications. */
export interface PublishingFacts {
  lifecycle: Lifecycle;
  openedOn: Day | null;
  lastPublished: LastPublication | null;
  /** The last one of which followers were notified. */
  lastNotified: LastPublication | null;
  /**
   * Settled days, ascending: the newest one before the last publication that counts, and all from that publication's
   * day on (none known: all settled days).
   */
  finalDays: Day[];
}

export interface PublishingVerdict {
  /** When the rule set's interval ends; null when the account is not bound to publish or nothing is covered yet. */
  deadlineAt: Date | null;
  /** Up to here nothing can have been published unseen since the interval began. */
  dataUntil: Date | null;
}

/** The end of the unbroken run of days that starts with `first`. */
function endOfRun(first: Day, days: Day[]): Day | null {
  const known = new Set(days);
  let end: Day | null = null;
  for (let day = first; known.has(day); day = addDays(day, 1)) end = day;
  return end;
}

/** A known second leaves the rest of its day open until that is settled; what came before is told by the settled days alone. */
function settledSince({ on, at }: LastPublication, finalDays: Day[]): Day | null {
  const wholeDay = at >= endOf(on);
  const run = endOfRun(wholeDay ? addDays(on, 1) : on, finalDays);
  return run ?? (wholeDay ? on : maxDay(...finalDays.filter((day) => day < on)));
}

export function judgePublishing(facts: PublishingFacts, rules: RuleSet): PublishingVerdict {
  const judged = (JUDGED_LIFECYCLES as readonly Lifecycle[]).includes(facts.lifecycle);
  const interval = rules.updateIntervalDays * DAY_MS;
  const after = (instant: Date) => (judged ? new Date(instant.getTime() + interval) : null);

  const last = rules.unnotifiedCounts ? facts.lastPublished : facts.lastNotified;
  const [first] = facts.finalDays;
  if (last !== null && (first === undefined || first <= last.on)) {
    const until = settledSince(last, facts.finalDays);
    return { deadlineAt: after(last.at), dataUntil: until === null ? null : endOf(until) };
  }
  if (first === undefined) return { deadlineAt: null, dataUntil: null };
  // Between the last known publication and the first covered day others may have gone unseen.
  const opened = startOf(maxDay(first, facts.openedOn) ?? first);
  const since = last !== null && last.at > opened ? last.at : opened;
  return { deadlineAt: after(since), dataUntil: endOf(endOfRun(first, facts.finalDays) ?? first) };
}
