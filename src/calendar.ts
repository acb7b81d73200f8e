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

export function maxDay(...days: (Day | null | undefined)[]): Day | null {
  return days.reduce<Day | null>((newest, day) => (day && (newest === null || day > newest) ? day : newest), null);
}

export function minDay(...days: (Day | null | undefined)[]): Day | null {
  return days.reduce<Day | null>((oldest, day) => (day && (oldest === null || day < oldest) ? day : oldest), null);
}

/**
 * The newest day whose figures may be asked for: yesterday from `readyAt` on (`HH:MM`, Asia/Shanghai),
 * the day before it until then.
 */
export function newestAskableDay(now: Date, readyAt: string): Day {
  const today = dayOf(now);
  return addDays(today, now >= timeOn(today, readyAt) ? -1 : -2);
}
