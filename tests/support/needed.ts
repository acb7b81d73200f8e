import { createHash } from "node:crypto";
import { addDays, dayOf, daysBetween, startOf } from "../../src/calendar.ts";
import type { TruthAccount } from "./county.ts";

// What a county needs to be asked, counted from what it published and from the rules alone: nothing of the program is
// used here but the calendar.

/** Not counted here: their calls follow what people write. */
export const REPLY_APIS = ["comment_list", "getmsglist", "getupstreammsg"] as const;

export interface AskedAccount extends TruthAccount {
  functions: { comments: boolean; customer_service: boolean };
}

const DAY = 86_400;
const LADDER = [1, 2, 3, 5, 8, 14, 30];
const OBJECTS_PER_CALL = 20;
const KNOWN_RUN = 5;

/** Unix seconds. */
export interface Span {
  from: number;
  to: number;
  /** When nothing ran. */
  pause?: { from: number; to: number };
}

function share(account: string): number {
  return createHash("sha256").update(account).digest().readUInt32BE() / 2 ** 32;
}

const day = (seconds: number) => dayOf(new Date(seconds * 1000));
const midnight = (date: string) => startOf(date).getTime() / 1000;

/** What was due while nothing ran is done once, when it runs again. */
function outside(span: Span, at: number): number {
  const { pause } = span;
  return pause && at >= pause.from && at < pause.to ? pause.to : at;
}

/** The start, and then each morning in between at the account's place in the 25 minutes after the given second of the day. */
function mornings(account: AskedAccount, span: Span, secondOfDay: number): number[] {
  const times = [span.from];
  for (let date = day(span.from); midnight(date) <= span.to; date = addDays(date, 1)) {
    const at = midnight(date) + secondOfDay + share(account.code) * 25 * 60;
    if (at > span.from && at <= span.to) times.push(at);
  }
  return [...new Set(times.map((at) => outside(span, at)))];
}

/** The newest day of which the platform speaks at that time. */
const newest = (at: number) => addDays(day(at), at - midnight(day(at)) >= 8 * 3600 + 5 * 60 ? -1 : -2);

function statistics(account: AskedAccount, span: Span): Record<string, number> {
  const visits = mornings(account, span, 8 * 3600 + 5 * 60);
  const first = addDays(newest(span.from), -29);
  const published = new Set(account.articles.map((article) => article.publish_date));
  const daysOfFirst = 30;
  const lasts = [...new Set(visits.map(newest))];
  let articles = 0;
  for (let date = first; date <= (lasts.at(-1) ?? first); date = addDays(date, 1)) {
    const ages = lasts.filter((last) => last >= date).map((last) => daysBetween(date, last) + 1);
    let read = 0;
    for (const age of ages) {
      const step = Math.max(0, ...LADDER.filter((rung) => rung <= age));
      const due = account.sparse_curves ? age <= 30 && age > read : step > read;
      if (read > 0 && !(published.has(date) && due)) continue;
      articles += 1;
      read = age;
    }
  }
  const followers = Math.ceil(daysOfFirst / 7) + lasts.length - 1;
  return {
    getbizsummary: lasts.length,
    getarticletotaldetail: articles,
    getusersummary: followers,
    getusercumulate: followers,
  };
}

/** Slots of two hours while something was published without notice within 14 days, else of six. */
function publications(account: AskedAccount, span: Span): Record<string, number> {
  const changes = account.publications.flatMap((object) =>
    [object.visible_at, ...object.update_times.slice(1)].map((at) => ({ at, object })),
  );
  const visible = (at: number) => account.publications.filter((object) => object.visible_at <= at);
  let calls = 0;
  let last: number | null = null;
  let walked: string | null = null;
  for (let at = span.from; at <= span.to; ) {
    const total = visible(at).length;
    const fresh = new Set(
      changes.filter((change) => change.at <= at && change.at > (last ?? 0)).map(({ object }) => object),
    );
    const walks = walked === null || daysBetween(walked, day(at)) >= 7;
    if (walks) walked = day(at);
    const objects = walks || last === null ? total : Math.min(total, fresh.size + KNOWN_RUN);
    calls += Math.max(1, Math.ceil(objects / OBJECTS_PER_CALL));
    last = at;
    const updates = visible(at).flatMap((object) => object.update_times.filter((time) => time <= at));
    const active = Math.max(0, ...updates) >= at - 14 * DAY;
    const hours = active ? 2 : 6;
    const begin = midnight(day(at)) + share(account.code) * hours * 3600;
    at = outside(span, begin + (Math.floor((at - begin) / (hours * 3600)) + 1) * hours * 3600);
  }
  return { freepublish_batchget: calls };
}

/** Weekly the account, daily the quota of each API that is called daily: five, one for comments, one for messages. */
function profile(account: AskedAccount, span: Span): Record<string, number> {
  const days = new Set(mornings(account, span, 7 * 3600).map(day)).size;
  const { comments, customer_service: messages } = account.functions;
  const apis = 5 + (comments ? 1 : 0) + (messages ? 1 : 0);
  return { getaccountbasicinfo: Math.ceil(days / 7), quota_get: apis * days };
}

/** Soon after an article is known, then weekly until it is 30 days old; older ones once. */
function pages(account: AskedAccount, span: Span): Record<string, number> {
  const first = midnight(addDays(newest(span.from), -29));
  const listed = new Map(
    account.publications.flatMap((object) => object.articles.map(({ msgid }) => [msgid, object.visible_at])),
  );
  let looks = 0;
  for (const article of account.articles) {
    const statistics = midnight(addDays(article.publish_date, 1)) + 8 * 3600 + 5 * 60 + share(account.code) * 25 * 60;
    const known = outside(span, Math.max(span.from, listed.get(article.msgid) ?? statistics));
    if ((article.published_at < first && !listed.has(article.msgid)) || known > span.to) continue;
    looks += 1;
    const end = Math.min(span.to, article.published_at + 30 * DAY);
    if (end > known) looks += Math.floor((end - known) / (7 * DAY - 3600));
  }
  return { article_page: looks };
}

/** Requests by API that the account needs in that time, tokens apart. */
export function neededOf(account: AskedAccount, span: Span): Record<string, number> {
  return {
    ...statistics(account, span),
    ...publications(account, span),
    ...profile(account, span),
    ...pages(account, span),
  };
}
