import { type Day, dayAt, parseDay } from "../calendar.ts";
import type { Account } from "../county.ts";
import { type Refusal, refuse } from "../errors.ts";
import { salt, unit } from "../random.ts";
import { isReady } from "../settings.ts";
import type { World } from "../world.ts";
import type { Call } from "./endpoint.ts";

export interface Range {
  begin: Day;
  end: Day;
  /** The newest day with figures. */
  newest: Day;
  /** Equals `newest` while that day is not complete. */
  partial: Day | null;
  /** Yesterday's figures are late, and the platform answers all the same. */
  late: boolean;
}

const partialDraw = salt("partial day");
/** How far into a day its incomplete figures reach. */
const partialUntil = -0.4;

/** The moment up to which a day's figures count. */
export function untilOf(range: Range, day: Day): number {
  return day === range.partial ? day + partialUntil : day;
}

/** Without readiness the newest day is refused, or given late: missing for some accounts, incomplete for the others. */
function newestOf(world: World, account: Account, nowMs: number): Pick<Range, "newest" | "partial" | "late"> {
  const today = dayAt(nowMs);
  const yesterday = today - 1;
  if (isReady(world.settings, nowMs, account.index, today)) return { newest: yesterday, partial: null, late: false };
  const partial = world.settings.notReady === "is_delay" && unit(world.seed, partialDraw, account.index, today) < 0.5;
  return {
    newest: partial ? yesterday : yesterday - 1,
    partial: partial ? yesterday : null,
    late: world.settings.notReady === "is_delay",
  };
}

/** Checks begin_date and end_date as the platform does. */
export function readRange(world: World, call: Call, maxDays: number): Range | Refusal {
  const begin = parseDay(call.body.begin_date);
  const end = parseDay(call.body.end_date);
  if (begin === null || end === null) return refuse(61500);
  const yesterday = dayAt(call.nowMs) - 1;
  if (begin > end || end - begin + 1 > maxDays || end > yesterday) return refuse(61501);
  const newest = newestOf(world, call.account, call.nowMs);
  if (end > newest.newest && !newest.late) return refuse(61503);
  return { begin, end, ...newest };
}
