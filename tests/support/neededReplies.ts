import { createHash } from "node:crypto";
import { addDays, dayOf, daysBetween, startOf } from "../../src/calendar.ts";
import type { TruthAccount } from "./county.ts";
import type { ReplyAccount, TruthComment } from "./replyTruth.ts";

// When comments and conversations have to be looked at, and in how many calls, counted from what the simulator holds
// and from the rules alone: nothing of the program is used here but the calendar. Times are Unix seconds.

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;
const HOURS = {
  hourly: [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22],
  threeHourly: [7, 10, 13, 16, 19, 22],
  daily: [10],
  weekly: [10],
};
type Pace = keyof typeof HOURS;
const BY_SPEED: Pace[] = ["hourly", "threeHourly", "daily", "weekly"];
const COMMENTS_PER_CALL = 49;
const WATCHED_DAYS = 60;
const WEEK_DAYS = 7;
const WINDOW = DAY;
const OVERLAP = HOUR;
const FIRST_DAYS = 14;
const SILENT_DAYS = 7;
/** How long a platform that counts comments of a day has been able to say so: the statistics of the next morning. */
const STATISTICS_AT = 8 * HOUR + 5 * MINUTE;

export interface ReplySpan {
  from: number;
  to: number;
  /** The clock of the test stands still in between. */
  step: number;
}

const day = (seconds: number) => dayOf(new Date(seconds * 1000));
const midnight = (date: string) => startOf(date).getTime() / 1000;

function share(account: string): number {
  return createHash("sha256").update(account).digest().readUInt32BE() / 2 ** 32;
}

function slotsOf(account: string, pace: Pace, date: string, anchor: string): number[] {
  if (pace === "weekly" && daysBetween(anchor, date) % WEEK_DAYS !== 0) return [];
  return HOURS[pace].map(
    (hour) => midnight(date) + hour * HOUR + Math.floor(share(account) * 50 * MINUTE * 1000) / 1000,
  );
}

function newestSlot(account: string, pace: Pace, now: number, anchor: string): number {
  for (let date = day(now); ; date = addDays(date, -1)) {
    const slot = slotsOf(account, pace, date, anchor).findLast((at) => at <= now);
    if (slot !== undefined) return slot;
  }
}

function slotAfter(account: string, pace: Pace, now: number): number {
  for (let date = day(now); ; date = addDays(date, 1)) {
    const slot = slotsOf(account, pace, date, date).find((at) => at > now);
    if (slot !== undefined) return slot;
  }
}

/** The first slot of the day a week later, for what was refused. */
const weekLater = (account: string, now: number) =>
  slotsOf(account, "daily", addDays(day(now), WEEK_DAYS), addDays(day(now), WEEK_DAYS))[0] ?? now;

const tick = ({ step }: ReplySpan, at: number) => Math.ceil(at / step) * step;

interface WatchedArticle {
  msgid: string;
  published: string;
  knownAt: number;
  /** Its comments can be listed. */
  shown: boolean;
}

/** When publications without notice are looked for: every two hours after one of the last 14 days, else every six. */
function listedAt(account: TruthAccount, visibleAt: number, span: ReplySpan): number {
  if (visibleAt <= span.from) return span.from;
  const active = account.publications.some(
    ({ visible_at, update_times }) =>
      visible_at < visibleAt && update_times.some((at) => at <= visibleAt && at >= visibleAt - 14 * DAY),
  );
  const width = (active ? 2 : 6) * HOUR;
  const begin = midnight(day(visibleAt)) + share(account.code) * width;
  return tick(span, begin + Math.ceil((visibleAt - begin) / width) * width);
}

