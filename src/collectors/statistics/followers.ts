import { addDays, daysFrom } from "../../calendar.ts";
import type { Coverage, Day, FollowerDay } from "../../model.ts";
import { followersOn, saveFollowers, settleQuietDay } from "../../store/statistics.ts";
import type { Visit } from "../collector.ts";
import { DELAYED, isFromEarlierMorning, NO_ROW, NO_ROW_AGAIN } from "./finality.ts";
import { missingDays } from "./history.ts";
import { ageOn, callsFor, firstWantedDay } from "./ladder.ts";
import { askRange, coverage, grant, type Late, type PartContext, type PartResult } from "./part.ts";

/** A day whose total did not come within a week, or twice when it was older already, will not come any more. */
const GIVE_UP_AGE = 7;

function isWanted(day: Day, context: PartContext): boolean {
  const known = context.covered.get(day);
  if (known?.state === "final") return false;
  if (known?.state !== "provisional" || known.code === DELAYED) return true;
  if (!isFromEarlierMorning(known, context)) return false;
  return known.code === NO_ROW || ageOn(day, context.newest) <= GIVE_UP_AGE;
}

/** Follower totals and movement, a week in one call. */
export async function askFollowers(context: PartContext): Promise<PartResult> {
  const { visit, latest, newest, covered, history } = context;
  const from = firstWantedDay(latest, covered, visit.platform.historyStart);
  const wanted = history
    ? missingDays(history, covered)
    : daysFrom(from, newest).filter((day) => isWanted(day, context));
  if (wanted.length === 0) return { delayed: false, errors: [] };
  const planned = await planCalls(visit, wanted);
  const { calls, errors } = await grant(context, "followers", planned.reverse());

  let delayed = false;
  // Oldest first: each range tells the total from which the next one starts.
  for (const range of calls.reverse()) {
    const result = await askRange(
      context,
      "followers",
      { ...range, wanted: wanted.filter((day) => day >= range.from && day <= range.to) },
      async (first, last) => {
        const answer = await visit.session.statistics.followers(first, last);
        // The total of the last day is reported late without a word.
        const total = answer.rows.find((row) => row.day === last)?.followers ?? null;
        return last === newest && total === null ? { rows: answer.rows, delayed: true } : answer;
      },
      (rows, days, late) => save(context, rows, { ...days, first: wanted[0] ?? days.from }, late),
    );
    delayed ||= result.delayed;
  }
  return { delayed, errors };
}

/**
 * One day more is asked where it costs no further call and its total is not known: it tells whether the first wanted
 * day was quiet.
 */
async function planCalls(visit: Visit, wanted: Day[]): Promise<{ from: Day; to: Day }[]> {
  const { followerDays } = visit.platform.limits;
  const calls = callsFor(wanted, followerDays);
  const before = addDays(wanted[0] ?? "", -1);
  if ((await followersOn(visit.db, visit.account.id, before)) !== null) return calls;
  const longer = callsFor([before, ...wanted], followerDays);
  return longer.length === calls.length ? longer : calls;
}

/**
 * Movement of each day that has a total. The platform leaves out sources without movement, so a day without any is 0,
 * provided that the totals say so too, or (with no total of the day before) that the answer moved on other days.
 */
function withQuietDays(rows: FollowerDay[], before: number | null): FollowerDay[] {
  const moved = rows.some((row) => row.gained !== null);
  let previous = before;
  return rows.map((row) => {
    const known = previous;
    previous = row.followers;
    if (row.gained !== null || row.followers === null) return row;
    const quiet = known === null ? moved : row.followers === known;
    return quiet ? { ...row, gained: 0, lost: 0 } : row;
  });
}

async function save(
  { visit, covered, newest, history }: PartContext,
  rows: FollowerDay[],
  days: { from: Day; to: Day; first: Day },
  late: Late,
): Promise<void> {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const all = daysFrom(days.from, days.to).map(
    (day) => byDay.get(day) ?? { day, followers: null, gained: null, lost: null },
  );
  const before = await followersOn(visit.db, visit.account.id, addDays(days.from, -1));
  const complete = (late === "nothing" ? withQuietDays(all, before) : all).filter((row) => row.day >= days.first);
  const stateOf = (row: FollowerDay): Partial<Coverage> => {
    if (late === "all") return { state: "provisional", code: DELAYED };
    if (row.followers !== null) return { state: "final" };
    if (late === "missing") return { state: "provisional", code: DELAYED };
    const before = covered.get(row.day)?.code;
    const again = history !== null || before === NO_ROW || before === NO_ROW_AGAIN;
    return { state: "provisional", code: again ? NO_ROW_AGAIN : NO_ROW };
  };
  const known = complete.filter((row) => row.followers !== null || row.gained !== null || row.lost !== null);
  await visit.save(async (trx) => {
    await saveFollowers(trx, visit.account.id, known);
    // The day after was answered before without a total to compare with.
    if (days.to < newest) await settleQuietDay(trx, visit.account.id, addDays(days.to, 1));
    await visit.saveCoverage(
      trx,
      complete.map((row) => coverage(visit, "followers", row.day, stateOf(row))),
    );
  });
}
