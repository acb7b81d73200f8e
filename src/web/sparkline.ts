import { addDays, dayOf, daysFrom } from "../calendar.ts";
import type { Day } from "../model.ts";
import type { StatusAccount } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";
import { UNKNOWN } from "./text.ts";

const DAYS = 30;
const STEP = 4;
const BAR = 3;
const HEIGHT = 24;
/** What a day without an article draws; an unknown day draws nothing. */
const GROUND = 1.5;
/** So that one article a day is no wall of full height. */
const LEAST_SCALE = 3;

type Publications = StatusAccount["publications"];

/** The last 30 days for all accounts alike: to yesterday, to the day before as long as nobody knows yesterday. */
export function sparklineDays(accounts: readonly { publications: Publications }[], now: Date): Day[] {
  const yesterday = addDays(dayOf(now), -1);
  const known = accounts.some(({ publications }) => (publications[yesterday] ?? null) !== null);
  const last = known ? yesterday : addDays(yesterday, -1);
  return daysFrom(addDays(last, 1 - DAYS), last);
}

/** One bar a day, in proportion to the account's own best day, and the same in words. */
export function sparkline(publications: Publications, days: readonly Day[]): Html {
  const counts = days.map((day) => publications[day] ?? null);
  const known = counts.filter((count) => count !== null);
  if (known.length === 0) return html`${UNKNOWN}`;
  const most = Math.max(...known);
  const total = known.reduce((sum, count) => sum + count, 0);
  const silent = known.filter((count) => count === 0).length;
  const bars = counts.map((count, index) => (count === null ? "" : bar(index, count / Math.max(most, LEAST_SCALE))));
  const words = `${days.length} 天中 ${known.length} 天有数据，共 ${total} 篇，最多一天 ${most} 篇，${silent} 天没有发文`;
  const gaps = known.length < days.length ? `（${known.length}/${days.length} 天有数据）` : "";
  return html`<svg viewBox="0 0 ${days.length * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${words}"><path fill="currentColor" d="${bars.join("")}"/></svg>${total} 篇${gaps}`;
}

function bar(index: number, share: number): string {
  const height = Number(Math.max(GROUND, share * HEIGHT).toFixed(1));
  return `M${index * STEP} ${HEIGHT}v-${height}h${BAR}v${height}z`;
}
