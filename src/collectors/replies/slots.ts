import { addDays, dayOf, daysBetween, timeOn } from "../../calendar.ts";
import type { Day } from "../../model.ts";
import { share } from "../schedule.ts";

const MINUTE_MS = 60_000;
/** Of an hour: a slot of 22 o'clock that is taken some minutes late lies before 23:00 still. */
const SPREAD_MS = 50 * MINUTE_MS;

/** How often something is looked at. */
export type Pace = "hourly" | "threeHourly" | "daily" | "weekly";

const FIRST_HOUR = 7;
const LAST_HOUR = 22;
/** After the morning's statistics, which tell where comments came in. */
const DAILY_HOUR = 10;
const HOURS: Record<Pace, readonly number[]> = {
  hourly: Array.from({ length: LAST_HOUR - FIRST_HOUR + 1 }, (_, index) => FIRST_HOUR + index),
  threeHourly: [7, 10, 13, 16, 19, 22],
  daily: [DAILY_HOUR],
  weekly: [DAILY_HOUR],
};

/** The account's slot in an hour of the day: each account has its own minute, so that they do not all ask at once. */
function slotAt(account: string, day: Day, hour: number): Date {
  const time = `${String(hour).padStart(2, "0")}:00`;
  return new Date(timeOn(day, time).getTime() + Math.floor(share(account) * SPREAD_MS));
}

/** The slots of one day, oldest first. A weekly one falls on each seventh day from `anchor`. */
function slotsOn(account: string, pace: Pace, day: Day, anchor: Day): Date[] {
  if (pace === "weekly" && daysBetween(anchor, day) % 7 !== 0) return [];
  return HOURS[pace].map((hour) => slotAt(account, day, hour));
}

/** The newest slot at or before `now`. */
export function lastSlot(account: string, pace: Pace, now: Date, anchor: Day): Date {
  for (let day = dayOf(now); ; day = addDays(day, -1)) {
    const slot = slotsOn(account, pace, day, anchor).findLast((time) => time <= now);
    if (slot) return slot;
  }
}

/** The first slot after `now`. */
export function nextSlot(account: string, pace: Pace, now: Date, anchor: Day): Date {
  for (let day = dayOf(now); ; day = addDays(day, 1)) {
    const slot = slotsOn(account, pace, day, anchor).find((time) => time > now);
    if (slot) return slot;
  }
}

/** The time itself when it lies within the hours of asking, 07:00 to 23:00; else the account's first slot after it. */
export function withinHours(account: string, time: Date): Date {
  const day = dayOf(time);
  const asked = time >= timeOn(day, "07:00") && time < timeOn(day, "23:00");
  return asked ? time : nextSlot(account, "hourly", time, day);
}
