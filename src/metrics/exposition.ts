import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { HolidayYear } from "../calendar/holidays.ts";
import type { Database } from "../store/database.ts";
import { type ExpositionData, readExposition } from "../store/exposition.ts";
import { withDeadline } from "./deadline.ts";
import { type Checksum, checksumOf } from "./gzip.ts";
import { families } from "./index.ts";
import { bytesOf, NOTHING, type Rendered, renderFamily } from "./render.ts";

/** Reads that a silent network holds; more would take the pool away from the page and from readiness. */
const MAX_PENDING_READS = 3;

export interface ExpositionOptions {
  db: Kysely<Database>;
  /** Of files; the database may hold more. */
  holidays?: readonly HolidayYear[];
  log: Pick<Logger, "info" | "warn">;
  now: () => Date;
  intervalMs?: number;
  readTimeoutMs?: number;
}

/** The page's bytes, to be sent one after another, and the same as parts of a gzip stream. */
export interface ExposedPage {
  text: readonly Buffer[];
  deflated: readonly Buffer[];
  /** Of all bytes of `text`. */
  checksum: Checksum;
}

export interface Exposition {
  /** The families as of the last successful read; never waits. Empty before the first read. */
  page(): ExposedPage;
  /** Time of the last successful read; stands still while Postgres is away. */
  refreshedAt(): Date | null;
  /** Reads and renders now; a refresh that runs already is joined. Never rejects: a failure is logged and the old text stays. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Re-reads the store at an interval, which also sees what was deleted and what changes by time alone. */
export function startExposition(options: ExpositionOptions): Exposition {
  const { db, log, now, holidays = [], intervalMs = 10_000, readTimeoutMs = 8_000 } = options;
  let current: readonly Rendered[] = families.map(() => NOTHING);
  let page: ExposedPage = { text: [], deflated: [], checksum: { crc: 0, length: 0 } };
  let data: ExpositionData | null = null;
  let failing = false;
  let running: Promise<void> | null = null;
  let pendingReads = 0;

  const readInTime = async () => {
    if (pendingReads >= MAX_PENDING_READS) throw new Error("earlier reads have not been answered yet");
    pendingReads += 1;
    const reading = readExposition(db, now(), { holidays, previous: data }).finally(() => {
      pendingReads -= 1;
    });
    return withDeadline(reading, readTimeoutMs);
  };

  const update = async () => {
    try {
      const read = await readInTime();
      const next: Rendered[] = [];
      for (const [index, family] of families.entries()) {
        next.push(await renderFamily(family, read, current[index] ?? NOTHING));
      }
      const text = next.flatMap((family) => bytesOf(family, "text"));
      const deflated = next.flatMap((family) => bytesOf(family, "deflated"));
      page = { text, deflated, checksum: await checksumOf(text) };
      current = next;
      data = read;
      if (failing) log.info("the exposition follows Postgres again");
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, "the exposition could not read Postgres and stays as it was");
      failing = true;
    }
  };

  const refresh = () => {
    running ??= update().finally(() => {
      running = null;
    });
    return running;
  };

  const timer = setInterval(refresh, intervalMs);
  void refresh();

  return {
    page: () => page,
    refreshedAt: () => data?.readAt ?? null,
    refresh,
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
