import { dayOf, daysBetween } from "../../calendar.ts";
import type { Article, Coverage, Day } from "../../model.ts";
import { isSparse, markSparse, publishDays, saveArticles } from "../../store/statistics.ts";
import type { Visit } from "../collector.ts";
import { DELAYED, EMPTY, INCOMPLETE, INCOMPLETE_AGAIN, isFromEarlierMorning } from "./finality.ts";
import { missingDays } from "./history.ts";
import { ageOn, firstWantedDay, wantedPublishDays } from "./ladder.ts";
import { ask, coverage, grant, leaveOver, type PartContext, PartFault, type PartResult } from "./part.ts";

/** From this age on an answer shows whether it holds every day of the curve. */
const MEASURED_FROM_AGE = 3;

/** So many days in a row that could not be read are no matter of the single day. */
const UNREADABLE_IN_A_ROW = 3;

/** Whether a day is missing between publication and the newest row: a quiet tail is no hole. */
function hasHoles(article: Article): boolean {
  const last = article.curve.at(-1);
  return last !== undefined && daysBetween(article.publishDate, last.day) + 1 > article.curve.length;
}

/** Articles by publish day with their curves, one call a day, newest first. */
export async function askArticles(context: PartContext): Promise<PartResult> {
  const { visit, latest, newest, covered, doubtful, history } = context;
  const { db, account, platform } = visit;
  const apis = platform.apis.articles;
  const sparse = await isSparse(db, account.id);
  const from = history?.from ?? firstWantedDay(latest, covered, platform.historyStart);
  // The summary was saved just now: what it expects decides about missing articles.
  const oldest = [...covered.keys()].reduce((first, day) => (day < first ? day : first), from);
  const published = await publishDays(db, account.id, oldest);
  const wanted = history
    ? missingDays(history, covered).reverse()
    : wantedPublishDays(newest, from, covered, published, doubtful, sparse).filter(
        (day) => !(newest < latest && wasLateToday(visit, covered.get(day))),
      );
  if (wanted.length === 0) return { delayed: false, errors: [] };
  const { calls, errors } = await grant(
    context,
    "articles",
    wanted.map((day) => ({ from: day, to: day })),
  );

  const result: PartResult = { delayed: false, errors };
  const measured: boolean[] = [];
  let unreadable = 0;
  for (const [index, { from: day }] of calls.entries()) {
    // Newest first: as long as that one is late, the others say nothing new today either.
    if (result.delayed && wasLateToday(visit, covered.get(day))) continue;
    try {
      const answer = await ask(visit, "articles", day, () => visit.session.statistics.articles(day));
      const late = answer.delayed && day === newest;
      result.delayed ||= late;
      if (!late) visit.needed(apis);
      if (ageOn(day, newest) >= MEASURED_FROM_AGE && answer.rows.length > 0) measured.push(answer.rows.some(hasHoles));
      await saveDay(context, day, answer, {
        expected: published.get(day)?.expected ?? 0,
        known: published.get(day)?.known ?? 0,
      });
      unreadable = 0;
    } catch (fault) {
      if (fault instanceof PartFault && fault.error.scope === "quota") {
        await leaveOver(context, "articles", calls.slice(index));
      }
      if (!(fault instanceof PartFault) || fault.error.scope !== "request" || fault.error.retry === "soon") throw fault;
      // The answer to one day could not be read; the other days stand for themselves, unless it is the same with all.
      result.errors.push(fault.error);
      unreadable += 1;
      await visit.save((trx) =>
        visit.saveCoverage(trx, [coverage(visit, "articles", day, { state: "failed", code: fault.error.code })]),
      );
      if (unreadable === UNREADABLE_IN_A_ROW) break;
    }
  }
  // How the platform answers today is not to be learned from what it keeps of long ago.
  if (measured.length > 0 && !history) await visit.save((trx) => markSparse(trx, account.id, measured.includes(true)));
  return result;
}

/** Still late: asking the same day again in the same morning brings nothing until the platform is through. */
function wasLateToday(visit: Visit, before: Coverage | undefined): boolean {
  return before?.code === DELAYED && dayOf(before.fetchedAt) === dayOf(visit.now);
}

async function saveDay(
  { visit, latest, newest, covered, history }: PartContext,
  day: Day,
  answer: { rows: Article[]; delayed: boolean },
  { expected, known }: { expected: number; known: number },
): Promise<void> {
  const age = ageOn(day, newest);
  const before = covered.get(day);
  const stateOf = (): Partial<Coverage> => {
    if (answer.delayed && (age === 1 || answer.rows.length === 0)) return { state: "provisional", code: DELAYED };
    // The newest row is still to come, so the reading counts as one of the day before.
    if (answer.delayed) return { state: "final", code: DELAYED, age: newest < latest ? age : age - 1 };
    if (answer.rows.length === 0 && known > 0) {
      // Articles that were listed before are gone: believed when a later day says it again.
      const repeated = before?.code === EMPTY && isFromEarlierMorning(before, { latest, visit });
      return { state: "final", code: EMPTY, age: repeated ? age : (before?.age ?? age) };
    }
    if (Math.max(known, answer.rows.length) >= expected) return { state: "final", age };
    const repeated = history !== null || before?.code === INCOMPLETE || before?.code === INCOMPLETE_AGAIN;
    return { state: "provisional", code: repeated ? INCOMPLETE_AGAIN : INCOMPLETE, age };
  };
  await visit.save(async (trx) => {
    await saveArticles(trx, visit.account.id, answer.rows, visit.now);
    await visit.saveCoverage(trx, [coverage(visit, "articles", day, stateOf())]);
  });
}
