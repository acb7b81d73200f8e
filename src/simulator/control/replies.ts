import { type Article, dayOfMid } from "../articles.ts";
import type { Account } from "../county.ts";
import { articleAt } from "../links.ts";
import { type Comment, type CommentChanges, commentsOf } from "../replies/comments.ts";
import { openidOf } from "../replies/people.ts";
import type { World } from "../world.ts";
import { readAccount } from "./accounts.ts";
import { BadRequest, type Input, optionalFlag, optionalMoment, optionalText, refuseUnknown } from "./input.ts";

/** Beyond the numbers of every citizen by habit. */
const firstAddedPerson = 2 ** 31;
const firstAddedId = 900_001;
const endOfTime = Number.MAX_SAFE_INTEGER;

function readInput(input: Input | null, names: readonly string[]): Input {
  if (input === null) throw new BadRequest(`body: expected ${names.join(", ")}`);
  refuseUnknown(input, names);
  return input;
}

function readArticle(world: World, account: Account, input: Input): Article {
  const msgid = optionalText(input, "msgid") ?? "";
  const mid = /^(\d{1,20})_\d$/.exec(msgid)?.[1];
  const fits = (article: Article) => article.msgid === msgid;
  const nowMs = world.clock.nowMs();
  const article = mid === undefined ? null : articleAt(world, account, dayOfMid(account, BigInt(mid)), nowMs, fits);
  if (article === null) throw new BadRequest(`msgid: unknown article ${msgid}`);
  return article;
}

/** May lie in the future: it happens when the clock comes there. */
function readSeconds(world: World, input: Input): number {
  return Math.floor((optionalMoment(input, "at") ?? world.clock.nowMs()) / 1_000);
}

function changesOf(world: World, article: Article): CommentChanges {
  const changes = world.commentChanges.get(article) ?? { added: [], changed: new Map() };
  world.commentChanges.set(article, changes);
  return changes;
}

/** Null writes without a WeChat identity; absent is somebody who never wrote before. */
function readOpenid(account: Account, input: Input, number: number): string | null {
  return input.openid === null ? null : (optionalText(input, "openid") ?? openidOf(account, firstAddedPerson + number));
}

/** Nobody answers it by habit; the statistics count it. */
export function addComment(world: World, body: Input | null): object {
  const input = readInput(body, ["appid", "msgid", "id", "content", "openid", "at"]);
  const account = readAccount(world, input);
  const article = readArticle(world, account, input);
  const createdAt = readSeconds(world, input);
  if (createdAt < article.publishedAtSeconds) throw new BadRequest("at: lies before the publication");
  const { added } = changesOf(world, article);
  const id = optionalText(input, "id") ?? String(firstAddedId + added.length);
  if (!/^\d{1,20}$/.test(id)) throw new BadRequest("id: expected digits");
  if (commentsOf(world, article, endOfTime).some((comment) => comment.id === id)) {
    throw new BadRequest(`id: the article has a comment ${id}`);
  }
  const comment: Comment = {
    id,
    createdAt,
    openid: readOpenid(account, input, article.key + added.length),
    kind: "added",
    content: optionalText(input, "content") ?? "",
    elected: "no",
    replies: [],
    replyRemovedAt: null,
    vanishedAt: null,
  };
  added.push(comment);
  world.historyOf(account).countComment(article, createdAt);
  return { user_comment_id: id, created_at: createdAt, openid: comment.openid };
}

function changeComment(
  world: World,
  input: Input,
  change: (comment: Comment, atSeconds: number) => Partial<Comment>,
): object {
  const article = readArticle(world, readAccount(world, input), input);
  const id = optionalText(input, "id") ?? "";
  const comment = commentsOf(world, article, endOfTime).find((each) => each.id === id);
  if (comment === undefined) throw new BadRequest(`id: the article has no comment ${id}`);
  const { changed } = changesOf(world, article);
  const after = { ...comment, ...change(comment, readSeconds(world, input)) };
  changed.set(id, after);
  return {
    user_comment_id: id,
    replied_at: after.replies.map(({ at }) => at),
    reply_removed_at: after.replyRemovedAt,
    vanished_at: after.vanishedAt,
  };
}

/** Answers a comment, or edits the answer that it has by then; what was to come later by habit does not come. */
export function replyToComment(world: World, body: Input | null): object {
  const input = readInput(body, ["appid", "msgid", "id", "content", "at", "remove"]);
  const removes = optionalFlag(input, "remove") ?? false;
  const text = optionalText(input, "content") ?? "";
  return changeComment(world, input, (comment, at) => {
    if (at < comment.createdAt) throw new BadRequest("at: lies before the comment");
    const replies = comment.replies.filter((reply) => reply.at < at);
    return removes ? { replies, replyRemovedAt: at } : { replies: [...replies, { at, text }], replyRemovedAt: null };
  });
}

/** `gone: false` lets a comment return. */
export function vanishComment(world: World, body: Input | null): object {
  const input = readInput(body, ["appid", "msgid", "id", "at", "gone"]);
  const gone = optionalFlag(input, "gone") ?? true;
  return changeComment(world, input, ({ replies }, at) =>
    gone ? { vanishedAt: at, replies: replies.filter((reply) => reply.at < at) } : { vanishedAt: null },
  );
}

/** A message from a citizen, or from the staff to one. */
export function addMessage(world: World, body: Input | null): object {
  const input = readInput(body, ["appid", "openid", "staff", "robot", "text", "at"]);
  const account = readAccount(world, input);
  const added = world.addedMessages.get(account) ?? [];
  const openid = optionalText(input, "openid") ?? openidOf(account, firstAddedPerson + added.length);
  const staff = optionalFlag(input, "staff") ?? false;
  const at = readSeconds(world, input);
  added.push({
    openid,
    opercode: staff ? 2002 : 2003,
    at,
    text: optionalText(input, "text") ?? "",
    robot: optionalFlag(input, "robot") ?? false,
    worker: `kf01@${account.originalId}`,
  });
  world.addedMessages.set(account, added);
  return { openid, staff, at };
}
