import type { Day } from "./model.ts";

const DAY_MS = 86_400_000;
/** Asia/Shanghai keeps UTC+8 the whole year; China has had no summer time since 1991. */
const OFFSET_MS = 8 * 3_600_000;

export function dayOf(instant: Date): Day {
  return new Date(instant.getTime() + OFFSET_MS).toISOString().slice(0, 10);
}

/** 00:00 Asia/Shanghai of the day. */
export function startOf(day: Day): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) - OFFSET_MS);
}

/** 24:00 Asia/Shanghai of the day. */
export function endOf(day: Day): Date {
  return new Date(startOf(day).getTime() + DAY_MS);
}

/** The instant of a wall-clock time `HH:MM` in Asia/Shanghai. */
export function timeOn(day: Day, time: string): Date {
  return new Date(Date.parse(`${day}T${time}:00Z`) - OFFSET_MS);
}

export function addDays(day: Day, count: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** Days from `from` to `to`; negative when `to` lies before. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS);
}

/** Both ends included; empty when `to` lies before `from`. */
export function daysFrom(from: Day, to: Day): Day[] {
  return Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, index) => addDays(from, index));
}

/** True for an existing calendar day written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && addDays(text, 0) === text
  );
}

export function isWeekend(day: Day): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
}

export function maxDay(...days: (Day | null | undefined)[]): Day | null {
  return days.reduce<Day | null>((newest, day) => (day && (newest === null || day > newest) ? day : newest), null);
}

export function minDay(...days: (Day | null | undefined)[]): Day | null {
  return days.reduce<Day | null>((oldest, day) => (day && (oldest === null || day < oldest) ? day : oldest), null);
}

/** `YYYY-MM-DD HH:MM` in Asia/Shanghai; the end of a day is its own 24:00, not the next day's 00:00. */
export function minuteOf(instant: Date): string {
  const day = dayOf(instant);
  const passedMs = instant.getTime() - startOf(day).getTime();
  return passedMs === 0 ? `${addDays(day, -1)} 24:00` : `${day} ${new Date(passedMs).toISOString().slice(11, 16)}`;
}

/**
 * The newest day whose figures may be asked for: yesterday from `readyAt` on (`HH:MM`, Asia/Shanghai),
 * the day before it until then.
 */
export function newestAskableDay(now: Date, readyAt: string): Day {
  const today = dayOf(now);
  return addDays(today, now >= timeOn(today, readyAt) ? -1 : -2);
}
