import { pipeline } from "node:stream/promises";
import { sql, type Transaction } from "kysely";
import { escapeIdentifier } from "pg";
import { from } from "pg-copy-streams";
import { UserError } from "../errors.ts";
import type { TransferOptions } from "./backup.ts";
import { type BackupHeader, type BackupReader, countRows, openBackup, readToEnd } from "./backupFile.ts";
import { fixTextForms, limitLockWaits, type Session, withSession } from "./backupSession.ts";
import { inPublic, listTables, relationsOf } from "./backupTables.ts";
import { appliedMigrations, knownMigrations, migrateWithin } from "./migrate.ts";
import { prepareTarget } from "./restoreTarget.ts";
import type { Database } from "./tables.ts";

export interface Restored {
  header: BackupHeader;
  /** Tables of the file that are none of ours, which stay out. */
  skipped: string[];
}

/**
 * Fills an empty database from a backup and brings it to this version, in one transaction: whatever goes wrong, the
 * database is as it was. Throws `UserError` when the file is no whole backup or the database is not empty.
 */
export async function restoreBackup(databaseUrl: string, file: string, options: TransferOptions): Promise<Restored> {
  const backup = await openBackup(file);
  try {
    options.onHeader?.(backup.header);
    return await withSession(databaseUrl, options.signal, async (session) => {
      const applied = await appliedMigrations(session.db);
      return await session.db.transaction().execute(async (trx) => {
        await fixTextForms(trx);
        await limitLockWaits(trx);
        await prepareTarget(trx, applied, backup.header);
        const skipped = await load(session, backup, options);
        await backup.finish();
        await endLeases(trx);
        await migrateWithin(trx);
        await continueIdentities(trx);
        await analyze(trx);
        return { header: backup.header, skipped };
      });
    });
  } finally {
    backup.close();
  }
}

/** Reads the whole file. Throws `UserError` unless it is a whole backup that this version can restore. */
export async function checkRestorable(file: string): Promise<void> {
  const backup = await openBackup(file);
  try {
    const { migrations, version } = backup.header;
    const known = knownMigrations();
    if (migrations.some((name, index) => name !== known[index])) {
      throw new UserError(`${file}: was written by a newer govmatrix (${version}): restore it with that version`);
    }
    await readToEnd(backup);
  } finally {
    backup.close();
  }
}

async function load(
  { client, abandon }: Session,
  backup: BackupReader,
  { onRows }: TransferOptions,
): Promise<string[]> {
  const ours = relationsOf(backup.header.migrations);
  const skipped: string[] = [];
  for (const { name, columns, rows } of backup.header.tables) {
    const counted = async function* () {
      for await (const text of backup.rows()) {
        yield text;
        onRows?.(countRows(text));
      }
    };
    if (!ours.has(name)) {
      skipped.push(name);
      for await (const _ of counted());
      continue;
    }
    const list = columns.map(escapeIdentifier).join(", ");
    const copy = client.query(from(`copy public.${escapeIdentifier(name)} (${list}) from stdin`));
    await pipeline(counted, copy).catch(abandon);
    if (copy.rowCount !== rows) throw new Error(`${name}: ${copy.rowCount} of ${rows} rows were stored`);
  }
  return skipped;
}

/** Who held them is not here: a visit that was under way is due again at once. */
async function endLeases(trx: Transaction<Database>): Promise<void> {
  await trx
    .updateTable("visit")
    .set({ lease_id: null, leased_until: null })
    .where("lease_id", "is not", null)
    .execute();
}

/** COPY stores ids as they are and leaves the sequences where they were. */
async function continueIdentities(trx: Transaction<Database>): Promise<void> {
  const { rows } = await sql<{ table: string; column: string; sequence: string }>`
    select * from (
      select c.relname as table, a.attname as column,
        pg_get_serial_sequence(format('public.%I', c.relname), a.attname) as sequence
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    ) columns
    where sequence is not null`.execute(trx);
  const ours = relationsOf(knownMigrations());
  for (const { table, column, sequence } of rows.filter((row) => ours.has(row.table))) {
    await sql`
      select setval(${sequence}, coalesce(max(${sql.id(column)}), 1), max(${sql.id(column)}) is not null)
      from ${inPublic(table)}`.execute(trx);
  }
}

async function analyze(trx: Transaction<Database>): Promise<void> {
  const ours = relationsOf(knownMigrations());
  const tables = (await listTables(trx)).filter(({ name }) => ours.has(name));
  await sql`analyze ${sql.join(tables.map(({ name }) => inPublic(name)))}`.execute(trx);
}
