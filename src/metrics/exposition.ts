import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import { type ExpositionData, readExposition } from "../store/exposition.ts";
import { withDeadline } from "./deadline.ts";
import { families } from "./index.ts";
import { bytesOf, NOTHING, type Rendered, renderFamily } from "./render.ts";

/** Reads that a silent network holds; more would take the pool away from the page and from readiness. */
const MAX_PENDING_READS = 3;

export interface ExpositionOptions {
  db: Kysely<Database>;
  log: Pick<Logger, "info" | "warn">;
  now: () => Date;
  intervalMs?: number;
  readTimeoutMs?: number;
}

export interface Exposition {
  /** The families as of the last successful read, to be sent one after another; never waits. Empty before the first read. */
  body(gzip: boolean): readonly Buffer[];
  /** Time of the last successful read; stands still while Postgres is away. */
  refreshedAt(): Date | null;
  /** Reads and renders now; a refresh that runs already is joined. Never rejects: a failure is logged and the old text stays. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Re-reads the store at an interval, which also sees what was deleted and what changes by time alone. */
export function startExposition(options: ExpositionOptions): Exposition {
  const { db, log, now, intervalMs = 10_000, readTimeoutMs = 8_000 } = options;
  let current: readonly Rendered[] = families.map(() => NOTHING);
  let data: ExpositionData | null = null;
  let failing = false;
  let running: Promise<void> | null = null;
  let pendingReads = 0;

  const readInTime = async () => {
    if (pendingReads >= MAX_PENDING_READS) throw new Error("earlier reads have not been answered yet");
    pendingReads += 1;
    const reading = readExposition(db, now(), data).finally(() => {
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
    body: (gzip) => current.flatMap((family) => bytesOf(family, gzip ? "gzipped" : "text")),
    refreshedAt: () => data?.readAt ?? null,
    refresh,
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
