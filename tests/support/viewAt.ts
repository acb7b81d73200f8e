import { type Kysely, sql } from "kysely";
import type { Database } from "../../src/store/database.ts";

/** What a view would show at that moment: its own definition, with its clock stopped there. */
export async function viewAt(db: Kysely<Database>, view: string, now: Date): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<{ text: string }>`select pg_get_viewdef(${view}::regclass) as text`.execute(db);
  const definition = (rows[0]?.text ?? "").replace(/;\s*$/, "");
  const moment = `'${now.toISOString()}'::timestamptz`;
  const stopped = definition.replace(/\bnow\(\)|\bCURRENT_TIMESTAMP\b/g, moment);
  return (await sql<Record<string, unknown>>`select * from (${sql.raw(stopped)}) as stopped`.execute(db)).rows;
}
