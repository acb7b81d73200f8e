import type { Kysely } from "kysely";
import { withDeadline } from "../metrics/deadline.ts";
import type { Database } from "../store/database.ts";
import { readPlannerTick } from "../store/exposition.ts";

const TIMEOUT_MS = 2_000;
const TICKS_MISSED = 3;

export interface ReadinessOptions {
  db: Kysely<Database>;
  /** Rejects when the queue is away. */
  queue?: { ping(): Promise<void> };
  /** The planner's interval; leave it out where the planner's health is not this process's concern. */
  plannerIntervalSeconds?: number;
  now: Date;
}

/** Reasons why the process cannot do its work, within 2 s; they name no address, user or secret. Empty = ready. */
export async function readinessReasons({
  db,
  queue,
  plannerIntervalSeconds,
  now,
}: ReadinessOptions): Promise<string[]> {
  const [planner, pinged] = await Promise.all([
    fault("Postgres", async () => ({ tickedAt: await readPlannerTick(db) })),
    fault("the queue", async () => queue?.ping()),
  ]);
  const reasons = [planner, pinged].filter((result) => typeof result === "string");
  if (typeof planner === "object" && plannerIntervalSeconds !== undefined) {
    const reason = plannerFault(planner.tickedAt, plannerIntervalSeconds, now);
    if (reason !== null) reasons.push(reason);
  }
  return reasons;
}

/** `tickedAt` in Unix seconds; null = the planner never ran. */
export function plannerFault(tickedAt: number | null, intervalSeconds: number, now: Date): string | null {
  if (tickedAt === null) return "the planner has not run yet";
  const age = Math.floor(now.getTime() / 1_000 - tickedAt);
  const limit = TICKS_MISSED * intervalSeconds;
  return age < limit ? null : `the planner's last tick is ${age} s old, expected less than ${limit} s`;
}

async function fault<Value>(name: string, check: () => Promise<Value>): Promise<Value | string> {
  try {
    return await withDeadline(check(), TIMEOUT_MS);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === undefined ? `${name} does not answer` : `${name} does not answer (${code})`;
  }
}
