import { promises as fs, readdirSync } from "node:fs";
import path from "node:path";
import { type Kysely, sql } from "kysely";
import { FileMigrationProvider, Migrator } from "kysely/migration";
import { UserError } from "../errors.ts";
import { type Database, openDatabase } from "./database.ts";

const UNDEFINED_TABLE = "42P01";
const migrationFolder = path.join(import.meta.dirname, "../../migrations");

/**
 * Brings the schema to this version, one process at a time: Kysely holds an advisory lock and runs all new migrations
 * in one transaction. Answers the names of those that ran.
 */
export async function migrateToLatest(databaseUrl: string): Promise<string[]> {
  const db = openDatabase(databaseUrl, { max: 2, queryTimeoutMs: 0 });
  try {
    const migrator = new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder }) });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

/** Throws `UserError` unless the database has exactly the migrations of this version. */
export async function assertSchema(db: Kysely<Database>): Promise<void> {
  const expected = readdirSync(migrationFolder).map((file) => path.parse(file).name);
  const found = await appliedMigrations(db);
  if (expected.some((name) => !found.includes(name))) {
    throw new UserError("the database is not at this version: run `npx govmatrix migrate`");
  }
  if (found.some((name) => !expected.includes(name))) {
    throw new UserError("the database belongs to a newer govmatrix: start that version");
  }
}

async function appliedMigrations(db: Kysely<Database>): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
    return rows.map((row) => row.name);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === UNDEFINED_TABLE) return [];
    throw new UserError(`Postgres cannot be used (${code ?? message}): check DATABASE_URL`);
  }
}
