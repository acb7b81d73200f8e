import { PlatformError } from "../../errors.ts";
import type { Comment } from "../../model.ts";
import type { CommentPage } from "../../platforms/platform.ts";
import { isQuestion } from "../../rules/question.ts";
import type { ArticleLook, KeptComment, WatchedArticle } from "../../store/comments.ts";
import type { Visit } from "../collector.ts";
import { hasFailed, INCOMPLETE, INCOMPLETE_AGAIN, UNKNOWN_ARTICLE } from "./commentPlan.ts";
import { personHash } from "./hashing.ts";

/**
 * `pieced`: no walk showed as many comments as the platform counts, two did together. `short`: not even they.
 * `unknown`: the platform knows no comments of the article.
 */
type WalkState = "whole" | "pieced" | "short" | "unknown" | "cut";

export interface ArticleComments {
  state: WalkState;
  comments: Comment[];
  /** Comments that were not understood: which ones they are is not known. */
  leftOut: number;
  /** What cut the walk short. */
  fault: PlatformError | null;
}

/**
 * All comments of one article. Their order shifts while staff reply, so that a page may repeat some and skip others:
 * when fewer came than the platform counts, all pages are asked once more, up to `walks` times in all.
 */
export async function walkComments(visit: Visit, msgid: string, walks: number): Promise<ArticleComments> {
  const seen = new Map<string, Comment>();
  const end = (state: WalkState, leftOut = 0, fault: PlatformError | null = null) => ({
    ...{ state, leftOut, fault },
    comments: [...seen.values()],
  });
  try {
    for (let left = walks; left > 0; left--) {
      const walk = await walkOnce(visit, msgid, seen);
      if (walk === null) return end("unknown");
      if (walk.shown >= walk.total) return end("whole", walk.leftOut);
      if (seen.size + walk.leftOut >= walk.total) return end("pieced", walk.leftOut);
    }
    return end("short");
  } catch (error) {
    if (error instanceof PlatformError) return end("cut", 0, error);
    throw error;
  }
}

interface Walk {
  /** Different comments. */
  shown: number;
  leftOut: number;
  /** As the last page counts them. */
  total: number;
}

/** Null: the platform knows no comments of the article. */
async function walkOnce(visit: Visit, msgid: string, seen: Map<string, Comment>): Promise<Walk | null> {
  const ids = new Set<string>();
  for (let [begin, leftOut] = [0, 0]; ; ) {
    const page = await askPage(visit, msgid, begin);
    if (page === null) return null;
    const before = ids.size + leftOut;
    for (const comment of page.rows) {
      ids.add(comment.id);
      seen.set(comment.id, withEarliestReply(comment, seen.get(comment.id)));
    }
    leftOut += page.entries - page.rows.length;
    begin += page.entries;
    const shown = ids.size + leftOut;
    // A page that repeats what was there would be followed by others like it.
    if (begin >= page.total || shown === before) return { shown, leftOut, total: page.total };
  }
}

async function askPage(visit: Visit, msgid: string, begin: number): Promise<CommentPage | null> {
  const apis = visit.platform.apis.comments;
  await visit.reserve(apis, 1);
  visit.made(apis);
  const page = await visit.session.comments.list(msgid, begin);
  visit.needed(apis);
  return page;
}

function withEarliestReply(comment: Comment, before: Comment | undefined): Comment {
  const replies = [comment.repliedAt, before?.repliedAt].filter((time) => time instanceof Date);
  const [first] = replies.sort((a, b) => a.getTime() - b.getTime());
  return { ...comment, repliedAt: first ?? null };
}

/**
 * What is kept of a walk: of each comment its times, its length and whether it asks something. `answers`: the platform
 * answered for other articles in the same visit, so that a fault is this one's own.
 */
export function lookOf(
  visit: Visit,
  key: Buffer,
  article: WatchedArticle,
  walk: ArticleComments,
  answers: boolean,
): ArticleLook {
  const { account, now } = visit;
  const keep = ({ id, receivedAt, person, text, repliedAt }: Comment): KeptComment => ({
    ...{ id, receivedAt, repliedAt },
    person: person === null ? null : personHash(key, account.id, person),
    length: [...text].length,
    question: isQuestion(text),
  });
  const shown = walk.comments.length + walk.leftOut;
  return {
    ...{ at: now, comments: walk.comments.map(keep) },
    ...{ whole: isWhole(article, walk, shown), outcome: outcomeOf(article, walk, shown, answers, now) },
  };
}

/** What is not among the comments of the walk is there no more. */
function isWhole(article: WatchedArticle, { state, leftOut }: ArticleComments, shown: number): boolean {
  // Comments do not all go at once: an empty list is believed when the look before found nothing either.
  if (state === "whole") return leftOut === 0 && (shown > 0 || article.found === 0);
  // Of an article that is there the platform may tell the same: its page has to say that it is gone.
  return state === "unknown" && shown === 0 && article.code === UNKNOWN_ARTICLE && article.gone;
}

function outcomeOf(
  article: WatchedArticle,
  { state, fault }: ArticleComments,
  shown: number,
  answers: boolean,
  lookedAt: Date,
): ArticleLook["outcome"] {
  switch (state) {
    case "whole":
    case "pieced":
      return { lookedAt, found: shown, code: null };
    case "unknown":
      return { lookedAt, found: null, code: UNKNOWN_ARTICLE };
    case "short": {
      const before = article.code === INCOMPLETE || article.code === INCOMPLETE_AGAIN;
      return { lookedAt, found: null, code: before ? INCOMPLETE_AGAIN : INCOMPLETE };
    }
    case "cut":
      // Others end the whole visit, or come from what the account may ask today.
      if (fault?.scope !== "request") return null;
      // The second time it is the article's own fault, and asking at each visit would not mend it.
      if (hasFailed(article) && (answers || fault.retry !== "soon")) return { lookedAt, found: null, code: fault.code };
      return { lookedAt: null, found: article.found, code: fault.code };
  }
}
