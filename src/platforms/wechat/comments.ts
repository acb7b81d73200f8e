import type { Comment } from "../../model.ts";
import type { CommentPage, CommentsSource } from "../platform.ts";
import type { Ask } from "./business.ts";
import type { Reading } from "./call.ts";
import {
  AHEAD_SECONDS,
  type Fields,
  isFields,
  readCount,
  readMoment,
  readText,
  readUnderstood,
  ShapeFault,
} from "./fields.ts";
import { exactNumber } from "./json.ts";

/** The most that one answer may hold: 50 is refused. */
export const COMMENTS_PER_CALL = 49;
/** Ordinary comments and selected ones. */
const ALL_TYPES = 0;
/** The article is not known to the platform, or withheld by it. */
const WITHOUT_COMMENTS = { "88001": null, "88002": null };

export function openComments(ask: Ask): CommentsSource {
  return {
    async list(articleId, begin) {
      const [, msgDataId, place] = /^(\d{1,30})_([1-9]\d{0,3})$/.exec(articleId) ?? [];
      // Under a name of another form the platform knows no comments.
      if (msgDataId === undefined) return null;
      return await ask<CommentPage | null>({
        api: "comment_list",
        path: "/cgi-bin/comment/list",
        json: {
          msg_data_id: exactNumber(msgDataId),
          // Counted from 0 here and from 1 everywhere else.
          index: Number(place) - 1,
          begin,
          count: COMMENTS_PER_CALL,
          type: ALL_TYPES,
        },
        read: (body, reading) => readComments(body, begin, reading),
        answers: WITHOUT_COMMENTS,
      });
    },
  };
}

/** Comments that are not understood, or whose time cannot be, are left out. */
export function readComments(body: Fields, begin: number, { now, leaveOut }: Reading): CommentPage {
  const total = readCount(body, "total");
  // Without both it is another kind of answer, which must not pass for "nobody commented".
  if (total === null && !Array.isArray(body.comment)) throw new ShapeFault("comment", "a list");
  const rows = readUnderstood(body, "comment", (comment, path) => readComment(comment, path, now), leaveOut);
  const entries = Array.isArray(body.comment) ? body.comment.length : 0;
  // Seen at the platform: it counts the comments and gives none of them.
  if (!total && entries === 0 && readCount(body, "comment_cnt")) {
    throw new ShapeFault("comment", "a list of the comments that comment_cnt counts");
  }
  return { rows, entries, total: totalOf(total, begin, entries) };
}

/** What is seen counts more than a total that is absent or smaller; a full page then promises another. */
function totalOf(told: number | null, begin: number, entries: number): number {
  const seen = begin + entries;
  if (told !== null && (entries === 0 || told >= seen)) return told;
  return entries === COMMENTS_PER_CALL ? seen + 1 : seen;
}

function readComment(comment: Fields, path: string, now: Date): Comment {
  const id = comment.user_comment_id;
  if (typeof id !== "string" || !/^\d{1,20}$/.test(id)) throw new ShapeFault(`${path}user_comment_id`, "an id");
  const receivedAt = readMoment(comment, "create_time", path, now);
  return {
    id,
    receivedAt,
    person: readText(comment, "openid", path),
    text: readText(comment, "content", path) ?? "",
    repliedAt: readReplyTime(comment, path, receivedAt, now),
  };
}

/**
 * Null without a reply: no object, or one with neither time nor text. One that is earlier by no more than clocks differ
 * counts as given in the comment's own second; one without a sound time is not understood, for it tells that somebody
 * replied and hides when.
 */
function readReplyTime(comment: Fields, path: string, receivedAt: Date, now: Date): Date | null {
  const reply = comment.reply ?? null;
  if (reply === null) return null;
  if (!isFields(reply)) throw new ShapeFault(`${path}reply`, "an object");
  const place = `${path}reply.`;
  if (!readCount(reply, "create_time", place) && readText(reply, "content", place) === null) return null;
  const repliedAt = readMoment(reply, "create_time", place, now);
  if (repliedAt >= receivedAt) return repliedAt;
  if (receivedAt.getTime() - repliedAt.getTime() <= AHEAD_SECONDS * 1000) return receivedAt;
  throw new ShapeFault(`${place}create_time`, "a time after the comment's");
}
