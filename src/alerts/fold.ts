import type { NotificationState } from "../model.ts";
import type { AccountFacts, CountyFacts } from "../store/alertFacts.ts";
import { rankOf } from "../store/episodes.ts";
import type { Waiting, WaitingEvent } from "../store/outbox.ts";
import type { AlertEntry } from "./compose.ts";
import { supportOf } from "./support.ts";

export interface Verdict {
  id: number;
  state: NotificationState;
  /** Nothing can change it any more. */
  final: boolean;
}

export interface Folded {
  entries: AlertEntry[];
  /** What is not told. */
  verdicts: Verdict[];
}

interface Pending extends Waiting {
  event: WaitingEvent;
}

export interface FoldContext {
  facts: ReadonlyMap<number, AccountFacts>;
  county: CountyFacts;
  /** Whom to mention for it, as the channel knows them. */
  mentionsOf(waiting: Waiting): string[];
  now: Date;
}

/**
 * What of the alerts that wait for a target is told: of each episode the newest event, as far as the data bear it out,
 * once however many of its recipients are reached there.
 */
export function foldEvents(waiting: readonly Pending[], context: FoldContext): Folded {
  const verdicts: Verdict[] = [];
  const told: Pending[] = [];
  for (const notification of waiting) {
    const verdict = verdictOf(notification, context);
    if (verdict === "told") told.push(notification);
    else if (verdict !== "wait") verdicts.push({ id: notification.id, ...verdict });
  }
  const episodes = Map.groupBy(told, ({ event }) => event.episode);
  return { entries: [...episodes.values()].map((group) => entryOf(group, context)), verdicts };
}

type Outcome = "told" | "wait" | Omit<Verdict, "id">;

function verdictOf({ event, state }: Pending, { facts, county, now }: FoldContext): Outcome {
  const { kind, severity, newest, heard, repeats, overtakes, alert, endedAt } = event;
  // What was held back stays recorded as that: the later event says why nobody heard of this one.
  if (!newest) return { state: state === "pending" ? "superseded" : state, final: true };
  if (kind === "resolved") {
    if (heard) return "told";
    return overtakes ? "wait" : { state: "superseded", final: true };
  }
  // A level between them came and went before anybody heard of it.
  if (repeats) return { state: "superseded", final: true };
  if (endedAt !== null) return { state: "unsupported", final: true };
  const { level, inhibited } = supportOf(alert, factsOf(event, facts), county, now);
  if (level === null || rankOf(level) < rankOf(severity)) return { state: "unsupported", final: false };
  return inhibited ? { state: "inhibited", final: false } : "told";
}

function entryOf(group: readonly Pending[], { facts, mentionsOf }: FoldContext): AlertEntry {
  const [first] = group;
  if (!first) throw new Error("an episode without a notification");
  const { event } = first;
  const { alert, severity, subject, startedAt, endedAt } = event;
  const heard = group.some((notification) => notification.event.heard);
  return {
    notifications: group.map(({ id }) => id),
    mentions: [...new Set(group.flatMap(mentionsOf))],
    // Who hears of it for the first time is told that it is so, not that it changed.
    kind: event.kind === "changed" && !heard ? "fired" : event.kind,
    facts: factsOf(event, facts),
    ...{ alert, severity, subject, startedAt, endedAt },
  };
}

const factsOf = ({ accountId }: WaitingEvent, facts: ReadonlyMap<number, AccountFacts>) =>
  accountId === null ? null : (facts.get(accountId) ?? null);
