import { cleanName } from "../alerts/clean.ts";
import { dayOf, daysBetween, minuteOf } from "../calendar.ts";
import type { StatusAccount } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";

export const UNKNOWN = "—";

export function figure(value: number | null): string {
  return value === null ? UNKNOWN : value.toLocaleString("zh-CN");
}

export function minuteOrUnknown(instant: Date | null): string {
  return instant === null ? UNKNOWN : minuteOf(instant);
}

/** The newest of the times, and the oldest where that is another minute; null without any. */
export function asOf(times: readonly (Date | null)[]): string | null {
  const known = times.flatMap((time) => (time ? [time.getTime()] : [])).sort((a, b) => a - b);
  const [oldest, newest] = [known.at(0), known.at(-1)].map((time) =>
    time === undefined ? null : minuteOf(new Date(time)),
  );
  if (!oldest || !newest) return null;
  return oldest === newest ? `截至 ${newest}` : `截至 ${newest}（最早的账号截至 ${oldest}）`;
}

/** With its department; both in one line each, however they were registered. */
export function accountName({ account, name, department, departmentName }: StatusAccount): Html {
  return html`<bdi>${cleanName(name) || account}</bdi> <bdi class="note line">${cleanName(departmentName) || department}</bdi>`;
}

export function lastPublication({ lastPublishedAt }: StatusAccount, now: Date): string {
  if (lastPublishedAt === null) return UNKNOWN;
  // Where only the day is known the instant is its end, 24:00, which as an instant belongs to the next day.
  const day = dayOf(new Date(lastPublishedAt.getTime() - 1));
  const days = daysBetween(day, dayOf(now));
  return `${day}（${days <= 0 ? "今天" : `${days} 天前`}）`;
}
