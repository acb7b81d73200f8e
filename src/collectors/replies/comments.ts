import { addDays, dayOf } from "../../calendar.ts";
import type { PlatformError } from "../../errors.ts";
import { saveArticleLook, type WatchedArticle, watchedComments } from "../../store/comments.ts";
import { readChannel, saveChannelState } from "../../store/replyChannel.ts";
import { readVisit } from "../../store/visit.ts";
import type { Visit } from "../collector.ts";
import { askedAgainAt } from "./again.ts";
import { dueArticles, INCOMPLETE, INCOMPLETE_AGAIN, paceOf, WATCHED_DAYS } from "./commentPlan.ts";
import { lookOf, walkComments } from "./commentWalk.ts";
import type { Look } from "./index.ts";
import { nextSlot } from "./slots.ts";

const CHANNEL = "comment";
const MAX_FAULTS_IN_A_ROW = 3;
const WALKS = 2;
const SOON_MS = 2 * 60_000;

const watched = ({ db, account, now }: Visit) => watchedComments(db, account.id, addDays(dayOf(now), -WATCHED_DAYS));

/**
 * Looks at the comments of the articles that are due, each saved by itself. Throws what tells that the account has no
 * comments or may not be asked for them, and what ends the whole visit.
 */
export async function lookAtComments(visit: Visit): Promise<Look> {
  const { db, account, now } = visit;
  const channel = await readChannel(db, account.id, CHANNEL);
  const againAt = askedAgainAt(visit, channel);
  if (againAt && againAt > now && !visit.recheck) return { state: "skipped", errors: [] };
  const known = await watched(visit);
  if (known.articles.length === 0 && channel?.state === "measurable") {
    // Where nobody can comment any more, all is seen without a call.
    await visit.save((trx) => saveChannelState(trx, account.id, CHANNEL, { until: now }));
    return { state: "complete", errors: [] };
  }
  const due = dueArticles(account.code, known, now, visit.recheck);
  if (due.length === 0) return { state: "skipped", errors: [] };

  await visit.session.authorise();
  const { errors, settled, answered, measurable } = await lookAtArticles(visit, due, channel?.state === "measurable");
  // Where faults are all that came, nothing was seen.
  const complete = settled === due.length && answered > 0;
  // What is not known yet is asked again after a week only, also when the articles told nothing of it.
  const state = measurable ? { until: now } : againAt ? { checkedAt: now } : {};
  if (complete) await visit.save((trx) => saveChannelState(trx, account.id, CHANNEL, state));
  return { state: complete ? "complete" : "partial", errors };
}

interface Progress {
  errors: PlatformError[];
  /** Articles of which nothing has to be made up for before their own next look. */
  settled: number;
  /** Articles that were answered for without a fault. */
  answered: number;
  /** Of one article at least the platform told which comments it has. */
  measurable: boolean;
}

async function lookAtArticles(visit: Visit, due: WatchedArticle[], measurable: boolean): Promise<Progress> {
  const key = await visit.hashKey();
  const progress: Progress = { errors: [], settled: 0, answered: 0, measurable };
  let inARow: PlatformError[] = [];
  for (const article of due) {
    const walk = await walkComments(visit, article.msgid, article.code === INCOMPLETE_AGAIN ? 1 : WALKS);
    const { fault } = walk;
    const look = lookOf(visit, key, article, walk, progress.answered > 0);
    const opens = !progress.measurable && fault === null && walk.state !== "unknown";
    await visit.save(async (trx) => {
      await saveArticleLook(trx, visit.account.id, article.msgid, look);
      if (opens) await saveChannelState(trx, visit.account.id, CHANNEL, { state: "measurable", code: null });
    });
    progress.measurable ||= opens;
    if (look.outcome?.lookedAt && look.outcome.code !== INCOMPLETE) progress.settled++;
    if (fault === null) progress.answered++;
    if (fault && fault.scope !== "request" && fault.scope !== "quota") throw fault;
    inARow = fault ? [...inARow.filter(({ code }) => code === fault.code), fault] : [];
    if (!fault) continue;
    progress.errors.push(fault);
    if (fault.scope === "quota" || fault.retry === "soon" || inARow.length === MAX_FAULTS_IN_A_ROW) break;
  }
  return progress;
}

/** The next slot at which anything can be due: a new article may come at any time. */
export async function nextCommentLook(visit: Visit): Promise<Date> {
  const { db, account, now } = visit;
  const againAt = askedAgainAt(visit, await readChannel(db, account.id, CHANNEL));
  if (againAt && againAt > now) return againAt;
  const today = dayOf(now);
  const { articles } = await watched(visit);
  // A new account's articles are just being learned.
  const statistics = await readVisit(db, account.id, "statistics");
  if (statistics?.finishedAt === null) return new Date(now.getTime() + SOON_MS);
  const hourly = articles.some((article) => paceOf(article, today) === "hourly");
  return nextSlot(account.code, hourly ? "hourly" : "threeHourly", now, today);
}
