import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { Client } from "pg";
import { UserError } from "../../src/errors.ts";
import { writeBackup } from "../../src/store/backup.ts";
import { relationsOf } from "../../src/store/backupTables.ts";
import { openDatabase } from "../../src/store/database.ts";
import { knownMigrations, migrateWithin } from "../../src/store/migrate.ts";
import { restoreBackup } from "../../src/store/restore.ts";
import { query, temporaryDirectory } from "../support/backups.ts";
import { createDatabase } from "../support/database.ts";
import { migrated } from "../support/migrated.ts";
import { eventually } from "../support/process.ts";

const RELATIONS = `select relname::text as name from pg_class
  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm') order by 1`;
const options = () => ({ signal: new AbortController().signal });

async function backUp(t: TestContext, url: string) {
  const file = join(temporaryDirectory(t), "county");
  const header = await writeBackup(url, createWriteStream(file), { version: "0", now: new Date() }, options());
  return { file, header };
}

/** An empty database as an older version left it. */
async function olderDatabase(t: TestContext): Promise<string> {
  const { url } = await createDatabase(t);
  const db = openDatabase(url, { max: 1 });
  await db.transaction().execute((trx) => migrateWithin(trx, "0004_views"));
  await db.destroy();
  return url;
}

test("of each version it is known which tables and views are ours", async (t) => {
  const { url } = await createDatabase(t);
  const db = openDatabase(url, { max: 1 });
  const known = knownMigrations();
  for (const [index, name] of known.entries()) {
    await db.transaction().execute((trx) => migrateWithin(trx, name));
    const found = (await query(url, RELATIONS)).map((row) => row.name);
    assert.deepEqual([...relationsOf(known.slice(0, index + 1))].sort(), found, name);
  }
  await db.destroy();
  assert.equal(relationsOf([]).size, 0);
});

test("a table that is rewritten while the backup waits for it is in the backup with all its rows", async (t) => {
  const { url } = await migrated.create(t);
  await query(url, "insert into audit (at, actor, action, subject) values (now(), 'a', 'b', 'c')");
  const holder = new Client({ connectionString: url });
  await holder.connect();
  await holder.query("begin; alter table audit alter column action type varchar(77)");
  const backup = backUp(t, url);
  const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await eventually("the backup waits", async () => (await query(url, waiting)).length > 0);
  await holder.query("commit");
  await holder.end();
  const { header } = await backup;
  assert.equal(header.tables.find(({ name }) => name === "audit")?.rows, 1);
});

test("a restore over an older schema leaves alone what is not of govmatrix", async (t) => {
  const { file } = await backUp(t, (await migrated.create(t)).url);
  const url = await olderDatabase(t);
  await query(
    url,
    "create table aside (id integer generated always as identity, account_id integer)",
    "create view beside as select 1 as id",
    "select nextval('aside_id_seq') from generate_series(1, 9)",
  );
  await restoreBackup(url, file, options());
  const found = (await query(url, RELATIONS)).map((row) => row.name as string);
  assert.deepEqual(found, [...relationsOf(knownMigrations()), "aside", "beside"].sort());
  assert.deepEqual(await query(url, "select nextval('aside_id_seq')::integer as next"), [{ next: 10 }]);
});

test("a restore refuses, and drops nothing, where others keep rows, use our tables or have their names", async (t) => {
  const { file } = await backUp(t, (await migrated.create(t)).url);
  const cases: [string, RegExp][] = [
    ["create table aside as select null::integer as account_id", /^the database is not empty \(aside 1\)/],
    ["create table aside as select true as single", /^the database is not empty \(aside 1\)/],
    ["create view beside as select code from account", /not of govmatrix and needs its tables \(view beside depends/],
    ["create table profile as select 1 as account_id", /^the database is not empty \(profile 1\)/],
    ["create table profile (id integer)", /^relation "profile" already exists/],
  ];
  const url = await olderDatabase(t);
  const db = openDatabase(url, { max: 1 });
  for (const [statement, sentence] of cases) {
    await sql.raw(statement).execute(db);
    const before = await query(url, RELATIONS);
    await assert.rejects(restoreBackup(url, file, options()), (error: Error) => {
      assert.match(error.message, sentence, statement);
      return error instanceof UserError || error.message.startsWith("relation");
    });
    assert.deepEqual(await query(url, RELATIONS), before, statement);
    const [, kind = "", name = ""] = /^create (\w+) (\w+)/.exec(statement) ?? [];
    await sql.raw(`drop ${kind} ${name}`).execute(db);
  }
  await db.destroy();
});
