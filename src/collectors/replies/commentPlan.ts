import { dayOf, daysBetween, endOf } from "../../calendar.ts";
import type { Day } from "../../model.ts";
import type { WatchedArticle, WatchedComments } from "../../store/comments.ts";
import { lastSlot, type Pace } from "./slots.ts";

/** So many days after its publication an article is watched, comments or none. */
export const WATCHED_DAYS = 60;

/** A look that did not show as many comments as the platform counts; asked again at the next slot. */
export const INCOMPLETE = "incomplete";
/** The same once more: the platform's count is wrong, and asking at each slot would not mend it. */
export const INCOMPLETE_AGAIN = "incomplete_again";
/** The platform knows no comments of the article. */
export const UNKNOWN_ARTICLE = "unknown_article";
const NO_FAULTS: readonly (string | null)[] = [null, INCOMPLETE, INCOMPLETE_AGAIN, UNKNOWN_ARTICLE];

const PACES: readonly Pace[] = ["hourly", "threeHourly", "daily", "weekly"];

/** Paces by the greatest age in days, of an article and of its newest open case. */
const BY_ARTICLE: readonly [number, Pace][] = [
  [3, "threeHourly"],
  [14, "daily"],
  [WATCHED_DAYS, "weekly"],
];
const BY_OPEN_CASE: readonly [number, Pace][] = [
  [10, "hourly"],
  [30, "daily"],
  [Number.POSITIVE_INFINITY, "weekly"],
];

const paceAt = (age: number, paces: readonly [number, Pace][]) => paces.find(([days]) => age <= days)?.[1];

/** How often an article's comments are looked at; null = not at all any more. */
export function paceOf(article: WatchedArticle, today: Day): Pace | null {
  if (article.code === INCOMPLETE) return "hourly";
  const { publishDate, newestOpenAt } = article;
  const paces = [
    paceAt(daysBetween(publishDate, today), BY_ARTICLE),
    newestOpenAt && paceAt(daysBetween(dayOf(newestOpenAt), today), BY_OPEN_CASE),
  ];
  return PACES.find((pace) => paces.includes(pace)) ?? null;
}

function isDue(account: string, article: WatchedArticle, missedOn: Day | null, now: Date, byHand: boolean): boolean {
  const { lookedAt, publishDate } = article;
  const pace = paceOf(article, dayOf(now));
  if (pace === null) return false;
  if (byHand && (pace === "hourly" || pace === "threeHourly")) return true;
  // A clock that ran ahead stored a time that has not come.
  if (lookedAt === null || lookedAt > now || lookedAt < lastSlot(account, pace, now, publishDate)) return true;
  const watched = daysBetween(publishDate, dayOf(now)) <= WATCHED_DAYS;
  return watched && missedOn !== null && lookedAt < endOf(missedOn);
}

/** The last look met a fault. */
export const hasFailed = (article: WatchedArticle): boolean => !NO_FAULTS.includes(article.code);

/**
 * Whose comments are looked at now: first where somebody waits for an answer, then the newest. Where a fault came up the
 * last time it may come up again and end the look, so those come last.
 */
export function dueArticles(
  account: string,
  { articles, missedOn }: WatchedComments,
  now: Date,
  byHand = false,
): WatchedArticle[] {
  return articles
    .filter((article) => isDue(account, article, missedOn, now, byHand))
    .sort(
      (a, b) =>
        Number(hasFailed(a)) - Number(hasFailed(b)) ||
        Number(b.openQuestion) - Number(a.openQuestion) ||
        b.publishDate.localeCompare(a.publishDate) ||
        a.msgid.localeCompare(b.msgid),
    );
}
