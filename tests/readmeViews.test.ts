import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "pg";
import { migrated } from "./support/migrated.ts";
import { codes, READMES, table } from "./support/readme.ts";

test("the views have the columns that a migrated database has", async (t) => {
  const { url } = await migrated.create(t);
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client
    .query<{ name: string; columns: string[] }>(
      `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
      where c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
      group by c.oid
      order by c.oid`,
    )
    .finally(() => client.end());
  assert.ok(rows.length > 0);
  const expected = rows.map(({ name, columns }) => [name, columns]);
  for (const readme of READMES) {
    const named = table(readme, "views").map(([name, columns]) => [codes(name)[0], codes(columns)]);
    assert.deepEqual(named, expected, readme.file);
  }
});
