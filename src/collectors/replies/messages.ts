import { dayOf } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import { type Message, UNSETTLED } from "../../model.ts";
import type { MessagePage } from "../../platforms/platform.ts";
import { isQuestion } from "../../rules/question.ts";
import { personsWhoGot, textsSentTo } from "../../store/greetings.ts";
import { forgetCoveredSince, type KeptMessage, lockConversations, saveMessages } from "../../store/messages.ts";
import { readChannel, type StoredChannel, saveChannelState } from "../../store/replyChannel.ts";
import type { Visit } from "../collector.ts";
import { askedAgainAt, isRefused } from "./again.ts";
import { deriveCases } from "./cases.ts";
import { greetingRules, learnGreetings, relearnGreetings } from "./greetings.ts";
import { personHash, textHash } from "./hashing.ts";
import type { Look } from "./index.ts";
import { COUNTS_PART, settleSilence } from "./silence.ts";
import { lastSlot, nextSlot } from "./slots.ts";

const CHANNEL = "message";
const PACE = "threeHourly";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far back the first look goes. */
const FIRST_LOOK_DAYS = 14;
/** Asked for once more, because a record may show up late. */
const OVERLAP_MS = HOUR_MS;

interface Window {
  from: Date;
  to: Date;
  /** The first one after so long a pause that records may be lost. */
  afterPause: boolean;
}

const wholeSecond = (time: Date) => new Date(Math.floor(time.getTime() / 1000) * 1000);

function isDue(visit: Visit, channel: StoredChannel | null): boolean {
  const { account, now, recheck } = visit;
  const againAt = askedAgainAt(visit, channel);
  // Who names an account wants to know now.
  if (recheck) return true;
  if (againAt !== null) return againAt <= now;
  const slot = lastSlot(account.code, PACE, now, dayOf(now));
  return !channel?.until || channel.until < wholeSecond(slot) || channel.until > now;
}

/**
 * Looks at what citizens and customer service wrote to each other since the last look, or two weeks back. Throws what
 * says that the account has no customer service or may not be asked about it, and what ends the whole visit.
 */
export async function lookAtMessages(visit: Visit): Promise<Look> {
  const { db, account, platform } = visit;
  const channel = await readChannel(db, account.id, CHANNEL);
  if (!isDue(visit, channel)) return { state: "skipped", errors: [] };
  try {
    // With a master key that does not open the account's secret none must be made.
    await visit.session.authorise();
    const key = await visit.hashKey();
    await relearnGreetings(visit);
    for (const window of windowsOf(visit, channel, platform.limits.messageWindowSeconds)) {
      const seen = await readWindow(visit, key, window);
      await closeWindow(visit, window, seen);
    }
    const fault = await settleSilence(visit);
    if (fault === null) return { state: "complete", errors: [] };
    const { code, reason, scope } = fault;
    if (scope !== "permission" && scope !== "function") return { state: "complete", errors: [fault] };
    return { state: "complete", errors: [], unavailable: [{ part: COUNTS_PART, code, reason }] };
  } catch (error) {
    if (error instanceof PlatformError && (error.scope === "quota" || error.scope === "request")) {
      return { state: "partial", errors: [error] };
    }
    throw error;
  }
}

/** Oldest first. They share their ends, because whether the platform counts those in is not told. */
function windowsOf({ now }: Visit, channel: StoredChannel | null, seconds: number): Window[] {
  const to = wholeSecond(now).getTime();
  const farthest = to - FIRST_LOOK_DAYS * DAY_MS;
  const until = channel?.until?.getTime();
  // Of a clock that ran ahead nobody knows what was missed meanwhile.
  const from = until === undefined || until > to ? farthest : until - OVERLAP_MS;
  const afterPause = until !== undefined && until < farthest;
  const step = seconds * 1000;
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => ({
    from: new Date(from + index * step),
    to: new Date(Math.min(from + (index + 1) * step, to)),
    afterPause: afterPause && index === 0,
  }));
}

