import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/embedded/postgres.ts";
import { assertSentence, command, documentOf, startCommand } from "../support/cli.ts";
import { createDatabase } from "../support/database.ts";
import { migrated } from "../support/migrated.ts";

interface Migration {
  migrated: string[];
}

const VIEWS = [
  ...[
    "v_account",
    "v_account_day",
    "v_alert_event",
    "v_api_quota",
    "v_article",
    "v_article_day",
    "v_coverage",
    "v_department_day",
  ],
  ...["v_account_risk", "v_county_day", "v_overview", "v_publishing_day"],
  ...["v_reply_case", "v_reply_channel", "v_reply_figures"],
  ...["v_account_collector", "v_article_curve", "v_article_reach", "v_publishing_calendar"],
  ...["v_reply_day", "v_reply_few", "v_reply_function", "v_reply_summary", "v_reply_waiting"],
  ...["v_holiday", "v_alert_episode", "v_alert_watchdog", "v_department_week", "v_reader_trend"],
  ...["v_department_reply_week", "v_storage"],
];

async function connect(t: TestContext, url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // The database may be dropped before this connection is closed.
  client.on("error", () => {});
  await client.connect();
  t.after(() => client.end());
  return client;
}

async function tablesOf(client: Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ table_name: string }>(
    "select table_name from information_schema.tables where table_schema = $1 order by 1",
    [schema],
  );
  return rows.map((row) => row.table_name);
}

test("four migrations side by side on an empty database leave one complete schema, and a fifth finds nothing to do", async (t) => {
  const { url } = await createDatabase(t);
  const env = { DATABASE_URL: url };
  const ended = await Promise.all(Array.from({ length: 4 }, () => command(t, ["migrate", "--json"], { env })));
  for (const done of ended) assert.equal(done.code, 0, done.stderr);
  const ran = ended.flatMap((done) => documentOf<Migration>(done).migrated);
  assert.equal(new Set(ran).size, ran.length, "each migration ran once");
  assert.deepEqual(documentOf<Migration>(await command(t, ["migrate", "--json"], { env })), { migrated: [] });

  const reference = await connect(t, (await migrated.create(t)).url);
  const client = await connect(t, url);
  for (const schema of ["public", "bullmq"]) {
    const tables = await tablesOf(client, schema);
    assert.ok(tables.length > 5, schema);
    assert.deepEqual(tables, await tablesOf(reference, schema), schema);
  }
});

test("a migration that is killed leaves a database that the next one completes", async (t) => {
  const { url } = await createDatabase(t);
  const env = { DATABASE_URL: url };
  const client = await connect(t, url);
  const hasTables = async () =>
    (await tablesOf(client, "public")).length + (await tablesOf(client, "bullmq")).length > 0;
  for (const delayMs of [0, 15, 40]) {
    const running = startCommand(t, ["migrate"], { env });
    // Our own lock table is the first thing that a migration makes.
    while (!(await hasTables()) && running.child.exitCode === null) await sleep(2);
    await sleep(delayMs);
    await running.kill("SIGKILL");
  }
  const done = await command(t, ["migrate", "--json"], { env });
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(documentOf<Migration>(await command(t, ["migrate", "--json"], { env })).migrated, []);
  const reference = await connect(t, (await migrated.create(t)).url);
  for (const schema of ["public", "bullmq"]) {
    assert.deepEqual(await tablesOf(client, schema), await tablesOf(reference, schema), schema);
  }
});

test("the reader may read the views and nothing else", async (t) => {
  const { url } = await migrated.create(t);
  const client = await connect(t, url);
  const tables = [...(await tablesOf(client, "public")), ...(await tablesOf(client, "bullmq"))];
  assert.ok(tables.length > 20);
  await client.query("set role govmatrix_reader");
  for (const view of VIEWS) await client.query(`select * from ${view} limit 1`);
  const refused = async (statement: string) =>
    await assert.rejects(client.query(statement), { code: "42501" }, statement);
  const { rows } = await client.query<{ name: string; kind: string }>(
    `select format('%I.%I', nspname, relname) as name, relkind as kind from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where nspname in ('public', 'bullmq') and relkind in ('r', 'p', 'v', 'm', 'S')`,
  );
  const others = rows.filter(({ name }) => !VIEWS.some((view) => name === `public.${view}`));
  assert.ok(others.length > 20);
  for (const { name } of others) await refused(`select * from ${name}`);
  await refused("update public.account set name = 'x'");
  await refused("create table public.own (id integer)");
  await refused("create schema own");
});

test("a database user that may not create roles is told what is missing, until the role is there", async (t) => {
  // Roles belong to the whole server, so it takes one of its own.
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-roles-"));
  const server = await startEmbeddedPostgres({ directory, log: pino({ level: "silent" }) });
  t.after(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const admin = await connect(t, server.url);
  await admin.query("create role limited login password 'limited'");
  await admin.query("alter database govmatrix owner to limited");
  const limited = new URL(server.url);
  limited.username = "limited";
  limited.password = "limited";
  const migrate = () => command(t, ["migrate"], { env: { DATABASE_URL: limited.href } });

  assertSentence(await migrate(), /may not create roles: create role govmatrix_reader first/);
  await admin.query("create role govmatrix_reader");
  const done = await migrate();
  assert.equal(done.code, 0, done.stderr);
});
