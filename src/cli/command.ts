import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { type HolidayYear, loadHolidays } from "../calendar/holidays.ts";
import { type Config, loadConfig } from "../config.ts";
import { masterKeyFile } from "../embedded/postgres.ts";
import { UserError } from "../errors.ts";
import { createLog } from "../log.ts";
import { loadRuleSets, type RuleSets } from "../rules/sets.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { assertSchema } from "../store/migrate.ts";
import type { Author } from "../store/register.ts";
import { parseMasterKeys, type Vault } from "../vault.ts";
import { homeDirectory, simulatorFile } from "./home.ts";
import { openPostgres } from "./openPostgres.ts";

/** Options of every command. */
export interface GlobalOptions {
  json: boolean;
  demo: boolean;
  debug: boolean;
}

export interface PostgresContext {
  config: Config;
  databaseUrl: string;
  log: Logger;
  options: GlobalOptions;
  now(): Date;
  /** One JSON document with --json, else the lines for a person. */
  print(document: unknown, lines: string[]): void;
}

/** What a command works with. */
export interface CommandContext extends PostgresContext {
  db: Kysely<Database>;
  vault: Vault;
  ruleSets: RuleSets;
  holidays: readonly HolidayYear[];
  author(action: string): Author;
}

/** What was typed does not follow the command's usage; ends with exit code 2. */
export class UsageError extends UserError {}

/** A fault that was reported already: only the exit code is left to say. */
export class ReportedFault extends Error {
  override readonly name = "ReportedFault";
}

export function print(options: GlobalOptions, document: unknown, lines: string[]): void {
  process.stdout.write(
    options.json ? `${JSON.stringify(document, null, 2)}\n` : lines.map((line) => `${line}\n`).join(""),
  );
}

/**
 * Runs a command beside whatever runs already: on DATABASE_URL, else on the embedded Postgres, which is started for the
 * command when `npm start` does not hold it.
 */
export async function withContext<Result>(
  options: GlobalOptions,
  run: (context: CommandContext) => Promise<Result>,
): Promise<Result> {
  return await withPostgres(options, async ({ config: loaded, ...postgres }) => {
    const config = options.demo ? { ...loaded, ...demoPlatform() } : loaded;
    const db = openDatabase(postgres.databaseUrl, { max: Math.min(config.collectorConcurrency, 20) + 2 });
    try {
      await assertSchema(db);
      return await run({
        ...postgres,
        config,
        db,
        vault: openVault(loaded, options.demo),
        ruleSets: loadRuleSets(config.rulesDir),
        holidays: loadHolidays(config.calendarDir),
        author: (action) => ({ actor: userName(), action, at: new Date() }),
      });
    } finally {
      await db.destroy();
    }
  });
}

/** As `withContext`, for commands on the database as a whole: without the master key, and whatever schema it has. */
export async function withPostgres<Result>(
  options: GlobalOptions,
  run: (context: PostgresContext) => Promise<Result>,
): Promise<Result> {
  const config = loadConfig();
  const log = createLog(options.debug ? "debug" : "warn", "govmatrix");
  const postgres = await openPostgres(config, options.demo, log);
  try {
    return await run({
      config,
      databaseUrl: postgres.url,
      log,
      options,
      now: () => new Date(),
      print: (document, lines) => print(options, document, lines),
    });
  } finally {
    await postgres.stop();
  }
}

function demoPlatform() {
  const url = readFileSync(simulatorFile(), "utf8").trim();
  return { wechatApiUrl: url, wechatPageUrl: url, pageIntervalSeconds: 0 };
}

export function openVault(config: Config, demo: boolean): Vault {
  if (config.masterKey && !demo) return parseMasterKeys(config.masterKey);
  const directory = homeDirectory(demo);
  // `npm start` beside a DATABASE_URL keeps its key here too; a new one would read nothing of what is stored.
  if (config.databaseUrl && !demo && !existsSync(join(directory, "master.key"))) {
    throw new UserError("MASTER_KEY is not set: with DATABASE_URL it must be given (32 bytes in base64)");
  }
  return parseMasterKeys(masterKeyFile(directory));
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers run under numbers that no name belongs to.
    return `uid ${process.getuid?.()}`;
  }
}
