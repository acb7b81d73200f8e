import { minuteOf } from "../calendar.ts";

export const UNKNOWN = "—";

export function figure(value: number | null): string {
  return value === null ? UNKNOWN : value.toLocaleString("zh-CN");
}

export function minuteOrUnknown(instant: Date | null): string {
  return instant === null ? UNKNOWN : minuteOf(instant);
}

/** The newest of the times, and the oldest where they differ; null without any. */
export function asOf(times: readonly (Date | null)[]): string | null {
  const known = times.flatMap((time) => (time ? [time.getTime()] : [])).sort((a, b) => a - b);
  const [oldest, newest] = [known.at(0), known.at(-1)];
  if (oldest === undefined || newest === undefined) return null;
  const until = `截至 ${minuteOf(new Date(newest))}`;
  return oldest === newest ? until : `${until}（最早的账号截至 ${minuteOf(new Date(oldest))}）`;
}
