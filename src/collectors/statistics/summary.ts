import { addDays, dayOf, daysFrom, startOf } from "../../calendar.ts";
import type { AccountDay, Coverage, Day } from "../../model.ts";
import { doubtDaysWithoutRow, missingRows } from "../../store/coverage.ts";
import { saveAccountDays } from "../../store/statistics.ts";
import { DELAYED, EMPTY, EMPTY_AGAIN, EMPTY_EVERYWHERE, isFromEarlierMorning, NO_ROW } from "./finality.ts";
import { missingDays } from "./history.ts";
import { ageOn, callsFor, firstWantedDay } from "./ladder.ts";
import { askRange, coverage, grant, type Late, type PartContext, type PartResult } from "./part.ts";

const WAITS_FOR_MORNING = new Set<string | null>([NO_ROW, EMPTY, EMPTY_AGAIN, EMPTY_EVERYWHERE]);
const ENOUGH_ACCOUNTS = 5;

function isWanted(day: Day, context: PartContext): boolean {
  const known = context.covered.get(day);
  if (!known || known.state === "failed" || known.state === "unavailable") return true;
  if (known.state === "final") return false;
  if (!WAITS_FOR_MORNING.has(known.code)) return true;
  // What a month of mornings did not settle will not be settled any more, and would cost a call of its own.
  const recent = ageOn(day, context.latest) <= context.visit.platform.limits.summaryDays;
  return recent && isFromEarlierMorning(known, context);
}

/** A zero in a late answer may only mean "not counted yet". */
function withoutZeros(row: AccountDay): AccountDay {
  return {
    day: row.day,
    articlesPublished: row.articlesPublished || null,
    readers: row.readers || null,
    sharers: row.sharers || null,
    likes: row.likes || null,
    zaikan: row.zaikan || null,
    comments: row.comments || null,
    favourites: row.favourites || null,
  };
}

/** Account totals by day: 30 days in one call, which also brings the platform's later corrections. */
export async function askSummary(context: PartContext): Promise<PartResult> {
  const { visit, latest, newest, covered, published, history } = context;
  const { summaryDays } = visit.platform.limits;
  const from = firstWantedDay(latest, covered, visit.platform.historyStart);
  const wanted = history
    ? missingDays(history, covered)
    : daysFrom(from, newest).filter((day) => isWanted(day, context));
  if (wanted.length === 0) return { delayed: false, errors: [] };

  const recent = addDays(newest, 1 - summaryDays);
  const ranges = callsFor(
    wanted.filter((day) => day < recent),
    summaryDays,
  ).reverse();
  if (wanted.some((day) => day >= recent)) ranges.unshift({ from: recent > from ? recent : from, to: newest });
  const { calls, errors } = await grant(context, "summary", ranges);

  let delayed = false;
  for (const range of calls) {
    const result = await askRange(
      context,
      "summary",
      { ...range, wanted },
      async (first, last) => {
        const answer = await visit.session.statistics.summary(first, last);
        // Days that had rows before cannot all be gone: an empty answer to them is the platform's fault.
        const hadRows = daysFrom(first, last).some((day) => published.get(day)?.counted);
        return answer.rows.length === 0 && hadRows ? { rows: [], delayed: true } : answer;
      },
      (rows, days, late) => saveSummary(context, rows, days, late),
    );
    delayed ||= result.delayed;
  }
  return { delayed, errors };
}

async function saveSummary(
  context: PartContext,
  rows: AccountDay[],
  days: { from: Day; to: Day },
  late: Late,
): Promise<void> {
  const { visit, newest, covered } = context;
  const present = new Set(rows.map((row) => row.day));
  const stateOf = (day: Day): Partial<Coverage> => {
    if (late === "all") return { state: "provisional", code: DELAYED };
    if (present.has(day)) return { state: "final" };
    if (late === "missing") return { state: "provisional", code: DELAYED };
    if (rows.length > 0) return { state: "provisional", code: NO_ROW };
    const before = covered.get(day);
    const repeated = before?.code === EMPTY_AGAIN || (before?.code === EMPTY && isFromEarlierMorning(before, context));
    return { state: "provisional", code: repeated ? EMPTY_AGAIN : EMPTY };
  };
  const unsettled = daysFrom(days.from, days.to).filter((day) => covered.get(day)?.state !== "final");
  await visit.save(async (trx) => {
    await saveAccountDays(trx, visit.account.id, late === "all" ? rows.map(withoutZeros) : rows, visit.now);
    await visit.saveCoverage(
      trx,
      unsettled.map((day) => coverage(visit, "summary", day, stateOf(day))),
    );
  });
  if (late === "nothing" && rows.length > 0 && days.to === newest && !present.has(newest)) await doubtEmptyDay(context);
}

/** Guards against a platform that answers well and leaves out a day for everybody. */
async function doubtEmptyDay(context: PartContext): Promise<void> {
  const { visit, newest, covered } = context;
  const before = covered.get(newest);
  if (before?.code === EMPTY_EVERYWHERE && isFromEarlierMorning(before, context)) return;
  const since = startOf(dayOf(visit.now));
  const { asked, missing } = await missingRows(visit.db, newest, since, [NO_ROW, EMPTY_EVERYWHERE]);
  if (asked < ENOUGH_ACCOUNTS || missing * 2 <= asked) return;
  context.doubted.push(...(await doubtDaysWithoutRow(visit.db, newest, since, [NO_ROW], EMPTY_EVERYWHERE)));
  await visit.save((trx) =>
    visit.saveCoverage(trx, [coverage(visit, "summary", newest, { state: "provisional", code: EMPTY_EVERYWHERE })]),
  );
}
