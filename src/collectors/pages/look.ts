import { dayOf, daysBetween, endOf } from "../../calendar.ts";
import type { ArticlePage } from "../../model.ts";
import { FOREIGN, type Look, type PageTarget } from "../../store/pages.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Weekly; an hour less, so that a week is kept with the wait for a slot. */
const RECHECK_MS = 7 * DAY_MS - HOUR_MS;
/** From one look that told nothing to the next, the last one repeating. */
const DOUBT_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS] as const;
/** Older articles are looked at once and never again. */
const WATCHED_MS = 30 * DAY_MS;
/** How far the clocks of the platform and our own may differ. */
const SKEW_MS = 10 * MINUTE_MS;
/** The list's update time may be that of the draft, so that the publication follows it. */
const DRAFTED_MS = 3 * DAY_MS;
/** The platform's first articles: nothing was published before. */
const FIRST_ARTICLES = new Date("2012-08-01T00:00:00+08:00");

/** Reasons for which the platform shows no article. */
const NOT_SHOWN: ReadonlySet<string> = new Set(["rumor", "privacy"]);

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
    case "ok": {
      const facts = { ...page, publishedAt: believedSecond(target, page.publishedAt, now) };
      return { state: "ok", reason: null, facts, dueAt: nextTime(target, RECHECK_MS, now, facts.publishedAt) };
    }
    case "deleted":
    case "violation":
      return { state: page.state, reason: page.reason, facts: null, dueAt: nextTime(target, RECHECK_MS, now) };
    case "account_gone":
      return { state: "unknown", reason: "account gone", facts: null, dueAt: nextTime(target, RECHECK_MS, now) };
    default:
      return {
        ...unread(page.reason ?? "unknown"),
        // The platform says itself that readers see nothing; any other page takes back nothing.
        state: NOT_SHOWN.has(page.reason ?? "") ? "unknown" : null,
        dueAt: nextTime(target, doubtMs(target), now),
      };
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

/**
 * When a page that did not come is asked for again; null = no more. One that was never seen is looked for as long as
 * one that was published when we first heard of it, and once more in any case.
 */
export function nextTry(target: PageTarget, now: Date): Date | null {
  const distance = doubtMs(target);
  if (target.lookedAt) return nextTime(target, distance, now);
  if (!target.dueAt) return new Date(now.getTime() + distance);
  const published = (target.publishedAt ?? endOf(target.publishDate)).getTime();
  return nextTime(target, distance, now, new Date(Math.max(published, target.firstSeenAt.getTime())));
}

/**
 * The time between a look and the one before in which other pages tell whether it is this one alone that tells nothing:
 * its start, after the second look in vain; null before.
 */
export function comparedSince(target: PageTarget): Date | null {
  const [first, second] = DOUBT_MS;
  if (!target.dueAt || doubtedMs(target) < first + second) return null;
  return new Date(target.dueAt.getTime() - second);
}

function unread(reason: string): Look {
  return { state: null, reason, facts: null, dueAt: null };
}

/** The page's second, unless it contradicts what else is known of the publication. */
function believedSecond(target: PageTarget, second: Date | null, now: Date): Date | null {
  if (!second || second < FIRST_ARTICLES || second.getTime() > now.getTime() + SKEW_MS) return null;
  if (target.inStatistics) return Math.abs(daysBetween(target.publishDate, dayOf(second))) > 1 ? null : second;
  const { listedAt, firstSeenAt } = target;
  if (second.getTime() > firstSeenAt.getTime() + SKEW_MS) return null;
  return listedAt && second.getTime() > listedAt.getTime() + DRAFTED_MS ? null : second;
}

/** How long the page has told nothing, from its last look or the first that we heard of it up to the coming try. */
function doubtedMs({ lookedAt, firstSeenAt, dueAt }: PageTarget): number {
  if (!dueAt) return 0;
  const since = dueAt.getTime() - (lookedAt ?? firstSeenAt).getTime();
  return lookedAt && since >= RECHECK_MS ? since - RECHECK_MS : since;
}

function doubtMs(target: PageTarget): number {
  if (!target.dueAt) return DOUBT_MS[0];
  const last = doubtedMs(target);
  return DOUBT_MS.find((distance) => distance > last) ?? DAY_MS;
}

function nextTime(target: PageTarget, distanceMs: number, now: Date, publishedAt = target.publishedAt): Date | null {
  const published = publishedAt ?? endOf(target.publishDate);
  const next = now.getTime() + distanceMs;
  return next > published.getTime() + WATCHED_MS ? null : new Date(next);
}
