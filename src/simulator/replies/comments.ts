import type { Article } from "../articles.ts";
import { type Day, dayAt, startOfDayMs } from "../calendar.ts";
import { habitualComments, lastAge } from "../curves.ts";
import { mix, salt, unit } from "../random.ts";
import type { World } from "../world.ts";
import { answeredAt, momentOfDay } from "./habits.ts";
import { openidOf } from "./people.ts";
import { type CommentKind, commentText, staffSays } from "./texts.ts";

export interface Comment {
  /** Digits; small numbers that begin anew with every article, or numbers beyond 2^53. */
  id: string;
  createdAt: number;
  /** Null for who commented without a WeChat identity. */
  openid: string | null;
  kind: CommentKind | "added";
  content: string;
  /** Elected from the beginning, or with the first reply. */
  elected: "yes" | "no" | "when_replied";
  /** The reply and its later edits. */
  replies: readonly { at: number; text: string }[];
  replyRemovedAt: number | null;
  /** From then on no list shows it; the statistics keep it. */
  vanishedAt: number | null;
}

/** What tests made of an article's comments. */
export interface CommentChanges {
  added: Comment[];
  changed: Map<string, Comment>;
}

const salts = {
  comment: salt("comment"),
  moment: salt("comment moment"),
  id: salt("user_comment_id"),
  openid: salt("comment openid"),
  elected: salt("elected"),
  answer: salt("comment answer"),
  edit: salt("reply edit"),
  vanish: salt("comment vanishes"),
};
const day = 86_400;
const largeIds = 2n ** 62n;

/** Whether the staff finds that such a comment wants an answer. */
const answeredShare: Record<CommentKind, number> = {
  question: 1,
  unmarked_question: 1,
  complaint: 1,
  praise: 0.25,
  thanks: 0.2,
  emoji: 0.08,
  spam: 0,
};

function idOf({ account, key }: Article, number: number): string {
  if (account.index % 4 === 3) {
    return String(largeIds + BigInt(mix(key, salts.id)) * 2n ** 20n + BigInt(number));
  }
  return String(1 + (mix(key, salts.id) % 4_000) + number);
}

function vanishOf(kind: CommentKind, createdAt: number, key: number): number | null {
  const share = kind === "spam" ? 0.7 : 0.015;
  if (unit(key, salts.vanish) >= share) return null;
  const longest = kind === "spam" ? 4 * day : 10 * day;
  return createdAt + 3_600 + Math.floor(unit(key, salts.vanish, 1) * longest);
}

function repliesTo({ account }: Article, kind: CommentKind, createdAt: number, key: number): Comment["replies"] {
  if (unit(key, salts.answer) >= answeredShare[kind]) return [];
  const at = answeredAt(account.replying, createdAt, key);
  if (at === null) return [];
  const reply = { at, text: staffSays.answer(key) };
  const draw = unit(key, salts.edit);
  if (draw >= 0.06) return [reply];
  const edit = { at: at + 3_600 + Math.floor(unit(key, salts.edit, 1) * 3 * day), text: staffSays.edited(key) };
  if (draw >= 0.015) return [reply, edit];
  return [reply, edit, { at: edit.at + 1_800, text: staffSays.edited(key + 1) }];
}

function habitualComment(article: Article, number: number, createdAt: number): Comment {
  const { account } = article;
  const key = mix(article.key, salts.comment, number);
  const { kind, content } = commentText(key);
  const vanishedAt = vanishOf(kind, createdAt, key);
  const people = 20 + Math.floor(account.followers * 0.02);
  return {
    id: idOf(article, number),
    createdAt,
    openid: unit(key, salts.openid) < 0.12 ? null : openidOf(account, mix(key, salts.openid, 1) % people),
    kind,
    content,
    elected: unit(key, salts.elected) < 0.15 ? "yes" : unit(key, salts.elected, 1) < 0.6 ? "when_replied" : "no",
    replies: repliesTo(article, kind, createdAt, key).filter(({ at }) => vanishedAt === null || at < vanishedAt),
    replyRemovedAt: null,
    vanishedAt,
  };
}

/** As many as the statistics count on that day, at moments after the publication. */
function momentsOn(article: Article, on: Day): number[] {
  const begin = startOfDayMs(on) / 1_000;
  const before = habitualComments(article, on - 1);
  const count = habitualComments(article, on) - before;
  const published = article.publishedAtSeconds;
  return Array.from({ length: count }, (_, place) => {
    const usual = begin + momentOfDay(unit(article.key, salts.moment, before + place));
    if (usual > published) return usual;
    return (
      published +
      1 +
      Math.floor(unit(article.key, salts.moment, before + place, 1) ** 2 * (begin + day - published - 1))
    );
  }).sort((a, b) => a - b);
}

/** Every comment written by then, the vanished ones included, in the order of writing. */
export function commentsOf(world: World, article: Article, nowSeconds: number): Comment[] {
  const comments: Comment[] = [];
  const newest = Math.min(article.day + lastAge, dayAt(nowSeconds * 1_000));
  if (habitualComments(article, newest) > 0) {
    for (let on = article.day; on <= newest; on++) {
      for (const createdAt of momentsOn(article, on)) {
        comments.push(habitualComment(article, comments.length, createdAt));
      }
    }
  }
  const changes = world.commentChanges.get(article);
  return [...comments, ...(changes?.added ?? [])]
    .map((comment) => changes?.changed.get(comment.id) ?? comment)
    .filter(({ createdAt }) => createdAt <= nowSeconds);
}

/** What the list shows of the reply: its newest form. */
export function shownReply(
  { replies, replyRemovedAt }: Comment,
  nowSeconds: number,
): Comment["replies"][number] | null {
  if (replyRemovedAt !== null && replyRemovedAt <= nowSeconds) return null;
  return replies.findLast(({ at }) => at <= nowSeconds) ?? null;
}

export function isShown({ vanishedAt }: Comment, nowSeconds: number): boolean {
  return vanishedAt === null || vanishedAt > nowSeconds;
}

export function isElected(comment: Comment, nowSeconds: number): boolean {
  return comment.elected === "yes" || (comment.elected === "when_replied" && shownReply(comment, nowSeconds) !== null);
}

/** The list's order: what was answered last comes first, the rest as the platform pleases. */
export function inListOrder(article: Article, comments: readonly Comment[], nowSeconds: number): Comment[] {
  return comments
    .map((comment) => ({
      comment,
      answered: shownReply(comment, nowSeconds)?.at ?? 0,
      place: mix(article.key, salts.moment, Number(BigInt(comment.id) % 2n ** 32n)),
    }))
    .sort((a, b) => b.answered - a.answered || a.place - b.place)
    .map(({ comment }) => comment);
}
