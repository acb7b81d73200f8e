import { endOf } from "../../calendar.ts";
import type { ArticlePage } from "../../model.ts";
import type { Look, PageTarget } from "../../store/pages.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Weekly; an hour less, so that a week is kept with the wait for a slot. */
const RECHECK_MS = 7 * DAY_MS - HOUR_MS;
/** From one look that told nothing to the next, the last one repeating. */
const DOUBT_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS];
/** Older articles are looked at once and never again. */
const WATCHED_DAYS = 30;
export const FOREIGN = "foreign page";

/** What the account's pages must agree with; null = not known. */
export interface Marks {
  articleId: string | null;
  biz: string | null;
  originalId: string | null;
}

/** True for a page that names another article or account than expected. */
export function isForeign(page: ArticlePage, expected: Marks): boolean {
  const differs = (name: keyof Marks) =>
    page[name] !== null && expected[name] !== null && page[name] !== expected[name];
  return differs("articleId") || differs("biz") || differs("originalId");
}

/** What a page changes about its article. `captcha` says nothing about it and must not come here. */
export function lookAt(target: PageTarget, page: ArticlePage, now: Date): Look {
  switch (page.state) {
    case "ok":
      return { state: "ok", reason: null, facts: page, dueAt: nextTime(target, RECHECK_MS, now, page.publishedAt) };
    case "deleted":
    case "violation":
      return { state: page.state, reason: page.reason, facts: null, dueAt: nextTime(target, RECHECK_MS, now) };
    case "account_gone":
      return { state: "unknown", reason: "account gone", facts: null, dueAt: nextTime(target, RECHECK_MS, now) };
    default:
      return { ...unread(page.reason ?? "unknown"), dueAt: nextTime(target, doubtMs(target), now) };
  }
}

/** A page of somebody else says nothing about the article. */
export function foreignLook(target: PageTarget, now: Date): Look {
  return { ...unread(FOREIGN), dueAt: nextTime(target, RECHECK_MS, now) };
}

/** A link that leads to no page: no look will tell more. */
export function noPageLook(): Look {
  return unread("not a page");
}

function unread(reason: string): Look {
  return { state: null, reason, facts: null, dueAt: null };
}

/** The distance that the last look set tells how often in a row nothing was told. */
function doubtMs({ lookedAt, dueAt }: PageTarget): number {
  const last = lookedAt && dueAt ? dueAt.getTime() - lookedAt.getTime() : RECHECK_MS;
  const first = DOUBT_MS[0] ?? HOUR_MS;
  if (last >= RECHECK_MS) return first;
  return DOUBT_MS.find((distance) => distance > last) ?? DAY_MS;
}

function nextTime(target: PageTarget, distanceMs: number, now: Date, publishedAt = target.publishedAt): Date | null {
  const published = publishedAt ?? endOf(target.publishDate);
  const next = now.getTime() + distanceMs;
  return next > published.getTime() + WATCHED_DAYS * DAY_MS ? null : new Date(next);
}
