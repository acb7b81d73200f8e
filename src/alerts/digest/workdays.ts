import type { WorkCalendar } from "../../calendar/working.ts";
import { addDays, isWeekend } from "../../calendar.ts";
import type { Day } from "../../model.ts";

/** A weekend is two days, and nobody has to look ahead over it. */
const LONG_DAYS = 3;

/** Days off in a row, both ends included, and the day on which work goes on. */
export interface DaysOff {
  from: Day;
  to: Day;
  days: number;
  resumesOn: Day;
}

/** A day that no notice tells of is taken for worked from Monday to Friday: too many digests harm less than none. */
export function isDigestDay(calendar: WorkCalendar, day: Day): boolean {
  return calendar.isWorkingDay(day) ?? !isWeekend(day);
}

/** The long run of days off that begins after `day`; null = none. Days that no notice tells of are none. */
export function longDaysOffAfter(calendar: WorkCalendar, day: Day): DaysOff | null {
  let days = 0;
  while (calendar.isWorkingDay(addDays(day, days + 1)) === false) days += 1;
  if (days < LONG_DAYS) return null;
  return { from: addDays(day, 1), to: addDays(day, days), days, resumesOn: addDays(day, days + 1) };
}