/** What a window held. */
interface Seen {
  persons: Set<string>;
  citizens: boolean;
}

/** Saves each page by itself. A window that is cut short is read again from its beginning. */
async function readWindow(visit: Visit, key: Buffer, window: Window): Promise<Seen> {
  const seen: Seen = { persons: new Set(), citizens: false };
  let cursor: string | null = null;
  do {
    const page: MessagePage = await askPage(visit, window, cursor);
    const messages = page.rows.map((message) => keptOf(key, visit.account.id, message));
    if (messages.length > 0) await visit.save((trx) => saveMessages(trx, visit.account.id, messages));
    for (const { person } of messages) seen.persons.add(person);
    seen.citizens ||= messages.some(({ staff }) => !staff);
    cursor = page.next;
  } while (cursor !== null);
  return seen;
}

async function askPage(visit: Visit, { from, to }: Window, cursor: string | null): Promise<MessagePage> {
  const apis = visit.platform.apis.messages;
  await visit.reserve(apis, 1);
  visit.made(apis);
  const page = await visit.session.messages.list(from, to, cursor);
  visit.needed(apis);
  return page;
}

function keptOf(key: Buffer, accountId: number, { person: openid, staff, at, text }: Message): KeptMessage {
  const person = personHash(key, accountId, openid);
  if (staff) return { person, at, staff, textHash: textHash(key, accountId, text), length: null, question: null };
  return { person, at, staff, textHash: "", length: [...text].length, question: isQuestion(text) };
}

/**
 * What a whole window changes, at once: greetings, the cases of whoever wrote or got an answer, and how far the channel
 * is covered.
 */
async function closeWindow(visit: Visit, window: Window, { persons, citizens }: Seen): Promise<void> {
  const { account, now, ruleSets } = visit;
  const { from, to } = window;
  const rules = greetingRules(ruleSets, account.ruleSet);
  await visit.save(async (trx) => {
    if (persons.size > 0) {
      await lockConversations(trx, account.id);
      const texts = await textsSentTo(trx, account.id, [...persons], from);
      const turned = await learnGreetings(trx, account.id, texts, rules);
      const others = await personsWhoGot(trx, account.id, turned);
      await deriveCases(trx, account.id, [...persons, ...others], now);
    }
    const channel = await readChannel(trx, account.id, CHANNEL);
    const since = coveredSince(visit, window, { persons, citizens }, channel);
    if (since === null) await forgetCoveredSince(trx, account.id);
    await saveChannelState(trx, account.id, CHANNEL, {
      ...(since === null ? {} : { since }),
      ...(citizens ? { state: "measurable", code: null } : {}),
      ...(!citizens && channel && isRefused(channel) ? { state: null, code: UNSETTLED } : {}),
      until: to,
    });
  });
}

/**
 * From when on messages are covered: from the oldest window that held a record, because how long the platform keeps
 * records is not told; at the latest from a day before the first look. That begins anew, and moves forward, only where
 * messages may have been missed: after a long pause, and when a channel that could not be seen shows itself.
 */
function coveredSince(visit: Visit, window: Window, seen: Seen, channel: StoredChannel | null): Date | null {
  const { from, to, afterPause } = window;
  const shown = channel?.state === "hidden" && seen.citizens;
  const anew = afterPause || shown || (channel !== null && isRefused(channel));
  if (!anew && channel?.since && channel.since <= visit.now) return channel.since;
  if (to < wholeSecond(visit.now) || shown) return seen.persons.size > 0 ? from : null;
  return new Date(Math.min(from.getTime(), to.getTime() - DAY_MS));
}

/** When anything can be due again, faults apart. */
export async function nextMessageLook(visit: Visit): Promise<Date> {
  const { db, account, now } = visit;
  const againAt = askedAgainAt(visit, await readChannel(db, account.id, CHANNEL));
  return againAt && againAt > now ? againAt : nextSlot(account.code, PACE, now, dayOf(now));
}