/** Known the morning after, with the statistics; at once when the list of publications names it. */
function articlesOf(account: ReplyAccount, span: ReplySpan): WatchedArticle[] {
  const visibleAt = new Map(
    account.publications.flatMap(({ visible_at, articles }) => articles.map(({ msgid }) => [msgid, visible_at])),
  );
  const oldest = addDays(day(span.from), span.from - midnight(day(span.from)) >= STATISTICS_AT ? -30 : -31);
  return [...account.articles, ...account.articles_today].flatMap(({ msgid, publish_date: published, links }) => {
    const told = midnight(addDays(published, 1)) + STATISTICS_AT + share(account.code) * 25 * MINUTE;
    const statistics = published < oldest ? Number.POSITIVE_INFINITY : Math.max(span.from, tick(span, told));
    const visible = links.listed_as === "short" ? undefined : visibleAt.get(msgid);
    const listed = visible === undefined ? Number.POSITIVE_INFINITY : listedAt(account, visible, span);
    const knownAt = Math.min(statistics, listed);
    const shown = links.listed_as === null || account.functions.silent_comments;
    return knownAt === Number.POSITIVE_INFINITY ? [] : { msgid, published, knownAt, shown };
  });
}

/** Of an article by its age, or faster by the age of its newest case that is open. */
function paceOf(article: WatchedArticle, newestOpen: number | null, today: string): Pace | null {
  const age = daysBetween(article.published, today);
  const byAge = age <= 3 ? "threeHourly" : age <= 14 ? "daily" : age <= WATCHED_DAYS ? "weekly" : null;
  const openAge = newestOpen === null ? null : daysBetween(day(newestOpen), today);
  const byOpen = openAge === null ? null : openAge <= 10 ? "hourly" : openAge <= 30 ? "daily" : "weekly";
  return BY_SPEED.find((pace) => pace === byAge || pace === byOpen) ?? null;
}

export interface NeededReplies {
  calls: { comment_list: number; getmsglist: number; getupstreammsg: number };
  /** Of each article. */
  looks: Map<string, number[]>;
  /** At customer service. */
  messageLooks: number[];
}

/** What the looks have shown of one account's comments. */
function createMemory(account: ReplyAccount) {
  const looks = new Map<string, number[]>();
  const comments = Map.groupBy(account.comments, ({ msgid }) => msgid);
  const open = new Map<string, TruthComment[]>();
  const filled = new Set<string>();
  const seen = new Set<TruthComment>();
  const perDay = new Map<string, number>();
  const shownAt = (msgid: string, at: number) =>
    (comments.get(msgid) ?? []).filter(
      ({ created_at, vanished_at }) => created_at <= at && (vanished_at === null || at < vanished_at),
    );
  return {
    looks,
    /** Answers how many pages it takes. */
    look({ msgid, shown: listed }: WatchedArticle, at: number): number {
      const shown = listed ? shownAt(msgid, at) : [];
      for (const comment of shown.filter((one) => !seen.has(one))) {
        seen.add(comment);
        perDay.set(day(comment.created_at), (perDay.get(day(comment.created_at)) ?? 0) + 1);
      }
      // That all comments are gone is believed when the look before showed none either.
      if (shown.length > 0 || !filled.has(msgid))
        open.set(
          msgid,
          shown.filter(({ replied_at }) => !replied_at.some((time) => time <= at)),
        );
      if (shown.length > 0) filled.add(msgid);
      else filled.delete(msgid);
      looks.set(msgid, [...(looks.get(msgid) ?? []), at]);
      return Math.max(1, Math.ceil(shown.length / COMMENTS_PER_CALL));
    },
    lastLook: (msgid: string) => looks.get(msgid)?.at(-1) ?? Number.NEGATIVE_INFINITY,
    newestOpen(msgid: string): number | null {
      const times = (open.get(msgid) ?? []).map(({ created_at }) => created_at);
      return times.length === 0 ? null : Math.max(...times);
    },
    /** The end of the newest day for which the statistics, as far as they are told by then, count more than was seen. */
    missedUntil(at: number, span: ReplySpan): number {
      const today = day(at);
      const morning = tick(span, midnight(today) + STATISTICS_AT + share(account.code) * 25 * MINUTE);
      const newest = addDays(today, at >= morning || at === span.from ? -1 : -2);
      const missed = account.days.findLast(
        ({ date, summary }) => date <= newest && (summary?.comment_count ?? 0) > (perDay.get(date) ?? 0),
      );
      return missed === undefined ? Number.NEGATIVE_INFINITY : midnight(addDays(missed.date, 1));
    },
  };
}

