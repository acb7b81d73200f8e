import { type Article, articlesOf } from "./articles.ts";
import { type Day, startOfDayMs, weekday } from "./calendar.ts";
import type { Account } from "./county.ts";
import { mix, salt, unit } from "./random.ts";

const salts = {
  active: salt("active day"),
  weekday: salt("weekday"),
  count: salt("articles of a push"),
  unnotified: salt("unnotified"),
  silently: salt("published instead of sent"),
  hour: salt("hour"),
  burst: salt("burst"),
};
const firstSecond = 7 * 3_600;
const publishingSeconds = 14 * 3_600;
/** Within each of these periods lies one day of many publications. */
const burstPeriodDays = 8;
const burstSeconds = 3 * 3_600;

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

/** Whether followers hear of the day's main push. */
function notifies({ seed, index, unnotified }: Account, day: Day): boolean {
  if (unnotified === "always") return false;
  return unnotified !== "most" || unit(seed, salts.silently, index, day) >= 0.8;
}

const extraShare = { never: 0, some: 0.25, most: 0.4, always: 0.25, bursts: 0 } as const;

/** Many small publications within three hours, after days without any. */
function burst(account: Account, day: Day): Article[] {
  const { seed, index } = account;
  if ((day + mix(seed, salts.burst, index)) % burstPeriodDays !== 0) return [];
  const begin = startOfDayMs(day) / 1_000 + 9 * 3_600 + (mix(seed, salts.burst, index, day) % (8 * 3_600));
  const pushes = 26 + (mix(seed, salts.burst, index, day, 1) % 10);
  return Array.from({ length: pushes }, (_, push) => {
    const publishedAtSeconds =
      begin + Math.floor(((push + unit(seed, salts.burst, day, push)) * burstSeconds) / pushes);
    return articlesOf({ account, day, index: push + 2, count: 1, notified: false, publishedAtSeconds });
  }).flat();
}

/** What the account publishes on that day by habit. */
export function habitualArticles(account: Account, day: Day): Article[] {
  if (!publishesOn(account, day)) return [];
  const { seed, index } = account;
  const secondOfDay = (draw: number) => startOfDayMs(day) / 1_000 + firstSecond + Math.floor(draw * publishingSeconds);
  const articles = articlesOf({
    account,
    day,
    index: 0,
    count: 1 + Math.floor(4 * unit(seed, salts.count, index, day) ** 2),
    notified: notifies(account, day),
    publishedAtSeconds: secondOfDay(unit(seed, salts.hour, index, day)),
  });
  if (unit(seed, salts.unnotified, index, day) < extraShare[account.unnotified]) {
    const count = unit(seed, salts.count, index, day, 1) < 0.15 ? 2 : 1;
    const publishedAtSeconds = secondOfDay(unit(seed, salts.hour, index, day, 1));
    articles.push(...articlesOf({ account, day, index: 1, count, notified: false, publishedAtSeconds }));
  }
  if (account.unnotified === "bursts") articles.push(...burst(account, day));
  return articles;
}
