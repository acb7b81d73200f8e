import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { HolidayYear } from "../calendar/holidays.ts";
import type { WorkCalendar } from "../calendar/working.ts";
import type { PlatformError } from "../errors.ts";
import type { Account, Coverage } from "../model.ts";
import type { PagePorts, Platform, Session } from "../platforms/platform.ts";
import type { RuleSets } from "../rules/sets.ts";
import type { Database } from "../store/database.ts";
import type { Db } from "../store/upsert.ts";
import type { Vault } from "../vault.ts";
import type { ReserveOptions } from "./ledger.ts";
import type { VisitHistory, VisitOutcome } from "./schedule.ts";

/** What every visit of this process shares. */
export interface CollectorContext {
  db: Kysely<Database>;
  vault: Vault;
  platforms: Record<string, Platform>;
  ruleSets: RuleSets;
  /** Of files; the database may hold more. */
  holidays: readonly HolidayYear[];
  /** `HH:MM`, Asia/Shanghai. */
  statisticsReadyAt: string;
  /** Between two article pages, over all processes. */
  pageIntervalSeconds: number;
  now(): Date;
  log: Logger;
  observeVisit(visit: { collector: string; code: string | null; seconds: number }): void;
  /** Counts calls whose answers moved the coverage: the fewest that the visit could have made. */
  requestNeeded(platform: string, api: string, count: number): void;
}

/** What one visit lends to its collector. */
export interface Visit {
  account: Account;
  platform: Platform;
  session: Session;
  db: Kysely<Database>;
  /** The visit's one moment: all its judgements of days and ages rest on it. */
  now: Date;
  statisticsReadyAt: string;
  pageIntervalSeconds: number;
  /** What reading a page needs of the visit. */
  pagePorts: PagePorts;
  log: Logger;
  ruleSets: RuleSets;
  /** Working days as they are known now; `db` is the transaction inside of one, which must not wait for a second connection. */
  calendar(db: Db): Promise<WorkCalendar>;
  /** The installation's key for hashes of persons and texts. */
  hashKey(): Promise<Buffer>;
  /** Ask again for what was refused for want of permission, however recently. */
  recheck: boolean;
  /** Runs the writes of one answer and its coverage in one transaction that holds the lease. */
  save(write: (trx: Db) => Promise<void>): Promise<void>;
  saveCoverage(trx: Db, rows: Coverage[]): Promise<void>;
  /**
   * Takes up to `calls` of each API out of the day's budget before they are made; answers how many of each (at least 1).
   * Throws `PlatformError` when there are none. `keepHalf` leaves half of the day's limit to the visits that follow.
   */
  reserve(apis: readonly string[], calls: number, options?: ReserveOptions): Promise<number>;
  /** Books one call of each API as made. */
  made(apis: readonly string[]): void;
  /** Counts one call of each API whose answer was wanted and good. */
  needed(apis: readonly string[]): void;
}

export interface Collector {
  name: string;
  /** Asks what is wanted and not covered yet. Throws only what ends the whole visit; other faults are in the outcome. */
  visit(visit: Visit): Promise<VisitOutcome>;
  /** Rows that say why nothing could be had, for a visit that threw. */
  failureCoverage(visit: Visit, error: PlatformError): Coverage[];
  /** The collector's last writes, in the visit's closing transaction. */
  settle(visit: Visit, trx: Db): Promise<void>;
  /** Null leaves the stored visit as it was before, its time and its last outcome, however this one ends. */
  nextVisit: ((visit: Visit, outcome: VisitOutcome, history: VisitHistory) => Date) | null;
}
