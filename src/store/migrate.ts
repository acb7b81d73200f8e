import { promises as fs, readdirSync } from "node:fs";
import path from "node:path";
import { type Kysely, sql, type Transaction } from "kysely";
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
    const { error, results } = await migratorOf(db).migrateToLatest();
    if (error) throw error;
    return (results ?? []).filter((result) => result.status === "Success").map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

/** Brings the schema to this version, or up to the named migration, as part of the transaction. */
export async function migrateWithin(trx: Transaction<Database>, name?: string): Promise<void> {
  const migrator = migratorOf(trx);
  const { error } = await (name === undefined ? migrator.migrateToLatest() : migrator.migrateTo(name));
  if (error) throw error;
}

function migratorOf(db: Kysely<Database>): Migrator {
  return new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder }) });
}

/** The migrations of this version, oldest first. */
export function knownMigrations(): string[] {
  return readdirSync(migrationFolder)
    .map((file) => path.parse(file).name)
    .sort();
}

/** Throws `UserError` unless the database has exactly the migrations of this version. */
export async function assertSchema(db: Kysely<Database>): Promise<void> {
  const expected = knownMigrations();
  const found = await appliedMigrations(db);
  if (expected.some((name) => !found.includes(name))) {
    throw new UserError("the database is not at this version: run `npx govmatrix migrate`");
  }
  if (found.some((name) => !expected.includes(name))) {
    throw new UserError("the database belongs to a newer govmatrix: start that version");
  }
}

/** The database's migrations, oldest first; none when it holds no schema of ours. */
export async function appliedMigrations(db: Kysely<Database>): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
    return rows.map((row) => row.name);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === UNDEFINED_TABLE) return [];
    throw new UserError(`Postgres cannot be used (${code ?? message}): check DATABASE_URL`);
  }
}
