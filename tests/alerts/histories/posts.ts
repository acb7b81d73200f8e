import { dayAt, startOfDayMs } from "../../../src/simulator/calendar.ts";
import type { Account } from "../../../src/simulator/county.ts";
import { salt } from "../../../src/simulator/random.ts";
import type { World } from "../../../src/simulator/world.ts";
import { between, type Draw, dice, oneOf } from "./dice.ts";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
/** Two weeks, as the inspection sheet says. */
export const INTERVAL = 14 * DAY;

/** A push of the console: one or more articles. Times are Unix seconds. */
export interface Post {
  at: number;
  notified: boolean;
  mid: string;
  articles: number;
}

export interface History {
  code: string;
  appid: string;
  /** Start of the day on which the account was opened, if the register says so. */
  openedAt: number | null;
  /** Oldest first, those to come included. */
  posts: readonly Post[];
}

export interface Span {
  from: number;
  to: number;
}

const posting = salt("posts of histories");
const DAYS_BEFORE = 30;

/** Start of the Beijing day. */
export const startOfDay = (at: number): number => startOfDayMs(dayAt(at * 1_000)) / 1_000;
export const endOfDay = (at: number): number => startOfDay(at) + DAY;

/** The next post: mostly near the limit, which is two weeks after the second where that is known, else after the day. */
function following(draw: Draw, at: number): number {
  const exact = at + INTERVAL;
  const whole = endOfDay(at) + INTERVAL;
  const kind = draw();
  if (kind < 0.25) return at + between(draw, 0.1, 13) * DAY;
  if (kind < 0.35) return exact + oneOf(draw, [-60, -1, 0, 1, 60]);
  if (kind < 0.6) return whole - 1 - draw() ** 2 * 6 * HOUR;
  if (kind < 0.68) return whole + oneOf(draw, [-1, 0, 1]);
  if (kind < 0.75) return between(draw, exact, whole);
  if (kind < 0.93) return whole + draw() * 4 * DAY;
  return Number.POSITIVE_INFINITY;
}

/** The first post of what is seen: null is an account that was never heard of. */
function firstPost(draw: Draw, account: Account, span: Span): number {
  if (account.openedOn !== null) {
    const opened = startOfDayMs(account.openedOn) / 1_000;
    return draw() < 0.4 ? opened + draw() * DAY : following(draw, opened);
  }
  if (draw() < 0.08) return draw() < 0.5 ? Number.POSITIVE_INFINITY : between(draw, span.from, span.to);
  return span.from - draw() * DAYS_BEFORE * DAY;
}

/** Publishes the account's whole random history, its future too: the platform shows nothing before its time. */
export function publishHistory(world: World, account: Account, span: Span): History {
  const draw = dice(world.seed, posting, account.index);
  const history = world.historyOf(account);
  const posts: Post[] = [];
  for (let next = firstPost(draw, account, span); next < span.to; next = following(draw, next)) {
    const notified = draw() < 0.7;
    const articles = history.publish(1 + Math.floor(draw() * 3), notified, Math.floor(next) * 1_000);
    const [first] = articles ?? [];
    if (first) posts.push({ at: Math.floor(next), notified, mid: first.mid, articles: articles?.length ?? 0 });
  }
  const openedAt = account.openedOn === null ? null : startOfDayMs(account.openedOn) / 1_000;
  return { code: account.code, appid: account.appid, openedAt, posts };
}
