import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/embedded/postgres.ts";
import { writeBackup } from "../../src/store/backup.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrateWithin } from "../../src/store/migrate.ts";
import {
  type BackupReport,
  commandsOn,
  differences,
  fullCounty,
  query,
  rowsOf,
  temporaryDirectory,
} from "../support/backups.ts";
import { assertSentence, command, documentOf, installed, startCommand } from "../support/cli.ts";
import { createDatabase } from "../support/database.ts";
import { migrated } from "../support/migrated.ts";
import { eventually } from "../support/process.ts";
import { startSystemPostgres } from "../support/systemPostgres.ts";

/** Runs a command on the embedded database of a program's copy. */
async function onEmbedded(t: TestContext, cwd: string, masterKey: string, ...args: string[]) {
  const done = await command(t, args, { cwd, env: { MASTER_KEY: masterKey } });
  assert.equal(done.code, 0, done.stderr);
  return done;
}

async function embeddedDifferences(cwd: string, expected: Record<string, string[]>): Promise<string[]> {
  const postgres = await startEmbeddedPostgres({
    directory: join(cwd, ".govmatrix"),
    log: pino({ level: "silent" }),
  });
  try {
    return await differences(postgres.url, expected);
  } finally {
    await postgres.stop();
  }
}

test("a backup moves from the embedded database to other majors of Postgres and back with every row as it was", async (t) => {
  const county = await fullCounty(t);
  const expected = await rowsOf(county.url);
  assert.deepEqual(
    Object.keys(expected).filter((table) => expected[table]?.length === 0),
    [],
    "every table has rows",
  );
  const directory = temporaryDirectory(t);
  const file = (name: string) => join(directory, name);
  const succeed = async (url: string, ...args: string[]) => {
    const done = await commandsOn(t, url, county.masterKey)(args);
    assert.equal(done.code, 0, done.stderr);
    return done;
  };

  const first = await succeed(county.url, "backup", file("county"), "--json");
  const report = documentOf<BackupReport>(first);
  const counts = Object.entries(expected).map(([table, rows]) => [table.replace("public.", ""), rows.length]);
  assert.deepEqual(report.tables, Object.fromEntries(counts));
  assert.equal(report.bytes, statSync(report.file).size);
  assert.match(first.stderr, /^govmatrix: the master key is not in this file: keep MASTER_KEY too/);

  const embedded = installed(t);
  const restored = await onEmbedded(t, embedded, county.masterKey, "restore", file("county"), "--json");
  const found = documentOf<BackupReport>(restored);
  assert.deepEqual(
    [found.bytes, found.tables, found.migrations],
    [report.bytes, report.tables, report.migrations],
    "both name what the file holds",
  );
  const again = await onEmbedded(t, embedded, county.masterKey, "backup", file("embedded"), "--json");
  assert.deepEqual(documentOf<BackupReport>(again).migrations, report.migrations);

  const other = await startSystemPostgres(t);
  const newest = await createDatabase(t);
  for (const url of [other.url, newest.url]) {
    await succeed(url, "restore", file("embedded"));
    assert.deepEqual(await differences(url, expected), []);
  }
  const [server] = await query(other.url, "show server_version_num");
  t.diagnostic(`restored into Postgres ${String(server?.server_version_num)}`);

  await succeed(other.url, "backup", file("other"));
  rmSync(join(embedded, ".govmatrix"), { recursive: true });
  await onEmbedded(t, embedded, county.masterKey, "restore", file("other"));
  assert.deepEqual(await embeddedDifferences(embedded, expected), []);
});

test("after a restore the accounts are visited again, and new rows get new ids", async (t) => {
  const county = await fullCounty(t);
  await query(county.url, "update visit set lease_id = gen_random_uuid(), leased_until = now() + interval '45 s'");
  const file = join(temporaryDirectory(t), "county");
  const { url } = await createDatabase(t);
  assert.equal((await commandsOn(t, county.url)(["backup", file])).code, 0);
  assert.equal((await commandsOn(t, url, county.masterKey)(["restore", file])).code, 0);
  assert.deepEqual(await query(url, "select from visit where lease_id is not null or leased_until is not null"), []);

  const run = commandsOn(t, url, county.masterKey);
  const [code = ""] = county.codes;
  const visited = await run(["collect", "--account", code, "--collector", "statistics"], {
    env: { WECHAT_API_URL: county.simulator.url },
  });
  assert.equal(visited.code, 0, visited.stderr);
  const [before] = await query(url, "select max(id) as id from audit");
  const set = await run(["account", "set", code, "name=云溪"]);
  assert.equal(set.code, 0, set.stderr);
  const [after] = await query(url, "select max(id) as id from audit");
  assert.equal(Number(after?.id), Number(before?.id) + 1);
});

