import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import pg from "pg";
import type { Logger } from "pino";
import type { Config } from "../config.ts";
import {
  AlreadyRunning,
  type EmbeddedPostgres,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from "../embedded/postgres.ts";
import { toError, UserError } from "../errors.ts";
import { openDatabase } from "../store/database.ts";
import { homeDirectory } from "./home.ts";
import { migrateDatabase } from "./migrateDatabase.ts";

const OTHERS_POLL_MS = 100;
const OTHERS_WAIT_MS = 20_000;

interface OpenPostgres {
  url: string;
  stop(): Promise<void>;
}

/**
 * The Postgres that a command works on: DATABASE_URL (of the demo DEMO_DATABASE_URL), else the embedded one, brought up when
 * nobody else holds it.
 */
export async function openPostgres(config: Config, demo: boolean, log: Logger): Promise<OpenPostgres> {
  const url = demo ? config.demoDatabaseUrl : config.databaseUrl;
  if (url) return { url, stop: async () => undefined };
  for (const giveUpAt = performance.now() + OTHERS_WAIT_MS; ; await sleep(OTHERS_POLL_MS)) {
    try {
      return await openEmbedded(homeDirectory(demo), demo, log);
    } catch (error) {
      if (!isGoingAway(error) || performance.now() > giveUpAt) throw error;
    }
  }
}

/** The Postgres of `npm start` or of another command, else one of our own. */
async function openEmbedded(directory: string, demo: boolean, log: Logger): Promise<OpenPostgres> {
  const borrow = async (url: string) => {
    // Held until the command is done: its owner waits for every connection, and ours are not always open.
    const hold = new pg.Client({ connectionString: url });
    hold.on("error", () => {});
    await hold.connect();
    try {
      // Who started it may not have come to this yet.
      await migrateDatabase(url);
    } catch (error) {
      await hold.end();
      throw error;
    }
    return { url, stop: () => hold.end() };
  };
  const running = runningEmbeddedPostgres(directory);
  if (running) return await borrow(running.url);
  if (demo) throw new UserError("the demo does not run: start it with `npm start -- --demo`");
  let postgres: EmbeddedPostgres;
  try {
    postgres = await startEmbeddedPostgres({ directory, log });
  } catch (error) {
    // Somebody else was a moment faster.
    if (error instanceof AlreadyRunning && error.url) return await borrow(error.url);
    throw error;
  }
  try {
    await migrateDatabase(postgres.url);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return {
    url: postgres.url,
    async stop() {
      postgres.withdraw();
      // Who was led here just before gets the time to connect.
      await sleep(OTHERS_POLL_MS);
      await othersDone(postgres.url);
      await postgres.stop();
    },
  };
}

/** Whether the fault is that another command is just taking its Postgres down. */
function isGoingAway(error: unknown): boolean {
  return [error, toError(error).cause].some((fault) => {
    const { code } = (fault ?? {}) as { code?: string };
    return ["57P01", "57P03", "ECONNREFUSED", "ECONNRESET"].includes(code ?? "");
  });
}

/** Commands that came meanwhile work on the Postgres of this one. */
async function othersDone(url: string): Promise<void> {
  const db = openDatabase(url, { max: 1 });
  try {
    for (;;) {
      const { rows } = await sql`
        select from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`.execute(db);
      if (rows.length === 0) return;
      await sleep(OTHERS_POLL_MS);
    }
  } finally {
    await db.destroy();
  }
}
