import { sql, type Transaction } from "kysely";
import { UserError } from "../errors.ts";
import type { BackupHeader } from "./backupFile.ts";
import { limitLockWaits } from "./backupSession.ts";
import { inPublic, listTables, relationsOf, type Table } from "./backupTables.ts";
import { knownMigrations, migrateWithin } from "./migrate.ts";
import type { Database } from "./tables.ts";

const MAX_NAMED_TABLES = 5;
const DEPENDENT_OBJECTS = "2BP01";

/** Gives the database the backup's schema with no row in it. Throws `UserError` unless it is empty. */
export async function prepareTarget(
  trx: Transaction<Database>,
  applied: string[],
  { migrations, tables }: BackupHeader,
): Promise<void> {
  const known = knownMigrations();
  if (applied.some((name) => !known.includes(name))) {
    throw new UserError("the database belongs to a newer govmatrix: restore with that version");
  }
  const ours = relationsOf(applied);
  await assertEmpty(trx, ours);
  if (applied.length > 0 && applied.join() !== migrations.join()) await dropSchema(trx, ours);
  await migrateWithin(trx, migrations.at(-1));
  // The migrator set a limit of its own.
  await limitLockWaits(trx);
  const made = relationsOf(migrations);
  const filled = tables.filter(({ name }) => made.has(name)).map(({ name }) => inPublic(name));
  if (filled.length > 0) await sql`truncate ${sql.join(filled)}`.execute(trx);
}

async function assertEmpty(trx: Transaction<Database>, ours: ReadonlySet<string>): Promise<void> {
  const tables = await listTables(trx);
  if (tables.length === 0) return;
  await sql`lock table ${sql.join(tables.map(({ name }) => inPublic(name)))} in exclusive mode`.execute(trx);
  const found: string[] = [];
  for (const table of tables) {
    const { rows } = await sql<{ rows: string }>`
      select count(*) as rows from ${inPublic(table.name)} where ${isRecord(table, ours.has(table.name))}`.execute(trx);
    const count = Number(rows[0]?.rows);
    if (count > 0) found.push(`${table.name} ${count}`);
  }
  if (found.length === 0) return;
  const more = found.length - MAX_NAMED_TABLES;
  const named = [...found.slice(0, MAX_NAMED_TABLES), ...(more > 0 ? [`${more} more tables`] : [])].join(", ");
  throw new UserError(`the database is not empty (${named}): restore into an empty one`);
}

/** A govmatrix that ran without accounts leaves its own state behind, which is no reason to refuse. */
function isRecord({ columns }: Table, isOurs: boolean) {
  if (isOurs && columns.includes("single")) return sql<boolean>`false`;
  return isOurs && columns.includes("account_id") ? sql<boolean>`account_id is not null` : sql<boolean>`true`;
}

/** Makes room for an older schema where a newer one, empty, stands; what is not of govmatrix stays. */
async function dropSchema(trx: Transaction<Database>, ours: ReadonlySet<string>): Promise<void> {
  const { rows } = await sql<{ name: string; view: boolean }>`
    select c.relname as name, c.relkind = 'v' as view from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
      and c.relname = any(${[...ours]})`.execute(trx);
  for (const [kind, names] of [
    ["view", rows.filter(({ view }) => view)],
    ["table", rows.filter(({ view }) => !view)],
  ] as const) {
    if (names.length === 0) continue;
    const drop = sql`drop ${sql.raw(kind)} ${sql.join(names.map(({ name }) => inPublic(name)))}`;
    await drop.execute(trx).catch((error: Error & { code?: string; detail?: string }) => {
      if (error.code !== DEPENDENT_OBJECTS) throw error;
      throw new UserError(
        `the database holds what is not of govmatrix and needs its tables (${error.detail?.split("\n")[0]}): restore into an empty one`,
      );
    });
  }
}
