import { type Kysely, sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";

export type Db = Kysely<Database> | Transaction<Database>;

type ColumnType = "integer" | "bigint" | "text" | "date" | "boolean" | "real" | "timestamptz";

export interface UpsertShape {
  table: keyof Database;
  key: Record<string, ColumnType>;
  /** Compared and updated. */
  columns: Record<string, ColumnType>;
  /** Written when the row is new and never again. */
  insertOnly?: Record<string, ColumnType>;
  /** What a later answer leaves out (null) stays as it was known. */
  keepKnown: boolean;
}

/**
 * Writes the rows that are new or differ, in one statement; answers how many those were. Unchanged rows are filtered
 * before the insert, so that an identical pass takes no row lock and writes no WAL: `ON CONFLICT … WHERE` alone does both.
 * A key that occurs more than once keeps its last row, because one statement cannot touch a row twice.
 */
export async function upsertChanged(db: Db, shape: UpsertShape, rows: Record<string, unknown>[]): Promise<number> {
  if (rows.length === 0) return 0;
  const keys = Object.keys(shape.key);
  const columns = Object.keys(shape.columns);
  const types = { ...shape.key, ...shape.columns, ...shape.insertOnly };
  const names = Object.keys(types);
  const unique = [...new Map(rows.map((row) => [keys.map((key) => row[key]).join("\u0000"), row])).values()];

  const list = (items: string[], render: (name: string) => ReturnType<typeof sql>) => sql.join(items.map(render));
  const arrays = list(names, (name) => sql`${unique.map((row) => row[name] ?? null)}::${sql.raw(types[name] ?? "")}[]`);
  const known = (name: string, fresh: string) =>
    shape.keepKnown
      ? sql`coalesce(${sql.ref(`${fresh}.${name}`)}, ${sql.ref(`t.${name}`)})`
      : sql.ref(`${fresh}.${name}`);

  const result = await sql`
    insert into ${sql.table(shape.table)} as t (${list(names, (name) => sql`${sql.ref(name)}`)})
    select ${list(names, (name) => sql`${sql.ref(`r.${name}`)}`)}
    from unnest(${arrays}) as r (${list(names, (name) => sql`${sql.ref(name)}`)})
    where not exists (
      select 1 from ${sql.table(shape.table)} as t
      where (${list(keys, (name) => sql`${sql.ref(`t.${name}`)}`)}) = (${list(keys, (name) => sql`${sql.ref(`r.${name}`)}`)})
        and row(${list(columns, (name) => sql`${sql.ref(`t.${name}`)}`)})
          is not distinct from row(${list(columns, (name) => sql`${known(name, "r")}`)})
    )
    order by ${list(keys, (name) => sql`${sql.ref(`r.${name}`)}`)}
    on conflict (${list(keys, (name) => sql`${sql.ref(name)}`)})
    do update set ${list(columns, (name) => sql`${sql.ref(name)} = ${known(name, "excluded")}`)}`.execute(db);
  return Number(result.numAffectedRows ?? 0);
}
