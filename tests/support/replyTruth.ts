import type { TruthAccount } from "./county.ts";
import { deadlines } from "./workedTime.ts";

// What citizens' cases must be, computed from what the simulator itself holds and from the rules as they are written, by
// the most straightforward means: nothing of the program is used here but the rule that tells questions. Unix seconds.

const SILENCE = 86_400;

interface Links {
  /** How the list of publications writes an article that was published without notice; else null. */
  links: { listed_as: "long" | "escaped" | "short" | null };
}

/** What the simulator tells of one account when it is asked about replies. */
export interface ReplyAccount extends TruthAccount {
  department: { code: string };
  functions: { comments: boolean; customer_service: boolean; callback: boolean; silent_comments: boolean };
  comments: TruthComment[];
  messages: TruthMessage[];
  upstream: { date: string; messages: number }[];
  articles: (TruthAccount["articles"][number] & Links)[];
  articles_today: (TruthAccount["articles_today"][number] & Links)[];
}

export interface TruthComment {
  msgid: string;
  user_comment_id: string;
  created_at: number;
  openid: string | null;
  content: string;
  /** The first reply and its later edits. */
  replied_at: number[];
  reply_removed_at: number | null;
  vanished_at: number | null;
}

export interface TruthMessage {
  openid: string;
  staff: boolean;
  robot: boolean;
  at: number;
  text: string;
}

export interface TruthCase {
  channel: "comment" | "message";
  received: number;
  article: string | null;
  length: number;
  question: boolean;
  reply: number | null;
  vanished: boolean;
  firstSeen: number | null;
}

export function stateOf(subject: TruthCase, now: number): "excluded" | "answered" | "overdue" | "open" {
  if (subject.vanished) return "excluded";
  if (subject.reply !== null) return "answered";
  const { due } = deadlines(subject.received);
  return subject.question && due !== null && due <= now ? "overdue" : "open";
}

const characters = (text: string) => [...text].length;

const isShown = (comment: TruthComment, at: number) =>
  comment.created_at <= at && (comment.vanished_at === null || at < comment.vanished_at);

/** The looks that tell which comments are gone: an empty list is believed only when the one before was empty too. */
function believedLooks(comments: TruthComment[], looks: number[]): number[] {
  const empty = looks.map((look) => !comments.some((comment) => isShown(comment, look)));
  return looks.filter((_, index) => !empty[index] || (empty[index - 1] ?? false));
}

/** What the looks at the comments' articles have shown: of a comment only what it was at one of them. */
export function commentCases(
  comments: TruthComment[],
  looks: Map<string, number[]>,
  isQuestion: (text: string) => boolean,
): TruthCase[] {
  const believed = new Map(
    [...Map.groupBy(comments, ({ msgid }) => msgid)].map(([msgid, all]) => [
      msgid,
      believedLooks(all, looks.get(msgid) ?? []),
    ]),
  );
  return comments.flatMap((comment) => {
    const shown = (looks.get(comment.msgid) ?? []).filter((look) => isShown(comment, look));
    const { vanished_at: gone } = comment;
    const [firstSeen] = shown;
    if (firstSeen === undefined) return [];
    // At each look the platform tells the newest edit of the reply.
    const removed = comment.reply_removed_at ?? Number.POSITIVE_INFINITY;
    const told = shown
      .filter((look) => look < removed)
      .flatMap((look) => comment.replied_at.filter((at) => at <= look).slice(-1));
    return {
      channel: "comment" as const,
      received: comment.created_at,
      article: comment.msgid,
      length: characters(comment.content),
      question: isQuestion(comment.content),
      reply: told.length > 0 ? Math.min(...told) : null,
      vanished: gone !== null && (believed.get(comment.msgid) ?? []).some((look) => look >= gone),
      firstSeen,
    };
  });
}

/** One look at customer service: what it asked about, and when. */
export interface MessageLook {
  at: number;
  from: number;
  to: number;
}

const GREETING = { seconds: 10, persons: 5, share: 0.8 };

/**
 * The staff texts that look like a machine's: to many people, seconds after they wrote, and hardly ever later. What is
 * sent to people who wrote nothing answers nobody and says nothing.
 */
export function learnedTexts(messages: TruthMessage[]): Set<string> {
  const uses = new Map<string, { person: string; fast: boolean }[]>();
  for (const message of messages.filter(({ staff }) => staff)) {
    const before = messages.filter(({ staff, openid, at }) => !staff && openid === message.openid && at <= message.at);
    if (before.length === 0) continue;
    const newest = Math.max(...before.map(({ at }) => at));
    const text = message.text.trim();
    const use = { person: message.openid, fast: message.at - newest <= GREETING.seconds };
    uses.set(text, [...(uses.get(text) ?? []), use]);
  }
  const automatic = [...uses].filter(([, all]) => {
    const fast = all.filter((use) => use.fast);
    const persons = new Set(fast.map(({ person }) => person)).size;
    return persons >= GREETING.persons && fast.length >= GREETING.share * all.length;
  });
  return new Set(automatic.map(([text]) => text));
}

/** Messages that come twice in one second: the longest counts, and one question makes it one. */
interface Turn {
  at: number;
  staff: boolean;
  length: number;
  question: boolean;
}

function turnsOf(messages: TruthMessage[], isQuestion: (text: string) => boolean): Turn[] {
  const turns: Turn[] = [];
  for (const { at, staff, text } of messages) {
    const same = turns.find((turn) => turn.at === at && turn.staff === staff);
    const length = characters(text);
    if (!same) turns.push({ at, staff, length, question: isQuestion(text) });
    else {
      same.length = Math.max(same.length, length);
      same.question ||= isQuestion(text);
    }
  }
  return turns.sort((a, b) => a.at - b.at || Number(a.staff) - Number(b.staff));
}

/** The cases of what the looks have shown of all conversations. */
export function messageCases(
  messages: TruthMessage[],
  looks: MessageLook[],
  isQuestion: (text: string) => boolean,
): TruthCase[] {
  const seenAt = (at: number) =>
    looks
      .filter((look) => at >= look.from && at <= look.to)
      .reduce((least, look) => Math.min(least, look.at), Infinity);
  const seen = messages.filter(({ at }) => seenAt(at) < Infinity);
  const automatic = learnedTexts(seen);
  const people = Map.groupBy(
    seen.filter(({ staff, text }) => !staff || !automatic.has(text.trim())),
    ({ openid }) => openid,
  );
  return [...people.values()].flatMap((conversation) => {
    const cases: TruthCase[] = [];
    let lastAsked: number | null = null;
    let answeredSince = false;
    for (const turn of turnsOf(conversation, isQuestion)) {
      if (turn.staff) {
        for (const open of cases.filter(({ reply }) => reply === null)) open.reply = turn.at;
        answeredSince = true;
        continue;
      }
      const current = cases.at(-1);
      const begins = current === undefined || answeredSince || turn.at - (lastAsked ?? 0) >= SILENCE;
      if (begins) {
        cases.push({
          ...{ channel: "message", received: turn.at, article: null, length: turn.length, question: turn.question },
          ...{ reply: null, vanished: false, firstSeen: seenAt(turn.at) },
        });
      } else {
        current.length += turn.length;
        current.question ||= turn.question;
      }
      lastAsked = turn.at;
      answeredSince = false;
    }
    return cases;
  });
}
