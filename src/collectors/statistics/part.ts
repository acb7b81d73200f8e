import { addDays } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import type { Coverage, Day } from "../../model.ts";
import type { Answer, StatisticsPart } from "../../platforms/platform.ts";
import type { PublishDay } from "../../store/statistics.ts";
import type { Visit } from "../collector.ts";

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
}

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
    await visit.reserve(apis, 1);
    const again = await ask(visit, part, to, () => call(range.from, to));
    visit.needed(apis);
    await use(again.rows, { from: range.from, to }, again.delayed ? "missing" : "nothing");
  }
  return { delayed: true };
}
