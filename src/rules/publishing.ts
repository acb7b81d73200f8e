import { addDays, endOf, maxDay, startOf } from "../calendar.ts";
import { type Day, JUDGED_LIFECYCLES, type Lifecycle } from "../model.ts";
import type { RuleSet } from "./sets.ts";

const DAY_MS = 86_400_000;

/** What is known of one account's publications. */
export interface PublishingFacts {
  lifecycle: Lifecycle;
  openedOn: Day | null;
  lastPublishedAt: Date | null;
  lastPublishedOn: Day | null;
  /** Settled days after the last publication (none known: all settled days), ascending. */
  finalDays: Day[];
}

export interface PublishingVerdict {
  /** When the rule set's interval ends; null when the account is not bound to publish or nothing is covered yet. */
  deadlineAt: Date | null;
  /** Up to here nothing can have been published unseen since the last publication. */
  dataUntil: Date | null;
}

/** The end of the unbroken run of days that starts with `first`. */
function endOfRun(first: Day, days: Day[]): Day | null {
  const known = new Set(days);
  let end: Day | null = null;
  for (let day = first; known.has(day); day = addDays(day, 1)) end = day;
  return end;
}

export function judgePublishing(facts: PublishingFacts, rules: RuleSet): PublishingVerdict {
  const judged = (JUDGED_LIFECYCLES as readonly Lifecycle[]).includes(facts.lifecycle);
  const interval = rules.updateIntervalDays * DAY_MS;
  const after = (instant: Date) => (judged ? new Date(instant.getTime() + interval) : null);

  if (facts.lastPublishedOn !== null && facts.lastPublishedAt !== null) {
    const until = endOfRun(addDays(facts.lastPublishedOn, 1), facts.finalDays) ?? facts.lastPublishedOn;
    return { deadlineAt: after(facts.lastPublishedAt), dataUntil: endOf(until) };
  }
  const [first] = facts.finalDays;
  if (first === undefined) return { deadlineAt: null, dataUntil: null };
  const since = maxDay(first, facts.openedOn) ?? first;
  return { deadlineAt: after(startOf(since)), dataUntil: endOf(endOfRun(first, facts.finalDays) ?? first) };
}
