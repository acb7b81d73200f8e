import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { toError } from "../errors.ts";
import type { Queue } from "../queue.ts";
import type { Database } from "../store/database.ts";
import { writeTick } from "../store/planner.ts";
import { dueVisits, ensureChores, ensureVisits, expireLeases } from "../store/visit.ts";
import { seekLeadership } from "./leadership.ts";

/** More than a province's accounts are never due at once; the rest follows at the next tick. */
const VISITS_PER_TICK = 20_000;

export interface PlannerOptions {
  db: Kysely<Database>;
  databaseUrl: string;
  queue: Queue;
  collectors: readonly string[];
  /** Visits to the installation itself. */
  chores: readonly { name: string; next(now: Date): Date }[];
  intervalSeconds: number;
  now(): Date;
  log: Logger;
}

/**
 * One pass: frees the leases of the dead, and queues what is due. Whatever the queue lost since the last pass is
 * queued again, because nothing is remembered of it here; what it still holds it knows by the job's id.
 */
export async function tick(
  options: Pick<PlannerOptions, "db" | "queue" | "collectors" | "chores" | "log">,
  now: Date,
): Promise<void> {
  const { db, queue, log } = options;
  const expired = await expireLeases(db);
  if (expired > 0) log.warn({ expired }, "leases ran out: their visits are due again");
  await ensureVisits(db, options.collectors, now);
  await ensureChores(db, options.chores, now);
  const due = await dueVisits(db, now, VISITS_PER_TICK);
  if (due.length > 0) await queue.add(due);
  await writeTick(db, now);
  log.debug({ due: due.length }, "tick");
}

/** Ticks until stopped; a failed tick is logged and the next one tries again. */
export function startPlanner(options: PlannerOptions): { stop(): Promise<void> } {
  const { log } = options;
  const leadership = seekLeadership(options.databaseUrl, log);
  const stopped = new AbortController();

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        if (await leadership.held()) await tick(options, options.now());
      } catch (error) {
        log.error({ error: toError(error).message }, "the planner's tick failed");
      }
      await sleep(options.intervalSeconds * 1000, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }
  const done = loop();
  return {
    async stop() {
      stopped.abort();
      await done;
      await leadership.release();
    },
  };
}
