import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { sql } from "kysely";
import { escapeIdentifier, escapeLiteral } from "pg";
import { to } from "pg-copy-streams";
import { UserError } from "../errors.ts";
import { withSession } from "./backupSession.ts";
import type { Db } from "./upsert.ts";

/** Without it spreadsheets on Chinese Windows take UTF-8 for GB 18030. */
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Spreadsheets run text that starts like this as a formula, and titles come from outside; the apostrophe makes them
 * show it as it is. Figures and dates are not text: a negative number stays one.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const LIKE_FORMULA = "^[=+\\-@\\t\\r\\n＝＋－＠]";

interface Column {
  name: string;
  text: boolean;
}

/** Writes a view as CSV with a header line, sorted by its first three columns; answers the number of rows. */
export async function exportView(
  databaseUrl: string,
  view: string,
  output: Writable,
  signal: AbortSignal,
): Promise<number> {
  return await withSession(databaseUrl, signal, async ({ client, db }) => {
    const columns = await columnsOf(db, view);
    // What the columns say about days is true in this zone.
    await sql`select set_config('timezone', 'Asia/Shanghai', false), set_config('datestyle', 'ISO', false)`.execute(db);
    const copy = client.query(to(copyStatement(view, columns)));
    const text = async function* (): AsyncGenerator<string | Buffer> {
      yield BYTE_ORDER_MARK;
      yield* copy as AsyncIterable<Buffer>;
    };
    await pipeline(text, output);
    return copy.rowCount;
  });
}

async function columnsOf(db: Db, view: string): Promise<Column[]> {
  const views = await listViews(db);
  if (!views.includes(view)) throw new UserError(`no view ${view}: expected one of ${views.join(", ")}`);
  const { rows } = await sql<Column>`
    select a.attname as name, t.typcategory = 'S' as text
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = format('public.%I', ${view}::text)::regclass and a.attnum > 0 and not a.attisdropped
    order by a.attnum`.execute(db);
  return rows;
}

/** The views that reports and dashboards may read. */
async function listViews(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'v' and c.relname like 'v\\_%'
      and has_table_privilege('govmatrix_reader', c.oid, 'select')
    order by c.relname`.execute(db);
  return rows.map(({ name }) => name);
}

function copyStatement(view: string, columns: Column[]): string {
  const list = columns.map(({ name, text }) => {
    const column = escapeIdentifier(name);
    if (!text) return `v.${column}`;
    return `case when v.${column} ~ ${escapeLiteral(LIKE_FORMULA)} then '''' || v.${column} else v.${column} end as ${column}`;
  });
  const order = columns.slice(0, 3).map(({ name }) => `v.${escapeIdentifier(name)}`);
  const select = `select ${list.join(", ")} from public.${escapeIdentifier(view)} v order by ${order.join(", ")}`;
  return `copy (${select}) to stdout with (format csv, header)`;
}
