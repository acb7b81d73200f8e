import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sql } from "kysely";
import { createProgram } from "../../src/cli/program.ts";
import { freePort } from "../../src/embedded/port.ts";
import { openDatabase } from "../../src/store/database.ts";
import { assertSentence, commands, documentOf, emptyRegister, installed, startCommand } from "../support/cli.ts";
import { createDatabase } from "../support/database.ts";
import { migrated } from "../support/migrated.ts";

test("wrong usage ends with 2 and says so on stderr alone", async (t) => {
  const run = commands(t, {});
  const lines = [
    [],
    ["no-such-command"],
    ["account", "list", "--no-such-option"],
    ["account", "import"],
    ["collect", "--collector", "weather"],
    ["run", "sweeper"],
    ["simulate", "--accounts", "many"],
    ["--json", "department", "merge", "one"],
  ];
  for (const [index, done] of (await Promise.all(lines.map((line) => run(line)))).entries()) {
    const line = lines[index]?.join(" ");
    assert.equal(done.code, 2, line);
    assert.equal(done.stdout, "", line);
    assert.match(done.stderr, /\S/, line);
    assert.doesNotMatch(done.stderr, /^\s+at /m, line);
  }
});

test("help and version end with 0", async (t) => {
  const run = commands(t, {});
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  for (const name of ["migrate", "account", "department", "collect", "key", "simulate", "run"]) {
    assert.match(help.stdout, new RegExp(`^  ${name}\\b`, "m"));
  }
  const version = await run(["--version"]);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(version.code, 0);
});

test("a command line loads the command that it names alone, and without a name all of them", async () => {
  const loaded = async (...words: string[]) => (await createProgram(words)).commands.map((command) => command.name());
  const all = await loaded();
  assert.ok(all.length > 10);
  for (const name of all) {
    assert.deepEqual(await loaded(name, "list"), [name]);
    assert.deepEqual(await loaded("--json", "--demo", name, "--help"), [name]);
  }
  for (const words of [["--help", "account"], ["help", "account"], ["--version"], ["acount"], ["--", "account"]]) {
    assert.deepEqual(await loaded(...words), all, words.join(" "));
  }
});

test("--json prints one document and nothing else on stdout, before or after the command's name", async (t) => {
  const run = commands(t, await emptyRegister(t));
  const [before, after, human] = await Promise.all([
    run(["--json", "account", "list"]),
    run(["account", "list", "--json"]),
    run(["department", "list"]),
  ]);
  assert.deepEqual(documentOf(before), { accounts: [] });
  assert.deepEqual(documentOf(after), { accounts: [] });
  assert.deepEqual([before.code, after.code, human.code], [0, 0, 0]);
  assert.deepEqual([before.stderr, after.stderr, human.stdout], ["", "", ""]);
  const migrate = await run(["migrate", "--json"]);
  assert.deepEqual(documentOf(migrate), { migrated: [] });
  const collect = await run(["collect", "--json"]);
  assert.deepEqual(documentOf(collect), { visits: [] });
  assert.equal(collect.code, 0);
});

test("a reader that leaves early, as head does, is no fault", async (t) => {
  const running = startCommand(t, ["account", "list", "--json"], { env: await emptyRegister(t) });
  running.child.stdout?.destroy();
  assert.deepEqual(await running.exit, { code: 0, signal: null }, running.stderr());
  assert.equal(running.stderr(), "");
});

