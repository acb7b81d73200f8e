import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { WorkCalendar } from "../calendar/working.ts";
import type { RuleSets } from "../rules/sets.ts";
import type { Database } from "../store/database.ts";
import { readWorkCalendar } from "../store/holidays.ts";
import type { Db } from "../store/upsert.ts";
import { finishVisit } from "../store/visit.ts";
import type { CollectorContext } from "./collector.ts";
import { underLease, type VisitOptions, type VisitReport, writeUnderLease } from "./lease.ts";

/** What one visit lends to its chore. */
export interface ChoreVisit {
  db: Kysely<Database>;
  now: Date;
  log: Logger;
  ruleSets: RuleSets;
  /** Working days as they are known now. */
  calendar(): Promise<WorkCalendar>;
  /** Runs the writes in one transaction that holds the lease; throws when the visit is to stop. */
  save<Result>(write: (trx: Db) => Promise<Result>): Promise<Result>;
}

/** Work on the installation itself, planned, leased and counted as the visits to accounts are. */
export interface Chore {
  name: string;
  /** A fault that it throws brings it back after a backoff. */
  run(visit: ChoreVisit): Promise<void>;
  /** The first time after `now` at which it is due. */
  next(now: Date): Date;
}

/** Throws only when the database is away. */
export async function visitInstallation(
  context: CollectorContext,
  chore: Chore,
  options: VisitOptions,
): Promise<VisitReport> {
  const { db } = context;
  const of = { accountId: null, collector: chore.name, leavesTrace: true };
  return await underLease(context, of, options, async (lease, signal) => {
    const save: ChoreVisit["save"] = async (write) => {
      signal.throwIfAborted();
      return await writeUnderLease(db, lease, write);
    };
    await chore.run({
      db,
      now: context.now(),
      log: context.log.child({ collector: chore.name }),
      ruleSets: context.ruleSets,
      calendar: () => readWorkCalendar(db, context.holidays),
      save,
    });
    const finishedAt = context.now();
    await save((trx) =>
      finishVisit(trx, lease, { nextDueAt: chore.next(finishedAt), finishedAt, delays: 0, failures: 0, error: null }),
    );
    return { outcome: "succeeded", error: null, delayed: false, unavailable: [] };
  });
}
