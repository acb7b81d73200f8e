import type { Kysely } from "kysely";
import type { Logger } from "pino";
import packageJson from "../package.json" with { type: "json" };
import { type HolidayYear, loadHolidays } from "../src/calendar/holidays.ts";
import { CHORE_NAMES, COLLECTOR_NAMES } from "../src/collectors/index.ts";
import { type Config, loadConfig } from "../src/config.ts";
import { UserError } from "../src/errors.ts";
import { createLog } from "../src/log.ts";
import { createTelemetry, type Telemetry } from "../src/metrics/process.ts";
import { PLATFORM_APIS } from "../src/platforms/index.ts";
import { openQueue, type Queue } from "../src/queue.ts";
import { loadRuleSets, type RuleSets } from "../src/rules/sets.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { assertSchema } from "../src/store/migrate.ts";
import { parseMasterKeys, type Vault } from "../src/vault.ts";

const VERSION = packageJson.version;

/** What the parts of a process share. */
export interface Services {
  config: Config;
  databaseUrl: string;
  db: Kysely<Database>;
  vault: Vault;
  ruleSets: RuleSets;
  holidays: readonly HolidayYear[];
  queue: Queue;
  telemetry: Telemetry;
  now(): Date;
  log: Logger;
  close(): Promise<void>;
}

/** A running part; parts stop in the reverse order of their start. */
export interface Part {
  stop(): Promise<void>;
}

export interface ServiceOptions {
  config: Config;
  databaseUrl: string;
  masterKey: string;
  /** Two databases on one Redis must not share a queue. */
  queueName?: string;
  log: Logger;
}

/** Opens what every part needs. Throws `UserError` when the schema is not at this version. */
export async function openServices(options: ServiceOptions): Promise<Services> {
  const { config, databaseUrl, log } = options;
  const vault = parseMasterKeys(options.masterKey);
  const ruleSets = loadRuleSets(config.rulesDir);
  const holidays = loadHolidays(config.calendarDir);
  const telemetry = createTelemetry({
    version: VERSION,
    collectors: [...COLLECTOR_NAMES, ...CHORE_NAMES],
    apis: PLATFORM_APIS,
  });
  let closing = false;
  const db = openDatabase(databaseUrl, {
    max: Math.min(config.collectorConcurrency, 20) + 4,
    onIdleError: (error) => {
      // Connections that are just being closed may hear first that the embedded Postgres ends.
      if (!closing) log.warn({ error: error.message }, "a connection to Postgres broke");
    },
  });
  try {
    await assertSchema(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const queue = openQueue({ redisUrl: config.redisUrl, databaseUrl, log, name: options.queueName ?? "visits" });
  telemetry.watchQueue("visits", () => queue.counts());
  return {
    config,
    databaseUrl,
    db,
    vault,
    ruleSets,
    holidays,
    queue,
    telemetry,
    now: () => new Date(),
    log,
    async close() {
      closing = true;
      await queue.close();
      await db.destroy();
    },
  };
}

/** Runs one process of its own until SIGINT or SIGTERM, and ends it with the right exit code. */
export async function runProcess(name: string, start: (services: Services) => Promise<Part>): Promise<void> {
  await main(name, async (config, log) => {
    if (!config.databaseUrl)
      throw new UserError("DATABASE_URL is not set: it names the Postgres that all processes share");
    if (!config.masterKey) throw new UserError("MASTER_KEY is not set: expected 32 bytes in base64");
    const { databaseUrl, masterKey } = config;
    const services = await openServices({ config, databaseUrl, masterKey, log });
    const part = await start(services);
    log.info(`${name} runs`);
    return {
      async stop() {
        await part.stop();
        await services.close();
      },
    };
  });
}

const STOP_DEADLINE_MS = 27_000;
/** A terminal's Ctrl-C reaches us twice when npm passes it on as well. */
const REPEAT_MS = 1_000;

/** A process's frame: configuration, signals, an orderly end within 30 s. */
export async function main(
  name: string,
  start: (config: Config, log: Logger) => Promise<Part & { ended?: Promise<void> }>,
): Promise<void> {
  let log = createLog("info", name);
  try {
    const config = loadConfig();
    log = createLog(config.logLevel, name);
    const stopRequested = signalled(config.startedByNpm);
    const starting = start(config, log);
    const failed = await Promise.race([stopRequested.then(() => false), starting.then(ended)]);
    log.info("stopping");
    setTimeout(() => {
      log.error("could not stop in order in time");
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    // Stopped while it still starts: what it has opened by then must be closed in order as well.
    const running = await starting;
    await running.stop();
    log.info("stopped");
    process.exit(failed ? 1 : 0);
  } catch (error) {
    if (error instanceof UserError) process.stderr.write(`govmatrix: ${error.message}\n`);
    else log.fatal({ err: error }, "cannot go on");
    process.exit(1);
  }
}

async function ended(running: { ended?: Promise<void> }): Promise<boolean> {
  await (running.ended ?? new Promise(() => undefined));
  return true;
}

/** Settles at the first signal, or when the npm that runs us is gone. A later signal ends the process at once. */
function signalled(startedByNpm: boolean): Promise<void> {
  return new Promise((resolve) => {
    let first = 0;
    const stop = () => {
      if (first > 0 && performance.now() - first > REPEAT_MS) process.exit(1);
      if (first === 0) first = performance.now();
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    process.on("SIGHUP", stop);
    if (!startedByNpm) return;
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) resolve();
    }, 500).unref();
  });
}