test("one message lists every unknown and invalid variable, without their values", async (t) => {
  const run = commands(t, {
    GOVMATRIX_DATABASE: "canary-1",
    GOVMATRIX_TOKEN: "canary-2",
    DATABASE_URL: "mysql://root:canary-3@db/x",
    REDIS_URL: "redis:canary-5",
    LISTEN: "canary-4",
    COLLECTOR_CONCURRENCY: "0",
    PLANNER_INTERVAL_SECONDS: "soon",
    STATISTICS_READY_AT: "25:00",
    LOG_LEVEL: "loud",
    MASTER_KEY_FILE: "/nonexistent/key",
  });
  const ended = await Promise.all([run(["account", "list"]), run(["run", "planner"])]);
  for (const { code, stdout, stderr } of ended) {
    assert.equal(code, 1);
    assert.equal(stdout, "");
    const names = [
      ...["GOVMATRIX_DATABASE", "GOVMATRIX_TOKEN", "DATABASE_URL", "REDIS_URL", "LISTEN", "COLLECTOR_CONCURRENCY"],
      ...["PLANNER_INTERVAL_SECONDS", "STATISTICS_READY_AT", "LOG_LEVEL", "MASTER_KEY_FILE"],
    ];
    for (const name of names) assert.match(stderr, new RegExp(`\\b${name}\\b`), name);
    assert.doesNotMatch(stderr, /canary/);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test("secrets may come from files; both forms at once are refused", async (t) => {
  const { DATABASE_URL, MASTER_KEY } = await emptyRegister(t);
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-secrets-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, "url"), `${DATABASE_URL}\n`);
  writeFileSync(join(directory, "key"), `${MASTER_KEY}\r\n`);
  const env = { DATABASE_URL_FILE: join(directory, "url"), MASTER_KEY_FILE: join(directory, "key") };
  const run = commands(t, env);
  const [good, both] = await Promise.all([
    run(["account", "list", "--json"]),
    run(["account", "list"], { env: { ...env, MASTER_KEY } }),
  ]);
  assert.deepEqual(documentOf(good), { accounts: [] });
  assert.equal(both.code, 1);
  assert.match(both.stderr, /MASTER_KEY and MASTER_KEY_FILE are both set/);
});

test("what a command needs and does not find is said in one sentence, without the password", async (t) => {
  const { DATABASE_URL, MASTER_KEY } = await emptyRegister(t);
  const port = await freePort();
  // A copy: a tree in which the program ran keeps a master key of its own.
  const cwd = installed(t);
  const withoutPassword = async (env: Record<string, string | undefined>, args: string[], expected: RegExp) => {
    const done = await commands(t, { MASTER_KEY, ...env })(args, { cwd });
    assertSentence(done, expected);
    assert.doesNotMatch(done.stderr, /canary-password/);
  };
  const away = `postgres://someone:canary-password@127.0.0.1:${port}/govmatrix`;
  const wrongPassword = new URL(DATABASE_URL);
  wrongPassword.password = "canary-password";
  const nowhere = new URL(DATABASE_URL);
  nowhere.pathname = "/no_such_database";
  await Promise.all([
    withoutPassword({ DATABASE_URL: away }, ["account", "list"], /Postgres.*DATABASE_URL/),
    withoutPassword({ DATABASE_URL: away }, ["migrate"], /could not be migrated .*DATABASE_URL/),
    withoutPassword(
      { DATABASE_URL: away.replace("127.0.0.1", "localhost") },
      ["migrate"],
      /could not be migrated .*DATABASE_URL/,
    ),
    withoutPassword({ DATABASE_URL: away }, ["run", "collector"], /Postgres.*DATABASE_URL/),
    withoutPassword({ DATABASE_URL: wrongPassword.href }, ["collect"], /Postgres.*DATABASE_URL/),
    withoutPassword({ DATABASE_URL: nowhere.href }, ["run", "planner"], /Postgres.*DATABASE_URL/),
    withoutPassword({ DATABASE_URL, MASTER_KEY: undefined }, ["account", "list"], /MASTER_KEY is not set/),
    withoutPassword({ DATABASE_URL, MASTER_KEY: "canary-password" }, ["account", "list"], /MASTER_KEY: expected 32/),
    withoutPassword({ DATABASE_URL, MASTER_KEY: undefined }, ["run", "exporter"], /MASTER_KEY is not set/),
    withoutPassword({ DATABASE_URL: undefined }, ["run", "exporter"], /DATABASE_URL is not set/),
  ]);
});

test("a database of another version is refused with what to do", async (t) => {
  const { url: empty } = await createDatabase(t);
  const { url: newer } = await migrated.create(t);
  const db = openDatabase(newer, { max: 1 });
  await sql`insert into kysely_migration (name, timestamp) values ('9999_future', now()::text)`.execute(db);
  await db.destroy();
  const { MASTER_KEY } = await emptyRegister(t);
  const of = (DATABASE_URL: string) => commands(t, { DATABASE_URL, MASTER_KEY });
  const [before, beforeRun, after, afterMigrate] = await Promise.all([
    of(empty)(["account", "list"]),
    of(empty)(["run", "planner"]),
    of(newer)(["collect"]),
    of(newer)(["migrate"]),
  ]);
  assertSentence(before, /npx govmatrix migrate/);
  assertSentence(beforeRun, /npx govmatrix migrate/);
  assertSentence(after, /newer govmatrix/);
  assertSentence(afterMigrate, /newer govmatrix/);
});

test("an unforeseen fault shows its stack with --debug only", async (t) => {
  const env = await emptyRegister(t);
  const db = openDatabase(env.DATABASE_URL, { max: 1 });
  await sql`alter table account rename column app_id to mislaid`.execute(db);
  await db.destroy();
  const run = commands(t, env);
  const [plain, debug] = await Promise.all([run(["account", "list"]), run(["account", "list", "--debug"])]);
  assertSentence(plain, /^govmatrix: .*app_id/);
  assert.equal(debug.code, 1);
  assert.match(debug.stderr, /^\s+at /m);
});
