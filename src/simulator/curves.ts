import type { Article } from "./articles.ts";
import { type Day, dayAt, startOfDayMs } from "./calendar.ts";
import { salt, unit } from "./random.ts";
import { valueAt } from "./replies/functions.ts";

/** The platform follows an article for 30 days: ages 0 to 29. */
export const lastAge = 29;

export interface Figures {
  read: number;
  share: number;
  zaikan: number;
  like: number;
  comment: number;
  collection: number;
  subscribe: number;
}

const shape = salt("curve");
const nothing: Figures = { read: 0, share: 0, zaikan: 0, like: 0, comment: 0, collection: 0, subscribe: 0 };

/** Share of the final readers reached at the end of age `age`; rises to 1 at age 29 and stays. */
function progress(key: number, age: number): number {
  const first = 0.4 + 0.4 * unit(key, shape, 1);
  const decay = 0.5 + 0.35 * unit(key, shape, 2);
  const rise = (at: number) => 1 - (1 - first) * decay ** at;
  return Math.max(0, 0.97 * (rise(age) / rise(lastAge)) + (0.03 * age) / lastAge);
}

function readersUntil(article: Article, statDay: Day, kept = 1): number {
  return Math.floor(article.reach * progress(article.key, Math.min(statDay - article.day, lastAge)) * kept);
}

/**
 * Comments that citizens wrote under the article until then, those of a test left out. A correction takes back none
 * of them; an account that has the function on and off gets comments on the days that begin with it.
 */
export function habitualComments(
  article: Article,
  statDay: Day,
  readers: number = readersUntil(article, statDay),
): number {
  const { account, key, day: first } = article;
  const { comments, silentComments } = account.functions;
  if (!article.notified && !silentComments) return 0;
  const share = 0.008 * unit(key, shape, 6);
  if (statDay <= first - 1) return 0;
  if (comments.changes.length === 0) return comments.first ? Math.floor(readers * share) : 0;
  const until = Math.min(statDay, first + lastAge);
  const written = (day: Day): number => (day <= first - 1 ? 0 : Math.floor(readersUntil(article, day) * share));
  let sum = 0;
  for (let day = first; day <= Math.ceil(until); day++) {
    const begin = startOfDayMs(day) / 1_000;
    if (valueAt(comments, begin)) sum += written(Math.min(day, until)) - written(day - 1);
  }
  return sum;
}

function addedComments(article: Article, statDay: Day): number {
  if (article.addedComments.length === 0) return 0;
  const until = Math.min(statDay, article.day + lastAge);
  return article.addedComments.filter((seconds) => dayAt(seconds * 1_000) <= until).length;
}

/** Totals from publication to the end of `statDay`; a fraction of a day stands for figures that are not complete yet. */
export function cumulative(article: Article, statDay: Day): Figures {
  const age = Math.min(statDay - article.day, lastAge);
  if (age <= -1) return nothing;
  const { key } = article;
  const { correction } = article.account.switches;
  const kept = correction !== null && statDay >= correction.from ? correction.factor : 1;
  const reached = readersUntil(article, statDay);
  const read = kept === 1 ? reached : readersUntil(article, statDay, kept);
  const like = Math.floor(read * (0.01 + 0.05 * unit(key, shape, 4)));
  return {
    read,
    share: Math.floor(read * (0.02 + 0.1 * unit(key, shape, 3) ** 2)),
    zaikan: Math.floor(like * 0.4 * unit(key, shape, 5)),
    like,
    comment: habitualComments(article, statDay, reached) + addedComments(article, statDay),
    collection: Math.floor(read * 0.012 * unit(key, shape, 7)),
    subscribe: Math.floor(read * 0.01 * unit(key, shape, 8)),
  };
}

/** People of one day: some come back to an article read before, so the days never sum up to the total. */
export function readersOfDay(now: Figures, before: Figures): number {
  const fresh = now.read - before.read;
  return fresh <= 0 ? 0 : fresh + Math.min(before.read, Math.floor(fresh * 0.06));
}

const scenes = [
  ["公众号消息", 0.42],
  ["聊天会话", 0.2],
  ["朋友圈", 0.14],
  ["公众号主页", 0.07],
  ["推荐", 0.08],
  ["搜一搜", 0.03],
  ["其他", 0.02],
] as const;

/** 全部 repeats the total; scenes without readers are missing. */
export function readSources(
  total: number,
  key: number,
  notified: boolean,
): { user_count: number; scene_desc: string }[] {
  const sources = [{ user_count: total, scene_desc: "全部" }];
  for (const [position, [scene, share]] of scenes.entries()) {
    if (scene === "公众号消息" && !notified) continue;
    const count = Math.floor(total * share * (0.7 + 0.3 * unit(key, shape, 20 + position)));
    if (count > 0) sources.push({ user_count: count, scene_desc: scene });
  }
  return sources;
}

const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/** How far readers read; steady over an article's life. */
export function readingQuality(article: Article, read: number): Record<string, unknown> {
  const finish = 0.25 + 0.5 * unit(article.key, shape, 9);
  const leaving = (1 - finish) / 2.5;
  const falls = [leaving, leaving * 0.6, leaving * 0.5, leaving * 0.4, finish];
  return {
    read_delivery_rate: article.notified ? rounded(Math.min(1, (read * 0.42) / article.account.followers)) : 0,
    read_finish_rate: rounded(finish),
    read_avg_activetime: rounded(0.3 + 1.7 * unit(article.key, shape, 10)),
    read_jump_position: falls.map((rate, position) => ({ position: position + 1, rate: rounded(rate) })),
  };
}
