// Working days and hours of 2026 by the most straightforward means: nothing of the program is used. Unix seconds.

const HOUR = 3_600;
const DAY = 24 * HOUR;
const OFFSET = 8 * HOUR;

// The notice about 2026, 国办发明电〔2025〕7号; of other years nothing is needed here.
const OFF = [
  ["2026-01-01", "2026-01-03"],
  ["2026-02-15", "2026-02-23"],
  ["2026-04-04", "2026-04-06"],
  ["2026-05-01", "2026-05-05"],
  ["2026-06-19", "2026-06-21"],
  ["2026-09-25", "2026-09-27"],
  ["2026-10-01", "2026-10-07"],
];
const WORKED = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"];
const OFFICE = [
  [9 * HOUR, 12 * HOUR],
  [14 * HOUR, 18 * HOUR],
];
const LIMITS = { warn: 1, amber: 3, red: 5, due: 10 };

/** Days since 1970-01-01 in Asia/Shanghai. */
export const dayNumber = (seconds: number) => Math.floor((seconds + OFFSET) / DAY);
export const midnight = (day: number) => day * DAY - OFFSET;

function isWorked(day: number): boolean | null {
  const text = new Date(day * DAY * 1000).toISOString().slice(0, 10);
  if (!text.startsWith("2026")) return null;
  if (WORKED.includes(text)) return true;
  if (OFF.some(([from = "", to = ""]) => text >= from && text <= to)) return false;
  // 1970-01-01 was a Thursday.
  return (day + 3) % 7 < 5;
}

/** The end of so many working days after the day of receipt; null = not known. */
export function endAfter(received: number, count: number): number | null {
  let left = count;
  for (let day = dayNumber(received) + 1; ; day++) {
    const worked = isWorked(day);
    if (worked === null) return null;
    if (worked) left -= 1;
    if (left === 0) return midnight(day + 1);
  }
}

export function workedDays(from: number, to: number): number | null {
  let count = 0;
  for (let day = dayNumber(from) + 1; day <= dayNumber(to); day++) {
    const worked = isWorked(day);
    if (worked === null) return null;
    if (worked) count += 1;
  }
  return count;
}

/** Office hours between the two, day by day. */
export function workedSeconds(from: number, to: number): number | null {
  let sum = 0;
  for (let day = dayNumber(from); day <= dayNumber(to); day++) {
    const open = OFFICE.map(([start = 0, end = 0]) =>
      Math.max(0, Math.min(midnight(day) + end, to) - Math.max(midnight(day) + start, from)),
    ).reduce((total, seconds) => total + seconds, 0);
    const worked = isWorked(day);
    if (open > 0 && worked === null) return null;
    if (worked) sum += open;
  }
  return sum;
}

export const deadlines = (received: number) => ({
  warn: endAfter(received, LIMITS.warn),
  amber: endAfter(received, LIMITS.amber),
  red: endAfter(received, LIMITS.red),
  due: endAfter(received, LIMITS.due),
});