function neededComments(account: ReplyAccount, span: ReplySpan): { calls: number; looks: Map<string, number[]> } {
  const memory = createMemory(account);
  const articles = articlesOf(account, span);
  const absent = !account.functions.comments || !account.permissions.comments;
  let calls = 0;
  for (let at = span.from; at <= span.to; ) {
    const today = day(at);
    const known = articles.filter(({ knownAt }) => knownAt <= at);
    if (absent) {
      if (known.length > 0) calls += 1;
      at = tick(span, known.length > 0 ? weekLater(account.code, at) : slotAfter(account.code, "threeHourly", at));
      continue;
    }
    const missed = memory.missedUntil(at, span);
    const due = known.filter((article) => {
      const pace = paceOf(article, memory.newestOpen(article.msgid), today);
      if (pace === null) return false;
      const last = memory.lastLook(article.msgid);
      const watched = daysBetween(article.published, today) <= WATCHED_DAYS;
      return last < newestSlot(account.code, pace, at, article.published) || (watched && last < missed);
    });
    for (const article of due) calls += memory.look(article, at);
    const hourly = known.some((article) => paceOf(article, memory.newestOpen(article.msgid), today) === "hourly");
    at = tick(span, slotAfter(account.code, hourly ? "hourly" : "threeHourly", at));
  }
  return { calls, looks: memory.looks };
}

function neededMessages(account: ReplyAccount, span: ReplySpan) {
  const { customer_service: served, callback } = account.functions;
  const calls = { getmsglist: 0, getupstreammsg: 0 };
  const looks: number[] = [];
  const held = callback ? [] : account.messages;
  const first = span.from - FIRST_DAYS * DAY;
  // Covered from the oldest window of the first look that held anything, else from a day before it.
  const oldest = Math.min(...held.filter(({ at }) => at >= first && at <= span.from).map(({ at }) => at));
  const since = oldest < span.from ? first + Math.floor((oldest - first) / WINDOW) * WINDOW : span.from - DAY;
  let until = first;
  let examined: string | null = null;
  for (let at = span.from; at <= span.to; ) {
    if (!served || !account.permissions.messages) {
      calls.getmsglist += 1;
      at = tick(span, weekLater(account.code, at));
      continue;
    }
    const from = looks.length === 0 ? until : until - OVERLAP;
    calls.getmsglist += Math.ceil((at - from) / WINDOW);
    looks.push(at);
    until = at;
    // A week without a citizen's message: once a week it is asked whether nobody wrote at all.
    const told = at - midnight(day(at)) >= STATISTICS_AT;
    const silentFrom = midnight(addDays(day(at), -SILENT_DAYS));
    const heard = held.some((message) => !message.staff && message.at >= silentFrom && message.at <= at);
    const asked = examined !== null && daysBetween(examined, day(at)) < WEEK_DAYS;
    const known = examined !== null && callback;
    if (told && since <= silentFrom && !heard && !asked && !known) {
      calls.getupstreammsg += 1;
      examined = day(at);
    }
    at = tick(span, slotAfter(account.code, "threeHourly", at));
  }
  return { calls, looks };
}

/** Calls and looks that the account needs in that time. */
export function neededReplies(account: ReplyAccount, span: ReplySpan): NeededReplies {
  const comments = neededComments(account, span);
  const messages = neededMessages(account, span);
  return {
    calls: { comment_list: comments.calls, ...messages.calls },
    looks: comments.looks,
    messageLooks: messages.looks,
  };
}
