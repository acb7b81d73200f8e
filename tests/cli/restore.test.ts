import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { UserError } from "../../src/errors.ts";
import { seekLeadership } from "../../src/planner/leadership.ts";
import { checkRestorable } from "../../src/store/restore.ts";
import { altered, commandsOn, query, rowsOf, smallDatabase, temporaryDirectory } from "../support/backups.ts";
import { assertSentence, startCommand } from "../support/cli.ts";
import { createDatabase } from "../support/database.ts";
import { databaseText } from "../support/dump.ts";
import { migrated } from "../support/migrated.ts";
import { eventually } from "../support/process.ts";

const MASTER_KEY = randomBytes(32).toString("base64");
const ROWS = 300_000;

/** A backup that takes seconds to restore. */
async function largeBackup(t: TestContext): Promise<string> {
  const { url } = await migrated.create(t);
  await query(
    url,
    `insert into api_budget select 'wx' || n, 'api', date '2026-11-02', n from generate_series(1, ${ROWS}) n`,
  );
  const file = join(temporaryDirectory(t), "large");
  const done = await commandsOn(t, url)(["backup", file]);
  assert.equal(done.code, 0, done.stderr);
  return file;
}

test("a restore that is interrupted at any point leaves the database empty, and can be made again", async (t) => {
  const file = await largeBackup(t);
  const { url } = await createDatabase(t);
  const restoring = "from pg_stat_activity where datname = current_database() and application_name = 'govmatrix'";
  const copied = async (rows: number) =>
    (
      await query(
        url,
        `select from pg_stat_progress_copy where datname = current_database() and tuples_processed > ${rows}`,
      )
    ).length > 0;
  const gone = async () => (await query(url, `select ${restoring}`)).length === 0;
  const interruptions: [string, RegExp | null][] = [
    ["SIGINT", /^govmatrix: interrupted/],
    ["SIGTERM", /^govmatrix: interrupted/],
    ["SIGKILL", null],
    ["pg_terminate_backend", /^govmatrix: the connection to Postgres broke off/],
    ["pg_cancel_backend", /^govmatrix: canceling statement due to user request/],
  ];
  for (const [way, sentence] of interruptions) {
    const restore = startCommand(t, ["restore", file], { env: { DATABASE_URL: url, MASTER_KEY } });
    await eventually("rows arrive", () => copied(ROWS / 10), 30_000);
    if (way.startsWith("pg_"))
      await query(url, `select ${way}(pid) from pg_stat_progress_copy where datname = current_database()`);
    else restore.child.kill(way as NodeJS.Signals);
    const { code } = await restore.exit;
    if (sentence) assertSentence({ code, stdout: restore.stdout(), stderr: restore.stderr() }, sentence);
    await eventually("Postgres is rid of it", gone);
    assert.equal(await databaseText(url), "", way);
  }
  const done = await commandsOn(t, url, MASTER_KEY)(["restore", file]);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(await query(url, "select count(*)::integer as rows from api_budget"), [{ rows: ROWS }]);
});

test("a file that is no whole backup is refused before the database is touched", async (t) => {
  const source = await smallDatabase(t);
  await query(
    source,
    "insert into audit (at, actor, action, subject) select now(), 't', 't', random() from generate_series(1, 999)",
  );
  const directory = temporaryDirectory(t);
  const good = join(directory, "good");
  assert.equal((await commandsOn(t, source)(["backup", good])).code, 0);
  const bytes = readFileSync(good);
  await checkRestorable(good);
  const made = (name: string, content: Uint8Array | string): string => {
    const file = join(directory, name);
    writeFileSync(file, content);
    return file;
  };
  const damaged = (at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 4;
    return copy;
  };

  const bad = [
    ...[0, 5, 100, bytes.length >> 1, bytes.length - 1].map((end) => made(`cut at ${end}`, bytes.subarray(0, end))),
    ...[0, 20, bytes.length >> 1, bytes.length - 6].map((at) => made(`damaged at ${at}`, damaged(at))),
    altered(good, (text) => text.replace("云溪", "溪云")),
    altered(good, (text) => text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1)),
    altered(good, (text) => `${text}more\n`),
    altered(good, (text) => text.slice(0, -1)),
    made("text", "govmatrix backup 1\n"),
    made("another", gzipSync(`${"x".repeat(2_000_000)}\n`)),
  ];
  for (const file of bad) {
    await assert.rejects(checkRestorable(file), (error: Error) => {
      assert.ok(error instanceof UserError, String(error));
      return error.message === `${file}: is not a whole backup of govmatrix: damaged, cut short or another file`;
    });
  }
  const { url } = await createDatabase(t);
  const refused = async (file: string, sentence: RegExp) => {
    assertSentence(await commandsOn(t, url, MASTER_KEY)(["restore", file]), sentence);
    assert.equal(await databaseText(url), "", file);
  };
  await refused(bad[3] ?? "", /is not a whole backup of govmatrix/);
  await refused(join(directory, "none"), /none: cannot be read \(ENOENT\)/);
  await refused(directory, /cannot be read \(EISDIR\)/);
  const newer = (text: string) => text.replace(/"migrations":\[[^\]]*/, '$&,"9999_newer"');
  await refused(altered(good, newer), /was written by a newer govmatrix \(\d/);
});

