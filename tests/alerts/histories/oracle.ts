import type { Severity } from "../../../src/model.ts";
import { DAY, endOfDay, HOUR, INTERVAL, type Post, startOfDay } from "./posts.ts";
import type { Told } from "./told.ts";

/** What may be said of one account, by the truth and by what the platform had told of it; times are Unix seconds. */

export const LEAD: Record<Severity, number> = { info: 4 * DAY, warning: 2 * DAY, critical: 0 };
export const BLIND_AFTER = 60 * HOUR;
/** The platform keeps 30 days. */
const HISTORY = 30 * DAY;

/** The newest post that was told by then. */
export function lastShown({ history, shownAt }: Told, at: number): Post | undefined {
  return history.posts.findLast((_, index) => (shownAt[index] ?? Number.POSITIVE_INFINITY) <= at);
}

function begin({ history }: Told, from: number): number {
  return Math.max(startOfDay(from) - HISTORY, history.openedAt ?? 0);
}

/** The deadline that follows from what was told: by the second of the last post, and by the end of its day. */
export function deadlines(told: Told, at: number, from: number): { earliest: number; latest: number } {
  const last = lastShown(told, at);
  if (!last) return { earliest: begin(told, from) + INTERVAL, latest: begin(told, from) + INTERVAL };
  return { earliest: last.at + INTERVAL, latest: endOfDay(last.at) + INTERVAL };
}

/** A post before that deadline, not more than two weeks, which a critical alert denies. */
export function postWithin({ history }: Told, deadline: number): Post | undefined {
  return history.posts.find((post) => post.at > deadline - INTERVAL && post.at <= deadline);
}

/** By when the newest day ends that the platform told truly and believably: of later ones nobody can know anything. */
export function toldUntil({ answers }: Told): (at: number) => number {
  const steps: { at: number; until: number }[] = [];
  for (const { at, part, believable } of answers) {
    const newest = believable.at(-1);
    const until = steps.at(-1)?.until ?? 0;
    if (part === "summary" && newest !== undefined && newest + DAY > until) steps.push({ at, until: newest + DAY });
  }
  return (at) => steps.findLast((step) => step.at <= at)?.until ?? 0;
}

/**
 * The visits after which all is known: no answer of theirs was missing, late or untrue, and every day since the last
 * known post has been told, up to yesterday. One a day.
 */
export function goodVisits(told: Told, from: number): number[] {
  const known = { summary: new Set<number>(), articles: new Set<number>() };
  const visits = Map.groupBy(told.answers, ({ at }) => at);
  const good: number[] = [];
  for (const [at, answers] of visits) {
    for (const { part, days } of answers) for (const day of days) known[part].add(day);
    if (answers.some(({ faulty }) => faulty) || !answers.some(({ part }) => part === "summary")) continue;
    const last = lastShown(told, at);
    const first = last ? Math.max(endOfDay(last.at), begin(told, from)) : begin(told, from);
    let day = first;
    while (day < startOfDay(at) && known.summary.has(day) && known.articles.has(day)) day += DAY;
    if (day >= startOfDay(at) && startOfDay(good.at(-1) ?? 0) < startOfDay(at)) good.push(at);
  }
  return good;
}
