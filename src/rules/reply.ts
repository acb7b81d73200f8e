import { endOfWorkingDay, type WorkCalendar, workingDaysBetween, workingSeconds } from "../calendar/working.ts";
import type { ReplyRules } from "./sets.ts";

export interface ReplyCase {
  receivedAt: Date;
  firstReplyAt: Date | null;
}

/** How long a case took or has waited so far, and when it becomes late. Null: the calendar does not know a needed day. */
export interface CaseTimes {
  calendarSeconds: number;
  /** Within office hours. */
  workingSeconds: number | null;
  /** After the day of receipt, up to and including the last day. */
  workingDays: number | null;
  /** Ends of working days after the day of receipt, as the next three. */
  warnAt: Date | null;
  amberAt: Date | null;
  redAt: Date | null;
  dueAt: Date | null;
}

/** The times run up to the reply, or up to `now` while there is none. */
export function caseTimes(
  { receivedAt, firstReplyAt }: ReplyCase,
  { officeHours, days }: Pick<ReplyRules, "officeHours" | "days">,
  calendar: WorkCalendar,
  now: Date,
): CaseTimes {
  const end = firstReplyAt ?? now;
  // Our clock may be some seconds behind the platform's.
  const until = end > receivedAt ? end : receivedAt;
  return {
    calendarSeconds: Math.floor((until.getTime() - receivedAt.getTime()) / 1_000),
    workingSeconds: workingSeconds(calendar, officeHours, receivedAt, until),
    workingDays: workingDaysBetween(calendar, receivedAt, until),
    warnAt: endOfWorkingDay(calendar, receivedAt, days.warn),
    amberAt: endOfWorkingDay(calendar, receivedAt, days.amber),
    redAt: endOfWorkingDay(calendar, receivedAt, days.red),
    dueAt: endOfWorkingDay(calendar, receivedAt, days.overdue),
  };
}