test("a backup of an older version is brought to this one, into a database that is new, empty or was once started", async (t) => {
  const { url } = await createDatabase(t);
  const db = openDatabase(url, { max: 1 });
  await db.transaction().execute((trx) => migrateWithin(trx, "0004_views"));
  await db.destroy();
  await query(
    url,
    "insert into department values ('education', '教育局')",
    `insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
     values ('yunxi', 'education', '云溪', 'wechat', 'wx1', 'running', 'national-2019', now())`,
    "insert into article (account_id, msgid, publish_date, first_seen_at) values (1, '1_1', '2026-11-02', now())",
    "insert into visit (account_id, collector, next_due_at) values (1, 'statistics', now())",
  );
  const file = join(temporaryDirectory(t), "older");
  const report = documentOf<BackupReport>(await commandsOn(t, url)(["backup", file, "--json"]));
  assert.equal(report.migrations.at(-1), "0004_views");

  const targets = [await createDatabase(t), await migrated.create(t), await migrated.create(t)];
  const started = "insert into visit (account_id, collector, next_due_at) values (null, 'maintenance', now())";
  await query(targets[2]?.url ?? "", "insert into planner (ticked_at) values (now())", started);
  for (const target of targets) {
    const done = await commandsOn(t, target.url, randomBytes(32).toString("base64"))(["restore", file]);
    assert.equal(done.code, 0, done.stderr);
  }
  assert.equal((await commandsOn(t, url)(["migrate"])).code, 0);
  const expected = await rowsOf(url);
  for (const target of targets) assert.deepEqual(await differences(target.url, expected), []);
});

test("a backup shows one moment, whoever writes meanwhile", async (t) => {
  const { url } = await migrated.create(t);
  // Enough that writers get their turn during the backup.
  await query(
    url,
    "insert into api_budget select 'wx' || n, 'api', date '2026-11-02', n from generate_series(1, 200000) n",
  );
  let writing = true;
  let pairs = 0;
  const writer = (async () => {
    for (; writing; pairs++) {
      const token = `insert into token (app_id) values ('wx${pairs}')`;
      const entry = `insert into audit (at, actor, action, subject) values (now(), 't', 't', '${pairs}')`;
      await query(url, `begin; ${token}; ${entry}; commit`);
    }
  })();
  const file = join(temporaryDirectory(t), "busy");
  await eventually("rows are written", () => pairs > 5);
  const before = pairs;
  const report = documentOf<BackupReport>(await commandsOn(t, url)(["backup", file, "--json"]));
  const { token = 0, audit } = report.tables;
  writing = false;
  await writer;
  assert.ok(pairs > token && token >= before, `${before} ${token} ${pairs}`);
  assert.equal(token, audit);
  const target = await createDatabase(t);
  assert.equal((await commandsOn(t, target.url)(["restore", file])).code, 1, "MASTER_KEY is not set");
  assert.equal((await query(target.url, "select from token")).length, token);
});

test("an interrupted backup leaves the file of that name as it was", async (t) => {
  const { url } = await migrated.create(t);
  await query(
    url,
    "insert into api_budget select 'wx' || n, 'api', date '2026-11-02', n from generate_series(1, 1000000) n",
  );
  const directory = temporaryDirectory(t);
  const file = join(directory, "county");
  writeFileSync(file, "older");
  const copying = async () =>
    (
      await query(
        url,
        "select from pg_stat_progress_copy where datname = current_database() and tuples_processed > 1000",
      )
    ).length > 0;
  for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    const backup = startCommand(t, ["backup", file], { env: { DATABASE_URL: url } });
    await eventually("rows are copied", copying, 30_000);
    const { code } = await backup.kill(signal);
    if (signal !== "SIGKILL") {
      assertSentence({ code, stdout: backup.stdout(), stderr: backup.stderr() }, /^govmatrix: interrupted/);
      assert.deepEqual(readdirSync(directory), ["county"]);
    }
    assert.equal(readFileSync(file, "utf8"), "older", signal);
    await eventually("Postgres is rid of it", async () => !(await copying()));
  }
});

test("a backup whose file cannot be written to the end fails at once", async (t) => {
  const { url } = await migrated.create(t);
  await query(
    url,
    "insert into api_budget select 'wx' || n, 'api', date '2026-11-02', n from generate_series(1, 400000) n",
  );
  let written = 0;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      done(written > 100_000 ? new Error("the disk is full") : null);
    },
  });
  const about = { version: "0", now: new Date() };
  const { signal } = new AbortController();
  await assert.rejects(writeBackup(url, output, about, { signal }), /^Error: the disk is full$/);
});

test("a backup that cannot be made says why in one sentence", async (t) => {
  const { url } = await createDatabase(t);
  const directory = temporaryDirectory(t);
  const run = commandsOn(t, url);
  assertSentence(await run(["backup", join(directory, "x")]), /holds no tables of govmatrix/);
  assertSentence(await run(["backup", join(directory, "no/x"), "--json"]), /no\/x: cannot be written \(ENOENT\)/);
  assertSentence(await run(["backup", directory]), /is not a file/);
  assertSentence(await run(["backup", "/dev/null"]), /is not a file/);
  const away = commandsOn(t, "postgres://nobody@127.0.0.1:1/none");
  assertSentence(await away(["backup", join(directory, "x")]), /Postgres cannot be used \(ECONNREFUSED\)/);
  assert.deepEqual(readdirSync(directory), []);
  assertSentence(await run(["backup"]), /missing required argument 'file'/, 2);
});
