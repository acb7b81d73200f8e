/** A calendar day in Asia/Shanghai as the count of days since 1970-01-01. */
export type Day = number;

const dayMs = 86_400_000;
/** China keeps UTC+8 the whole year. */
const offsetMs = 8 * 3_600_000;

export function dayAt(ms: number): Day {
  return Math.floor((ms + offsetMs) / dayMs);
}

export function startOfDayMs(day: Day): number {
  return day * dayMs - offsetMs;
}

export function minuteOfDay(ms: number): number {
  return Math.floor((ms - startOfDayMs(dayAt(ms))) / 60_000);
}

export function dateText(day: Day): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

export function monthText(ms: number): string {
  return dateText(dayAt(ms)).slice(0, 7);
}

/** 0 is Sunday. */
export function weekday(day: Day): number {
  return (day + 4) % 7;
}

/** Null unless the text is an existing day written YYYY-MM-DD. */
export function parseDay(text: unknown): Day | null {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const day = Math.floor(Date.parse(`${text}T00:00:00Z`) / dayMs);
  return Number.isNaN(day) || dateText(day) !== text ? null : day;
}

/** Minutes after midnight; null unless the text is HH:MM. */
export function parseMinute(text: unknown): number | null {
  const match = typeof text === "string" ? /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) : null;
  return match === null ? null : Number(match[1]) * 60 + Number(match[2]);
}

const knownDay = (text: string): Day => Math.floor(Date.parse(`${text}T00:00:00Z`) / dayMs);

/** The article statistics in use today begin here. */
export const articleDataBegin: Day = knownDay("2025-11-01");
export const userDataBegin: Day = knownDay("2014-12-01");
