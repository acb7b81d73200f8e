import { articleDataBegin, type Day, startOfDayMs, weekday } from "./calendar.ts";
import type { Account } from "./county.ts";
import { hex, mix, salt, unit } from "./random.ts";
import { titleOf } from "./titles.ts";

export interface Article {
  account: Account;
  day: Day;
  mid: string;
  /** Counted from 1. */
  idx: number;
  msgid: string;
  /** Notified articles were mass-sent; the others only stand in the account's list. */
  notified: boolean;
  publishedAtSeconds: number;
  title: string;
  url: string;
  /** All readers the article will have after 30 days. */
  reach: number;
  key: number;
}

const salts = {
  active: salt("active day"),
  weekday: salt("weekday"),
  count: salt("articles of a push"),
  unnotified: salt("unnotified"),
  hour: salt("hour"),
  reach: salt("reach"),
  key: salt("article"),
  link: salt("link"),
};
/** Room for the ids of one day's pushes. */
const idsPerDay = 100;
/** Pushes made over the control plane take the upper half of a day's ids. */
export const firstExtraPush = 50;
export const pushesPerDay = idsPerDay;

/** Every healthy habit leaves at most 7 days between two publications. */
function publishesOn(account: Account, day: Day): boolean {
  if (account.openedOn !== null && day < account.openedOn) return false;
  if (account.lastDay !== null && day >= account.lastDay) return day === account.lastDay;
  const { seed, index } = account;
  switch (account.habit) {
    case "daily":
      return account.special === "shared_msgid" || unit(seed, salts.active, index, day) < 0.95;
    case "workdays":
      return weekday(day) >= 1 && weekday(day) <= 5;
    case "thrice_weekly":
      return [1, 3, 5].includes(weekday(day));
    case "weekly":
      return weekday(day) === mix(seed, salts.weekday, index) % 7;
    case "never":
      return false;
  }
}

/** Heavy-tailed: most articles reach a few percent of the followers, a few far more people than follow. */
function reachOf(account: Account, key: number, idx: number, notified: boolean): number {
  const tail = (1 - unit(key, salts.reach)) ** -0.75;
  const place = idx === 1 ? 1 : 0.3;
  return Math.min(400_000, 4 + Math.floor(account.followers * 0.025 * tail * place * (notified ? 1 : 0.25)));
}

export interface Push {
  account: Account;
  day: Day;
  index: number;
  count: number;
  notified: boolean;
  publishedAtSeconds: number;
}

export function articlesOf(push: Push): Article[] {
  const { account, day, notified, publishedAtSeconds } = push;
  const mid = String(account.idBase + BigInt((day - articleDataBegin) * idsPerDay + push.index));
  const biz = Buffer.from(String(3_000_000_000 + mix(account.seed, salts.link, account.index) / 8)).toString("base64");
  return Array.from({ length: push.count }, (_, position) => {
    const idx = position + 1;
    const key = mix(account.seed, salts.key, account.index, day, push.index, idx);
    const link = `__biz=${biz}&mid=${mid}&idx=${idx}&sn=${hex(32, key, salts.link)}&chksm=${hex(40, key, salts.link, 1)}`;
    return {
      account,
      day,
      mid,
      idx,
      msgid: `${mid}_${idx}`,
      notified,
      publishedAtSeconds,
      title: titleOf(key),
      url: `http://mp.weixin.qq.com/s?${link}#rd`,
      reach: reachOf(account, key, idx, notified),
      key,
    };
  });
}

export function habitualArticles(account: Account, day: Day): Article[] {
  if (!publishesOn(account, day)) return [];
  const { seed, index } = account;
  const secondOfDay = (draw: number) => startOfDayMs(day) / 1_000 + 7 * 3_600 + Math.floor(draw * 14 * 3_600);
  const articles = articlesOf({
    account,
    day,
    index: 0,
    count: 1 + Math.floor(4 * unit(seed, salts.count, index, day) ** 2),
    notified: true,
    publishedAtSeconds: secondOfDay(unit(seed, salts.hour, index, day)),
  });
  if (unit(seed, salts.unnotified, index, day) < 0.25) {
    const publishedAtSeconds = secondOfDay(unit(seed, salts.hour, index, day, 1));
    articles.push(...articlesOf({ account, day, index: 1, count: 1, notified: false, publishedAtSeconds }));
  }
  return articles;
}
