import { type Day, dateText, startOfDayMs } from "../calendar.ts";
import type { Account } from "../county.ts";
import { commentsOf } from "../replies/comments.ts";
import { recordsBetween, upstreamRows } from "../replies/messages.ts";
import type { World } from "../world.ts";
import type { Window } from "./state.ts";

function commentTruths(world: World, account: Account, from: Day, { today, nowSeconds }: Window): object[] {
  const truths: object[] = [];
  const begin = startOfDayMs(from) / 1_000;
  for (let day = account.firstDay; day <= today; day++) {
    for (const article of world.historyOf(account).articlesOn(day)) {
      for (const comment of commentsOf(world, article, nowSeconds)) {
        if (comment.createdAt < begin) continue;
        const past = (second: number | null) => (second !== null && second <= nowSeconds ? second : null);
        truths.push({
          msgid: article.msgid,
          user_comment_id: comment.id,
          created_at: comment.createdAt,
          openid: comment.openid,
          kind: comment.kind,
          content: comment.content,
          replied_at: comment.replies.map(({ at }) => at).filter((at) => at <= nowSeconds),
          reply_removed_at: past(comment.replyRemovedAt),
          vanished_at: past(comment.vanishedAt),
        });
      }
    }
  }
  return truths;
}

/**
 * What citizens wrote since the window's begin, up to now: comments under the articles of the account's history, the
 * vanished ones included; what customer service holds; and what citizens sent, whoever received it, up to yesterday.
 */
export function repliesTruth(world: World, account: Account, window: Window): object {
  const from = Math.max(window.from, account.firstDay);
  const records = recordsBetween(world, account, startOfDayMs(from) / 1_000, window.nowSeconds);
  return {
    comments: commentTruths(world, account, from, window),
    messages: records
      .filter(({ opercode }) => opercode === 2002 || opercode === 2003)
      .map(({ openid, opercode, robot, at, text }) => ({ openid, staff: opercode === 2002, robot, at, text })),
    upstream: upstreamRows(world, account, from, window.yesterday).map(({ day, type, users, messages }) => ({
      date: dateText(day),
      msg_type: type,
      users,
      messages,
    })),
  };
}
