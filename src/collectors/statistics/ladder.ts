import { addDays, dayOf, daysBetween, daysFrom, minDay } from "../../calendar.ts";
import type { Coverage, Day } from "../../model.ts";
import type { PublishDay } from "../../store/statistics.ts";
import { INCOMPLETE_AGAIN, LEFT_OVER } from "./finality.ts";

/**
 * Ages in days at which a publish day with articles is read again, 1 = its own day. Each answer holds the curve so
 * far, so these read each stored row about twice instead of fifteen times.
 */
const LADDER = [1, 2, 3, 5, 8, 14, 30];
/** Ages at which a day is asked again whose summary counts more articles than were listed. */
const MISSING_ARTICLES = [2, 3, 5, 7];
/** The platform follows an article for so many days. */
export const CURVE_DAYS = 30;

/** Age of a publish day when `newest` is the newest day of the figures. */
export function ageOn(publishDate: Day, newest: Day): number {
  return daysBetween(publishDate, newest) + 1;
}

const step = (ages: number[], age: number) => Math.max(0, ...ages.filter((candidate) => candidate <= age));

/** A day that could not even be read when it was twice as old as a curve gets is left alone. */
function isHopeless(coverage: Coverage | undefined): boolean {
  return (
    coverage?.state === "failed" &&
    coverage.code !== LEFT_OVER &&
    ageOn(coverage.day, dayOf(coverage.fetchedAt)) > 2 * CURVE_DAYS
  );
}

/** Whether a publish day has to be read (again) when it is `age` days old. */
function wantsReading(
  age: number,
  coverage: Coverage | undefined,
  published: PublishDay | undefined,
  sparse: boolean,
): boolean {
  const read = coverage?.age ?? 0;
  if (read === 0) return !isHopeless(coverage);
  const known = published?.known ?? 0;
  if (known > 0 && sparse && age <= CURVE_DAYS) return age > read;
  if (known > 0 && step(LADDER, age) > read) return true;
  if ((published?.expected ?? 0) <= known) return false;
  // A day that was first read when it was old already gets its second chance too.
  const lastStep = Math.max(...MISSING_ARTICLES);
  return read < lastStep ? step(MISSING_ARTICLES, age) > read : age > read && coverage?.code !== INCOMPLETE_AGAIN;
}

/** Where asking starts: 30 days back, or at the first hole in what is covered when that lies further back. */
export function firstWantedDay(newest: Day, covered: Map<Day, Coverage>, historyStart: Day): Day {
  const usual = addDays(newest, 1 - CURVE_DAYS);
  const begun = [...covered.values()].filter(({ state, code }) => state === "final" || code === LEFT_OVER);
  const oldest = minDay(...begun.map(({ day }) => day));
  // Not the end of what is covered: a catch-up that was cut short leaves its hole behind newer days.
  const hole = oldest && daysFrom(oldest, newest).find((day) => covered.get(day)?.state !== "final");
  const start = minDay(usual, hole) ?? usual;
  return start < historyStart ? historyStart : start;
}

/** Days whose articles are to be asked for, newest first. */
export function wantedPublishDays(
  newest: Day,
  from: Day,
  covered: Map<Day, Coverage>,
  published: Map<Day, PublishDay>,
  doubtful: ReadonlySet<Day>,
  sparse: boolean,
): Day[] {
  // A count tells by itself; without one the list has to be seen on a morning that is not in doubt.
  const unconfirmed = (day: Day) =>
    doubtful.has(day) && (published.get(day)?.known ?? 0) === 0 && (published.get(day)?.expected ?? null) === null;
  const candidates = new Set(daysFrom(from, newest));
  // A curve that was not read to its end while the program was away is completed, however old it is by now.
  for (const coverage of covered.values()) {
    if (coverage.age !== null && coverage.age < CURVE_DAYS && coverage.day <= newest) candidates.add(coverage.day);
  }
  return [...candidates]
    .filter((day) => unconfirmed(day) || wantsReading(ageOn(day, newest), covered.get(day), published.get(day), sparse))
    .sort()
    .reverse();
}

/** Splits days into runs that one call of at most `limit` days can ask for, oldest first, in the fewest calls. */
export function callsFor(days: Day[], limit: number): { from: Day; to: Day }[] {
  const calls: { from: Day; to: Day }[] = [];
  for (const day of [...days].sort()) {
    const last = calls.at(-1);
    if (last && daysBetween(last.from, day) < limit) last.to = day;
    else calls.push({ from: day, to: day });
  }
  return calls;
}
