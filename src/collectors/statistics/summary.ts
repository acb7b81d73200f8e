import { addDays, dayOf, daysFrom } from "../../calendar.ts";
import type { AccountDay, Coverage, Day } from "../../model.ts";
import { doubtDaysWithoutRow, missingRows } from "../../store/coverage.ts";
import { saveAccountDays } from "../../store/statistics.ts";
import { callsFor, firstWantedDay } from "./ladder.ts";
import { askRange, coverage, type PartContext, type PartResult } from "./part.ts";

/** Why a day without a row is not final yet. */
export const NO_ROW = "no_row";
/** The whole answer was empty; a second one on a later morning confirms it. */
export const EMPTY = "empty";
export const EMPTY_AGAIN = "empty_again";
/** Most active accounts got no row for this day within the hour: the platform's fault until the next morning repeats it. */
export const EMPTY_EVERYWHERE = "empty_everywhere";
export const DELAYED = "delayed";

const WAITS_FOR_MORNING = new Set<string | null>([NO_ROW, EMPTY, EMPTY_AGAIN, EMPTY_EVERYWHERE]);
const HOUR_MS = 3_600_000;
const ENOUGH_ACCOUNTS = 5;

function isWanted(known: Coverage | undefined, now: Date): boolean {
  if (!known || known.state === "failed" || known.state === "unavailable") return true;
  if (known.state === "final") return false;
  return !WAITS_FOR_MORNING.has(known.code) || dayOf(known.fetchedAt) < dayOf(now);
}

/** A zero in a late answer may only mean "not counted yet". */
function withoutZeros(row: AccountDay): AccountDay {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, value === 0 ? null : value]),
  ) as unknown as AccountDay;
}

/** Account totals by day: 30 days in one call, which also brings the platform's later corrections. */
export async function askSummary(context: PartContext): Promise<PartResult> {
  const { visit, latest, newest, covered, published } = context;
  const { summaryDays } = visit.platform.limits;
  const from = firstWantedDay(latest, covered, visit.platform.historyStart);
  const wanted = daysFrom(from, newest).filter((day) => isWanted(covered.get(day), visit.now));
  if (wanted.length === 0) return { delayed: false, errors: [] };

  const recent = addDays(newest, 1 - summaryDays);
  const ranges = callsFor(
    wanted.filter((day) => day < recent),
    summaryDays,
  ).reverse();
  if (wanted.some((day) => day >= recent)) ranges.unshift({ from: recent > from ? recent : from, to: newest });
  await visit.reserve(visit.platform.apis.summary, ranges.length);

  let delayed = false;
  for (const range of ranges) {
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
  return { delayed, errors: [] };
}

async function saveSummary(
  context: PartContext,
  rows: AccountDay[],
  days: { from: Day; to: Day },
  late: boolean,
): Promise<void> {
  const { visit, newest, covered } = context;
  const present = new Set(rows.map((row) => row.day));
  const today = dayOf(visit.now);
  const stateOf = (day: Day): Partial<Coverage> => {
    if (late) return { state: "provisional", code: DELAYED };
    if (present.has(day)) return { state: "final" };
    if (rows.length > 0) return { state: "provisional", code: NO_ROW };
    const before = covered.get(day);
    const repeated = before?.code === EMPTY_AGAIN || (before?.code === EMPTY && dayOf(before.fetchedAt) < today);
    return { state: "provisional", code: repeated ? EMPTY_AGAIN : EMPTY };
  };
  const unsettled = daysFrom(days.from, days.to).filter((day) => covered.get(day)?.state !== "final");
  await visit.save(async (trx) => {
    await saveAccountDays(trx, visit.account.id, late ? rows.map(withoutZeros) : rows, visit.now);
    await visit.saveCoverage(
      trx,
      unsettled.map((day) => coverage(visit, "summary", day, stateOf(day))),
    );
  });
  if (!late && rows.length > 0 && days.to === newest && !present.has(newest)) await doubtEmptyDay(context);
}

/** Guards against a platform that answers well and leaves out a day for everybody. */
async function doubtEmptyDay({ visit, newest, covered }: PartContext): Promise<void> {
  const before = covered.get(newest);
  if (before?.code === EMPTY_EVERYWHERE && dayOf(before.fetchedAt) < dayOf(visit.now)) return;
  const since = new Date(visit.now.getTime() - HOUR_MS);
  const { asked, missing } = await missingRows(visit.db, newest, since, [NO_ROW, EMPTY_EVERYWHERE]);
  if (asked < ENOUGH_ACCOUNTS || missing * 2 <= asked) return;
  await doubtDaysWithoutRow(visit.db, newest, since, EMPTY_EVERYWHERE);
  await visit.save((trx) =>
    visit.saveCoverage(trx, [coverage(visit, "summary", newest, { state: "provisional", code: EMPTY_EVERYWHERE })]),
  );
}
