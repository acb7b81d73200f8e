import { type Article, articlesOf, firstExtraPush, pushesPerDay } from "./articles.ts";
import { type Day, dayAt } from "./calendar.ts";
import type { Account } from "./county.ts";
import { cumulative, type Figures, lastAge, readersOfDay } from "./curves.ts";
import { habitualArticles } from "./rhythm.ts";

export interface History {
  account: Account;
  articlesOn(day: Day): readonly Article[];
  /** Adds a push beyond the account's habit; null when the day has no room left. */
  publish(count: number, notified: boolean, atMs: number): Article[] | null;
  /** Counts a comment that a test added. */
  countComment(article: Article, atSeconds: number): void;
  /** Comments of that day under articles that the platform follows no more. */
  lateCommentsOn(day: Day): number;
  /** Changes with every such push. */
  revision(): number;
}

export function createHistory(account: Account): History {
  const known = new Map<Day, Article[]>();
  const extraPushes = new Map<Day, number>();
  const lateComments = new Map<Day, number>();
  let revision = 0;
  const articlesOn = (day: Day): Article[] => {
    let articles = known.get(day);
    if (articles === undefined) {
      articles = habitualArticles(account, day);
      known.set(day, articles);
    }
    return articles;
  };
  return {
    account,
    articlesOn,
    publish(count, notified, atMs) {
      const day = dayAt(atMs);
      const index = firstExtraPush + (extraPushes.get(day) ?? 0);
      if (index >= pushesPerDay) return null;
      extraPushes.set(day, index - firstExtraPush + 1);
      const publishedAtSeconds = Math.floor(atMs / 1_000);
      const articles = articlesOf({ account, day, index, count, notified, publishedAtSeconds });
      articlesOn(day).push(...articles);
      revision++;
      return articles;
    },
    countComment(article, atSeconds) {
      const day = dayAt(atSeconds * 1_000);
      if (day - article.day <= lastAge) article.addedComments.push(atSeconds);
      else lateComments.set(day, (lateComments.get(day) ?? 0) + 1);
    },
    lateCommentsOn: (day) => lateComments.get(day) ?? 0,
    revision: () => revision,
  };
}

/** Part of a day's publications is still missing while its figures are incomplete. */
const shareWhileIncomplete = 0.6;

/** What was published on the day, as far as it is known at `until`. */
export function publishedOn(history: History, day: Day, until: number): readonly Article[] {
  const articles = history.articlesOn(day);
  return until < day ? articles.slice(0, Math.floor(articles.length * shareWhileIncomplete)) : articles;
}

export interface ArticleDay {
  article: Article;
  now: Figures;
  before: Figures;
}

/**
 * Every article that the platform still follows on that day, also of before the history.
 * `until` lies within the day while its figures are incomplete.
 */
export function followedOn(history: History, day: Day, until: number = day): ArticleDay[] {
  const followed: ArticleDay[] = [];
  for (let published = day - lastAge; published <= day; published++) {
    for (const article of publishedOn(history, published, published === day ? until : published)) {
      followed.push({ article, now: cumulative(article, until), before: cumulative(article, day - 1) });
    }
  }
  return followed;
}

export interface Overview extends Figures {
  redirect: number;
  published: number;
}

/** The account's day over all articles; people who read two articles count once. */
export function overviewOf(history: History, day: Day, until: number = day): Overview {
  const sum: Overview = {
    read: 0,
    share: 0,
    zaikan: 0,
    like: 0,
    comment: until < day ? 0 : history.lateCommentsOn(day),
    collection: 0,
    subscribe: 0,
    redirect: 0,
    published: publishedOn(history, day, until).length,
  };
  let most = 0;
  for (const { now, before } of followedOn(history, day, until)) {
    const readers = readersOfDay(now, before);
    most = Math.max(most, readers);
    sum.read += readers;
    sum.share += Math.max(0, now.share - before.share);
    sum.zaikan += Math.max(0, now.zaikan - before.zaikan);
    sum.like += Math.max(0, now.like - before.like);
    sum.comment += Math.max(0, now.comment - before.comment);
    sum.collection += Math.max(0, now.collection - before.collection);
    sum.subscribe += Math.max(0, now.subscribe - before.subscribe);
  }
  sum.read = Math.max(most, Math.floor(sum.read * 0.93));
  sum.redirect = Math.floor(sum.read * 0.002);
  return sum;
}
