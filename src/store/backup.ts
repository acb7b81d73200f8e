import { createHash } from "node:crypto";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { sql } from "kysely";
import { escapeIdentifier } from "pg";
import { to } from "pg-copy-streams";
import { UserError } from "../errors.ts";
import { BACKUP_FORMAT, type BackupHeader, countRows, ROWS_END } from "./backupFile.ts";
import { fixTextForms, type Session, withSession } from "./backupSession.ts";
import { inPublic, listTables, type Table } from "./backupTables.ts";
import { appliedMigrations } from "./migrate.ts";
import type { Db } from "./upsert.ts";

/** Of level 6, the default, this saves half the time and costs a tenth of the size. */
const GZIP_LEVEL = 4;

export interface TransferOptions {
  signal: AbortSignal;
  /** Told before the first row. */
  onHeader?: (header: BackupHeader) => void;
  /** Told the rows since the last call. */
  onRows?: (rows: number) => void;
}

/**
 * Writes all tables as they are at one moment, whoever works on them meanwhile. The format: a header as one line of
 * JSON, each table's rows as COPY text with its closing line, and a footer with the SHA-256 of all lines before; gzip.
 */
export async function writeBackup(
  databaseUrl: string,
  output: Writable,
  about: { version: string; now: Date },
  options: TransferOptions,
): Promise<BackupHeader> {
  return await withSession(databaseUrl, options.signal, async (session) => {
    if ((await appliedMigrations(session.db)).length === 0) {
      throw new UserError("the database holds no tables of govmatrix: there is nothing to back up");
    }
    const tables = await listTables(session.db);
    return await session.db
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (trx) => {
        // The first query after it takes the snapshot, so that no migration changes a table between the two.
        await sql`lock table ${sql.join(tables.map(({ name }) => inPublic(name)))} in access share mode`.execute(trx);
        await fixTextForms(trx);
        const header = await describeDatabase(trx, about);
        options.onHeader?.(header);
        const lines = backupLines(session.client, header, options.onRows);
        await pipeline(lines, createGzip({ level: GZIP_LEVEL }), output).catch(session.abandon);
        return header;
      });
  });
}

async function describeDatabase(trx: Db, { version, now }: { version: string; now: Date }): Promise<BackupHeader> {
  const tables: BackupHeader["tables"] = [];
  for (const table of await listTables(trx)) {
    const { rows } = await sql<{ rows: string }>`select count(*) as rows from ${inPublic(table.name)}`.execute(trx);
    tables.push({ ...table, rows: Number(rows[0]?.rows) });
  }
  const migrations = await appliedMigrations(trx);
  return { format: BACKUP_FORMAT, version, createdAt: now.toISOString(), migrations, tables };
}

async function* backupLines(
  client: Session["client"],
  header: BackupHeader,
  onRows: TransferOptions["onRows"],
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  const hashed = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    return bytes;
  };
  yield hashed(Buffer.from(`${JSON.stringify(header)}\n`));
  for (const table of header.tables) {
    const copy = client.query(to(copyStatement(table)));
    for await (const chunk of copy as AsyncIterable<Buffer>) {
      yield hashed(chunk);
      onRows?.(countRows(chunk));
    }
    if (copy.rowCount !== table.rows) throw new Error(`${table.name}: ${copy.rowCount} of ${table.rows} rows came`);
    yield hashed(ROWS_END);
  }
  yield Buffer.from(`${JSON.stringify({ sha256: hash.digest("hex") })}\n`);
}

function copyStatement({ name, columns }: Table): string {
  const list = columns.map(escapeIdentifier).join(", ");
  return `copy (select ${list} from public.${escapeIdentifier(name)}) to stdout`;
}
