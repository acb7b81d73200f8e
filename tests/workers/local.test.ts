import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { freePort } from "../../src/embedded/port.ts";
import { startSimulator } from "../../src/simulator/index.ts";
import { assertSentence, documentOf, type Environment, type Finished, installed, isolated } from "../support/cli.ts";
import { waitFor } from "../support/county.ts";
import { processesNaming, type Running, type StartOptions, startProcess } from "../support/process.ts";
import { startRedis } from "../support/redis.ts";

const VISIBLE = 42;
const READERS_WITHIN_MS = 90_000;
const ENDS_WITHIN_MS = 30_000;

interface Local extends Running {
  url: string;
}

async function startLocal(t: TestContext, directory: string, args: string[], env: Environment): Promise<Local> {
  const url = `http://${env.LISTEN}`;
  const running = launch(t, directory, args, env);
  await running.output(/govmatrix runs: \d+ accounts/, 60_000);
  assert.ok(running.stdout().includes(`${url}/metrics`));
  return { ...running, url };
}

const launch = (t: TestContext, directory: string, args: string[], env: Environment) =>
  startProcess(t, process.execPath, [join(directory, "workers/local.ts"), ...args], {
    cwd: directory,
    env: isolated(env),
  });

async function ended(running: Running): Promise<Finished> {
  const { code } = await running.exit;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

async function command(
  t: TestContext,
  directory: string,
  args: string[],
  options: StartOptions = {},
): Promise<Finished> {
  const env = isolated(options.env ?? {});
  return await ended(
    startProcess(t, process.execPath, [join(directory, "bin/govmatrix.mjs"), ...args], { ...options, env }),
  );
}

async function page(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

async function count(local: Local, pattern: RegExp): Promise<number> {
  return (await page(`${local.url}/metrics`)).match(pattern)?.length ?? 0;
}

const INFOS = /^govmatrix_account_info\{/gm;
const READERS = /^govmatrix_account_readers\{[^\n]*window="7d"[^\n]*\} \d+$/gm;

async function endInOrder(local: Local, signal: NodeJS.Signals, directory: string): Promise<void> {
  const startedAt = performance.now();
  assert.deepEqual(await local.kill(signal), { code: 0, signal: null }, local.stderr());
  assert.ok(performance.now() - startedAt < ENDS_WITHIN_MS);
  assert.deepEqual(processesNaming(directory), [], "a process is left");
}

const listenAddress = async () => `127.0.0.1:${await freePort()}`;

test("the demo shows its county within 90 s, survives kill -9, keeps others out and ends cleanly", async (t) => {
  const directory = installed(t);
  // A file that does not exist: whoever read it would not start.
  const env = { LISTEN: await listenAddress(), ROUTES_FILE: join(directory, "routes.yaml") };
  const startedAt = performance.now();
  const first = await startLocal(t, directory, ["--demo"], env);
  assert.equal(first.stderr().match(/as if ROUTES_FILE were not set/g)?.length, 1);
  await waitFor(
    "the readers of every visible account",
    async () => (await count(first, READERS)) === VISIBLE,
    READERS_WITHIN_MS,
  );
  const tookMs = performance.now() - startedAt;
  t.diagnostic(`readers of all accounts after ${(tookMs / 1_000).toFixed(1)} s`);
  assert.ok(tookMs < READERS_WITHIN_MS);
  assert.equal(await count(first, INFOS), 45);
  assert.equal(await count(first, /^govmatrix_account_up\{[^\n]*collector="statistics"[^\n]*\} 0$/gm), 45 - VISIBLE);
  assert.equal((await fetch(`${first.url}/ready`)).status, 200);
  assert.match(await page(`${first.url}/`), /云溪发布/);

  const [list, collect, second] = await Promise.all([
    command(t, directory, ["--demo", "account", "list", "--json"], { env }),
    command(t, directory, ["--demo", "collect", "--account", "yunxi-fabu", "--json"], { env }),
    ended(launch(t, directory, ["--demo"], { LISTEN: await listenAddress() })),
  ]);
  assert.equal(documentOf<{ accounts: unknown[] }>(list).accounts.length, 45);
  assert.equal(collect.code, 0, collect.stderr);
  assertSentence(second, /already running/);
  assert.equal(await count(first, INFOS), 45, "the first goes on");

  const readers = (await page(`${first.url}/metrics`)).match(READERS)?.sort();
  assert.deepEqual(await first.kill("SIGKILL"), { code: null, signal: "SIGKILL" });
  const restarted = await startLocal(t, directory, ["--demo"], env);
  await waitFor("the figures to be back", async () => (await count(restarted, READERS)) === VISIBLE, 10_000);
  assert.deepEqual(
    (await page(`${restarted.url}/metrics`)).match(READERS)?.sort(),
    readers,
    "the data are still there",
  );
  const simulator = readFileSync(join(directory, ".govmatrix/demo/simulator.url"), "utf8").trim();
  const { rows } = (await (await fetch(`${simulator}/_/requests`)).json()) as {
    rows: { api: string; calls: number }[];
  };
  const statistics = rows.filter((row) => /^get(biz|article|user)/.test(row.api));
  assert.deepEqual(statistics, [], "nothing known is asked again");
  await endInOrder(restarted, "SIGINT", directory);
});

test("an empty register is explained, and an import beside the running program fills it", async (t) => {
  const directory = installed(t);
  const simulator = await startSimulator({ accounts: 3 });
  t.after(() => simulator.close());
  const redis = await startRedis(t);
  const env = {
    LISTEN: await listenAddress(),
    WECHAT_API_URL: simulator.url,
    WECHAT_PAGE_URL: simulator.url,
    PAGE_INTERVAL_SECONDS: "0.1",
    REDIS_URL: redis.url,
    PLANNER_INTERVAL_SECONDS: "1",
  };
  const local = await startLocal(t, directory, [], env);
  assert.match(local.stdout(), /govmatrix runs: 0 accounts/);
  assert.match(await page(`${local.url}/`), /npx govmatrix account import/);
  assert.equal(await count(local, INFOS), 0);

  const file = join(directory, "register.csv");
  writeFileSync(file, await page(`${simulator.url}/_/register.csv`));
  const imported = await command(t, directory, ["account", "import", file, "--json"], { env });
  assert.equal(documentOf<{ created: number }>(imported).created, 3, imported.stderr);
  await waitFor("the accounts and their readers", async () => (await count(local, READERS)) === 3);
  assert.equal(await count(local, INFOS), 3);
  assert.match(await page(`${local.url}/`), /云溪发布/);
  await endInOrder(local, "SIGTERM", directory);

  // Nothing runs now: commands bring the database up for themselves, share it, and take it down again.
  const lists = await Promise.all([0, 1, 2].map(() => command(t, directory, ["account", "list", "--json"], { env })));
  for (const list of lists) {
    assert.equal(list.code, 0, list.stderr);
    assert.equal(documentOf<{ accounts: unknown[] }>(list).accounts.length, 3);
  }
  assert.deepEqual(processesNaming(directory), []);
});

test("commands side by side on a machine where nothing ever ran share one new database", async (t) => {
  const directory = installed(t);
  const lists = await Promise.all([0, 1, 2].map(() => command(t, directory, ["account", "list", "--json"])));
  for (const list of lists) assert.deepEqual(documentOf(list), { accounts: [] });
  assert.deepEqual(processesNaming(directory), []);
});

test("stopped while it starts, it ends in order; without its Postgres, it ends with a fault", async (t) => {
  const directory = installed(t);
  const env = { LISTEN: await listenAddress() };
  const early = launch(t, directory, [], env);
  await early.output(/embedded Postgres is ready/);
  assert.deepEqual(await early.kill("SIGTERM"), { code: 0, signal: null }, early.stderr());
  assert.deepEqual(processesNaming(directory), []);

  const bereft = await startLocal(t, directory, [], env);
  process.kill(Number(/"pid":(\d+),"port"/.exec(bereft.stderr())?.[1]), "SIGKILL");
  assert.deepEqual(await bereft.exit, { code: 1, signal: null });
  assert.match(bereft.stderr(), /embedded Postgres ended unexpectedly/);
  assert.deepEqual(processesNaming(directory), []);
});

test("what cannot start says why in one sentence", async (t) => {
  const directory = installed(t);
  const busy = await startSimulator({ accounts: 1 });
  t.after(() => busy.close());
  const start = async (args: string[], env: Environment) => await ended(launch(t, directory, args, env));
  const [usage, foreign, variable, away, noDemo] = await Promise.all([
    start(["--dmeo"], {}),
    start(["--demo"], { DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" }),
    start([], { GOVMATRIX_DEMO: "1" }),
    start([], { DATABASE_URL: "postgres://nobody:canary-password@127.0.0.1:9/none" }),
    command(t, directory, ["--demo", "account", "list"]),
  ]);
  assertSentence(usage, /--demo/, 2);
  assertSentence(foreign, /DATABASE_URL is set/);
  assert.match(variable.stderr, /GOVMATRIX_DEMO is not known/);
  assertSentence(away, /could not be migrated \(ECONNREFUSED\): check DATABASE_URL/);
  assert.doesNotMatch(away.stderr, /canary-password/);
  assertSentence(noDemo, /the demo does not run/);
  const occupied = await start([], { LISTEN: `127.0.0.1:${busy.port}` });
  assert.equal(occupied.code, 1);
  assert.match(occupied.stderr, /^govmatrix: LISTEN: another program uses/m);
  assert.deepEqual(processesNaming(directory), []);
});
