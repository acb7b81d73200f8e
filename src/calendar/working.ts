import { createHash } from "node:crypto";
import { addDays, dayOf, endOf, isWeekend, minDay, startOf } from "../calendar.ts";
import type { Day } from "../model.ts";
import { type HolidayYear, namedDays } from "./holidays.ts";

/** Wall-clock times `HH:MM` of Asia/Shanghai, ascending, apart from each other; the last may end at 24:00. */
export type OfficeHours = readonly { from: string; to: string }[];

export interface WorkCalendar {
  /** Null in a year that is not known, unless a neighbour's notice names the day: never a silent Monday to Friday. */
  isWorkingDay(day: Day): boolean | null;
  /**
   * The last day of the unbroken run of known days that holds `today`, or of the newest run before it when `today` is
   * not known itself; null = no day up to `today` is known.
   */
  coveredUntil(today: Day): Day | null;
  /** Differs when the data differ. */
  id: string;
}

/** Where two notices speak of one day, the later year's holds. */
export function createWorkCalendar(years: readonly HolidayYear[]): WorkCalendar {
  const ascending = [...years].sort((left, right) => left.year - right.year);
  const known = new Set(ascending.map(({ year }) => String(year)));
  const named = new Map(ascending.flatMap((year) => [...namedDays(year)]));
  const facts = [[...known], [...named].sort(([left], [right]) => (left < right ? -1 : 1))];
  const isWorkingDay = (day: Day) => named.get(day) ?? (known.has(day.slice(0, 4)) ? !isWeekend(day) : null);
  const firstKnown = minDay(...named.keys(), ...ascending.slice(0, 1).map(({ year }) => `${year}-01-01`));
  return {
    isWorkingDay,
    coveredUntil(today) {
      let last = today;
      while (isWorkingDay(last) === null) {
        if (firstKnown === null || last < firstKnown) return null;
        last = addDays(last, -1);
      }
      while (isWorkingDay(addDays(last, 1)) !== null) last = addDays(last, 1);
      return last;
    },
    id: createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 16),
  };
}

/**
 * 24:00 of the Nth working day after the day of receipt, which does not count itself.
 * Null when the calendar does not know a day up to there.
 */
export function endOfWorkingDay(calendar: WorkCalendar, receivedAt: Date, days: number): Date | null {
  let day = dayOf(receivedAt);
  for (let left = days; left > 0; ) {
    day = addDays(day, 1);
    const working = calendar.isWorkingDay(day);
    if (working === null) return null;
    if (working) left -= 1;
  }
  return endOf(day);
}

/** Working days after the day of `from`, up to and including the day of `to`. Null when one of these days is unknown. */
export function workingDaysBetween(calendar: WorkCalendar, from: Date, to: Date): number | null {
  const last = dayOf(to);
  let count = 0;
  for (let day = addDays(dayOf(from), 1); day <= last; day = addDays(day, 1)) {
    const working = calendar.isWorkingDay(day);
    if (working === null) return null;
    if (working) count += 1;
  }
  return count;
}

const offsetMs = (time: string) => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * 60_000;

/**
 * Seconds of office hours between the two instants. Null when a day is unknown whose office hours, were it worked, would
 * lie between them.
 */
export function workingSeconds(calendar: WorkCalendar, hours: OfficeHours, from: Date, to: Date): number | null {
  const windows = hours.map((window) => ({ start: offsetMs(window.from), end: offsetMs(window.to) }));
  const last = dayOf(to);
  let totalMs = 0;
  for (let day = dayOf(from); day <= last; day = addDays(day, 1)) {
    const midnight = startOf(day).getTime();
    const openMs = windows.reduce((sum, { start, end }) => {
      const overlap = Math.min(midnight + end, to.getTime()) - Math.max(midnight + start, from.getTime());
      return sum + Math.max(0, overlap);
    }, 0);
    if (openMs === 0) continue;
    const working = calendar.isWorkingDay(day);
    if (working === null) return null;
    if (working) totalMs += openMs;
  }
  return Math.round(totalMs / 1000);
}
