import { addDays, minDay } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import type { Coverage, Day } from "../../model.ts";
import type { Answer, StatisticsPart } from "../../platforms/platform.ts";
import type { PublishDay } from "../../store/statistics.ts";
import type { Visit } from "../collector.ts";
import type { ReserveOptions } from "../ledger.ts";
import { LEFT_OVER } from "./finality.ts";
import type { History } from "./history.ts";

/** What one visit knows when it asks for a part. */
export interface PartContext {
  visit: Visit;
  /** The newest day that may be asked. */
  latest: Day;
  /** The newest day whose figures can be there: one before `latest` once the platform proved late. */
  newest: Day;
  covered: Map<Day, Coverage>;
  published: Map<Day, PublishDay>;
  /**
   * Days that were left in doubt on an earlier morning. An empty article list of that morning is as doubtful as the
   * missing row was.
   */
  doubtful: ReadonlySet<Day>;
  /** Other accounts from which a settled day was taken back. */
  doubted: number[];
  /** Asked for instead of what the daily visit looks at. */
  history: History | null;
  reserving: ReserveOptions;
}

/** How much history one visit asks for, so that the account's daily visit waits for seconds only. */
const HISTORY_DAYS = 30;

/** A part's answer so far: the days whose own requests failed, and whether the platform is late. */
export interface PartResult {
  delayed: boolean;
  errors: PlatformError[];
}

/** A fault and the day that was asked when it came. */
export class PartFault extends Error {
  override readonly name = "PartFault";
  readonly day: Day;
  readonly error: PlatformError;

  constructor(day: Day, error: PlatformError) {
    super(error.message);
    this.day = day;
    this.error = error;
  }
}

/** One call and the days that it asks for. */
export interface Call {
  from: Day;
  to: Day;
}

/**
 * Takes calls for as many of `wanted` as the day's budget has left, in their order (newest first); `errors` says so when
 * that is not all of them. Throws when there are none at all.
 */
export async function grant(
  context: PartContext,
  part: StatisticsPart,
  wanted: Call[],
): Promise<{ calls: Call[]; errors: PlatformError[] }> {
  const { visit, history, reserving } = context;
  const apis = visit.platform.apis[part];
  const { summaryDays, followerDays } = visit.platform.limits;
  const daysOfCall = { summary: summaryDays, articles: 1, followers: followerDays }[part];
  const asked = history ? wanted.slice(0, Math.ceil(HISTORY_DAYS / daysOfCall)) : wanted;
  let granted = 0;
  try {
    granted = await visit.reserve(apis, asked.length, reserving);
    // Asking for one more says why there are fewer, and until when.
    if (granted < asked.length) await visit.reserve(apis, 1, reserving);
    return { calls: asked.slice(0, granted), errors: [] };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    await leaveOver(context, part, asked.slice(granted));
    if (granted === 0) throw error;
    return { calls: asked.slice(0, granted), errors: [error] };
  }
}

/** Marks the oldest day that is left for want of calls, unless it is known already or no daily visit's. */
export async function leaveOver(context: PartContext, part: StatisticsPart, calls: Call[]): Promise<void> {
  const { visit, covered, history } = context;
  const oldest = minDay(...calls.map(({ from }) => from).filter((day) => !covered.has(day)));
  if (history || oldest === null) return;
  const mark = coverage(visit, part, oldest, { state: "failed", code: LEFT_OVER });
  await visit.save((trx) => visit.saveCoverage(trx, [mark]));
}

/** Asks the platform once; the call is booked whether it succeeds or not. */
export async function ask<Row>(
  visit: Visit,
  part: StatisticsPart,
  day: Day,
  call: () => Promise<Answer<Row>>,
): Promise<Answer<Row>> {
  visit.made(visit.platform.apis[part]);
  try {
    return await call();
  } catch (error) {
    throw error instanceof PlatformError ? new PartFault(day, error) : error;
  }
}

export function coverage(visit: Visit, part: StatisticsPart, day: Day, rest: Partial<Coverage>): Coverage {
  return { part, day, state: "final", code: null, age: null, fetchedAt: visit.now, ...rest };
}

/** What of an answer is not computed yet: nothing, the days that it leaves out, or all of it. */
export type Late = "nothing" | "missing" | "all";

/**
 * Asks for a range that may end with `newest`. When the platform is late, that day is used as late as a whole, and the
 * older days are asked for by themselves.
 */
export async function askRange<Row extends { day: Day }>(
  context: PartContext,
  part: StatisticsPart,
  range: { from: Day; to: Day; wanted: Day[] },
  call: (from: Day, to: Day) => Promise<Answer<Row>>,
  use: (rows: Row[], days: { from: Day; to: Day }, late: Late) => Promise<void>,
): Promise<{ delayed: boolean }> {
  const { visit, newest } = context;
  const apis = visit.platform.apis[part];
  const answer = await ask(visit, part, range.to, () => call(range.from, range.to));
  if (!answer.delayed || range.to < newest) {
    visit.needed(apis);
    await use(answer.rows, range, answer.delayed ? "missing" : "nothing");
    return { delayed: false };
  }
  await use(
    answer.rows.filter((row) => row.day === newest),
    { from: newest, to: newest },
    "all",
  );
  const older = range.wanted.filter((day) => day < newest);
  const to = addDays(newest, -1);
  if (older.length > 0 && range.from <= to) {
    await visit.reserve(apis, 1, context.reserving);
    const again = await ask(visit, part, to, () => call(range.from, to));
    visit.needed(apis);
    await use(again.rows, { from: range.from, to }, again.delayed ? "missing" : "nothing");
  }
  return { delayed: true };
}
