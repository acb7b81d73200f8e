import type { Article } from "../articles.ts";
import { dayOfMid } from "../articles.ts";
import type { Account } from "../county.ts";
import { refuse } from "../errors.ts";
import { exactNumber } from "../exact.ts";
import { articleAt } from "../links.ts";
import { type Comment, commentsOf, inListOrder, isElected, isShown, shownReply } from "../replies/comments.ts";
import { valueAt } from "../replies/functions.ts";
import type { World } from "../world.ts";
import { type BusinessEndpoint, jsonType } from "./endpoint.ts";

const api = "comment_list";
/** As many are refused. */
const tooMany = 50;

const isWhole = (value: unknown): value is number => Number.isInteger(value);

function digitsOf(value: unknown): string | null {
  const isId = typeof value === "bigint" ? value >= 0n : Number.isSafeInteger(value) && Number(value) >= 0;
  return isId ? String(value) : null;
}

/** Null for an article that has no comments to be listed. */
function articleOf(world: World, account: Account, mid: string, index: number, nowMs: number): Article | null {
  const fits = (article: Article) => article.mid === mid && article.idx === index + 1;
  const article = articleAt(world, account, dayOfMid(account, BigInt(mid)), nowMs, fits);
  return article !== null && (article.notified || account.functions.silentComments) ? article : null;
}

function shownComments(world: World, article: Article, type: number, nowSeconds: number): Comment[] {
  const shown = commentsOf(world, article, nowSeconds).filter(
    (comment) => isShown(comment, nowSeconds) && (type === 0 || isElected(comment, nowSeconds) === (type === 2)),
  );
  return inListOrder(article, shown, nowSeconds);
}

function rowOf(comment: Comment, nowSeconds: number): Record<string, unknown> {
  const reply = shownReply(comment, nowSeconds);
  return {
    user_comment_id: exactNumber(comment.id),
    ...(comment.openid === null ? {} : { openid: comment.openid }),
    create_time: comment.createdAt,
    content: comment.content,
    comment_type: isElected(comment, nowSeconds) ? 1 : 0,
    ...(reply === null ? {} : { reply: { content: reply.text, create_time: reply.at } }),
  };
}

/** Moves the last ones to the front. */
function rotated<T>(items: readonly T[], places: number): T[] {
  const cut = items.length === 0 ? 0 : items.length - (places % items.length);
  return [...items.slice(cut), ...items.slice(0, cut)];
}

export const commentEndpoints: readonly BusinessEndpoint[] = [
  {
    api,
    path: "/cgi-bin/comment/list",
    method: "POST",
    credential: "token",
    permission: "comments",
    contentType: jsonType,
    // An assumption: the limit is not documented.
    dailyLimit: 5_000,
    answer(world, { account, body, nowMs }) {
      const { msg_data_id: id, index = 0, begin, count, type } = body;
      const mid = digitsOf(id);
      const nowSeconds = Math.floor(nowMs / 1_000);
      if (mid === null || !isWhole(index) || index < 0 || !isWhole(begin) || begin < 0) return refuse(47001);
      if (!isWhole(count) || !isWhole(type) || type < 0 || type > 2) return refuse(47001);
      if (count <= 0 || count >= tooMany) return refuse(88010);
      if (!valueAt(account.functions.comments, nowSeconds)) return refuse(88000);
      const asked = articleOf(world, account, mid, index, nowMs);
      if (asked === null) return refuse(88001);
      const { commentTrap } = account.switches;
      const article =
        commentTrap === "same_for_day" ? (world.historyOf(account).articlesOn(asked.day)[0] ?? asked) : asked;
      const shown = shownComments(world, article, type, nowSeconds);
      const head = { errcode: 0, errmsg: "ok" };
      if (commentTrap === "total_zero") return { ...head, total: 0, comment: [], comment_cnt: shown.length };
      const places = commentTrap === "shifting" ? world.quotas.used(account.appid, api, nowMs) : 0;
      const page = rotated(shown, places).slice(begin, begin + count);
      return { ...head, total: shown.length, comment: page.map((comment) => rowOf(comment, nowSeconds)) };
    },
  },
];