test("a database that is in use is not restored into", async (t) => {
  const source = await smallDatabase(t);
  await query(source, "delete from credential");
  const file = join(temporaryDirectory(t), "county");
  assert.equal((await commandsOn(t, source)(["backup", file])).code, 0);
  const before = await rowsOf(source);
  const run = commandsOn(t, source, MASTER_KEY);
  assertSentence(await run(["restore", file, "--json"]), /is not empty \(\w+ \d+, .*\): restore into an empty one/);
  assert.deepEqual(await rowsOf(source), before);

  const { url } = await migrated.create(t);
  const planner = seekLeadership(url, pino({ level: "silent" }));
  t.after(() => planner.release());
  assert.ok(await planner.held());
  const restore = () => commandsOn(t, url, MASTER_KEY)(["restore", file]);
  assertSentence(await restore(), /govmatrix runs on this database/);
  await planner.release();

  // What one that ran without accounts leaves behind is no reason.
  await query(
    url,
    "insert into planner (ticked_at) values (now())",
    "insert into holiday_files (documents) values ('[]')",
  );
  await query(url, "create table public.others (id integer)", "insert into public.others values (1)");
  assertSentence(await restore(), /is not empty \(others 1\)/);
  await query(url, "truncate public.others", "insert into kysely_migration values ('9999_newer', 'now')");
  assertSentence(await restore(), /belongs to a newer govmatrix/);
  await query(url, "delete from kysely_migration where name = '9999_newer'");
  assert.equal((await restore()).code, 0);
});

test("a backup with somebody else's table is restored without it, and says so", async (t) => {
  const { url } = await migrated.create(t);
  await query(url, "create table public.aside (id integer)", "insert into public.aside values (1)");
  await query(url, "insert into department values ('education', '教育局')");
  const file = join(temporaryDirectory(t), "county");
  assert.equal((await commandsOn(t, url)(["backup", file])).code, 0);
  const target = await createDatabase(t);
  const done = await commandsOn(t, target.url, MASTER_KEY)(["restore", file]);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^aside is no table of govmatrix: it was left out$/m);
  assert.deepEqual(await query(target.url, "select code from department"), [{ code: "education" }]);
});

test("with a master key that does not open the secrets the restore says so, and the rows are there", async (t) => {
  const file = join(temporaryDirectory(t), "county");
  assert.equal((await commandsOn(t, await smallDatabase(t))(["backup", file])).code, 0);
  const { url } = await createDatabase(t);
  const done = await commandsOn(t, url, MASTER_KEY)(["restore", file]);
  assertSentence(done, /county is restored, but MASTER_KEY is not the one .*: put the old key into MASTER_KEY/);
  assert.equal((await query(url, "select from account")).length, 1);
});

test("a migration that fails during a restore is named, and leaves the database as it was", async (t) => {
  const file = join(temporaryDirectory(t), "county");
  assert.equal((await commandsOn(t, await smallDatabase(t))(["backup", file])).code, 0);
  const { url } = await createDatabase(t);
  await query(url, "create view public.article as select 1 as id");
  assertSentence(await commandsOn(t, url, MASTER_KEY)(["restore", file]), /relation "article" already exists/);
  assert.equal(await databaseText(url), "");
});
