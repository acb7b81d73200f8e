import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Redis } from "ioredis";
import { freePort } from "../../src/embedded/port.ts";
import { dueVisits } from "../../src/store/visit.ts";
import { countyEnvironment, type Environment, isolated, ROOT } from "../support/cli.ts";
import { type County, startCounty, waitFor } from "../support/county.ts";
import { type Running, startProcess } from "../support/process.ts";
import { startRedis } from "../support/redis.ts";

const BLIND = 3;
/** Two ticks of one second each, and a machine that is busy with other tests. */
const QUEUED_WITHIN_MS = 2_000 + 2_000;

type Name = "planner" | "collector" | "exporter";
type Process = Running & { url: string; name: Name };

/** What every account is asked for once; the other collectors come back while the test runs. */
const ONCE = /^(getbizsummary|getarticletotaldetail|getusersummary|getusercumulate)$/;

/** Requests by account and API. */
async function asked(county: County): Promise<Map<string, number>> {
  const { rows } = (await county.call("requests")) as { rows: { appid: string; api: string; calls: number }[] };
  const once = rows.filter((row) => ONCE.test(row.api));
  return new Map(once.map((row) => [`${row.appid} ${row.api}`, row.calls] as const).sort());
}

/** What one undisturbed sweep over a county of this size asks. */
async function oneSweep(t: TestContext, accounts: number): Promise<Map<string, number>> {
  const twin = await startCounty(t, { accounts });
  await countyEnvironment(twin);
  await twin.collect();
  return await asked(twin);
}

type Entry = (name: Name) => string[];
const asWorker: Entry = (name) => [join(ROOT, `workers/${name}.ts`)];
const asCommand: Entry = (name) => [join(ROOT, "src/cli/main.ts"), "run", name];

async function start(t: TestContext, name: Name, env: Environment, entry = asWorker): Promise<Process> {
  const listen = `127.0.0.1:${await freePort()}`;
  const running = startProcess(t, process.execPath, entry(name), { env: isolated({ ...env, LISTEN: listen }) });
  await running.output(new RegExp(`"${name} runs"`));
  return { ...running, url: `http://${listen}`, name };
}

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

const samples = (page: string, metric: string, label = "") =>
  page.split("\n").filter((line) => line.startsWith(`${metric}{`) && line.includes(label));
const STATISTICS = 'collector="statistics"';
const total = (lines: string[]) => lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);

async function finished(county: County): Promise<number> {
  const rows = await county.db
    .selectFrom("visit")
    .select("account_id")
    .where("collector", "=", "statistics")
    .where("finished_at", "is not", null)
    .where("lease_id", "is", null)
    .execute();
  return rows.length;
}

async function endInOrder(processes: Process[]): Promise<void> {
  await Promise.all(
    processes.map(async (running) => {
      const startedAt = performance.now();
      const exit = await running.kill("SIGTERM");
      assert.deepEqual(exit, { code: 0, signal: null }, `${running.name}: ${running.stderr()}`);
      assert.ok(performance.now() - startedAt < 30_000, running.name);
    }),
  );
}

/** Whether each visit that is due has its job; false when none is due, as that would prove nothing. */
async function isQueued(county: County, redis: Redis): Promise<boolean> {
  const due = await dueVisits(county.db, new Date(), 1_000);
  const keys = due.map(({ account, collector, epoch }) => `bull:visits:${account}.${collector}.${epoch}`);
  return keys.length > 0 && (await redis.exists(...keys)) === keys.length;
}

async function startAll(t: TestContext, env: Environment, entry = asWorker): Promise<Process[]> {
  const names: Name[] = ["exporter", "collector", "collector", "planner"];
  return await Promise.all(names.map((name) => start(t, name, env, entry)));
}

test("planner, two collectors and an exporter on Redis visit each account once, even when Redis is wiped meanwhile", async (t) => {
  const expected = await oneSweep(t, 45);
  const county = await startCounty(t);
  await county.call("settings", { latencyMs: 20 });
  const redis = await startRedis(t);
  const env = {
    ...(await countyEnvironment(county)),
    REDIS_URL: redis.url,
    PLANNER_INTERVAL_SECONDS: "1",
    COLLECTOR_CONCURRENCY: "4",
  };
  const processes = await startAll(t, env);
  const [exporter, , , planner] = processes;
  assert.ok(exporter && planner);

  const client = new Redis(redis.url);
  t.after(() => client.disconnect());
  // It is killed before this connection is closed.
  client.on("error", () => {});
  for (const atLeast of [5, 15]) {
    await waitFor(`${atLeast} visits`, async () => (await finished(county)) >= atLeast);
    await client.flushall();
    await waitFor("everything due to be queued again", () => isQueued(county, client), QUEUED_WITHIN_MS);
  }
  await waitFor("all visits", async () => (await finished(county)) === 45, 60_000);
  assert.deepEqual(await asked(county), expected, "nothing was asked twice");

  await waitFor(
    "/metrics",
    async () => samples((await get(`${exporter.url}/metrics`)).text, "govmatrix_account_up", STATISTICS).length === 45,
  );
  const page = (await get(`${exporter.url}/metrics`)).text;
  assert.equal(samples(page, "govmatrix_account_info").length, 45);
  assert.equal(total(samples(page, "govmatrix_account_up", STATISTICS)), 45 - BLIND);
  const own = await Promise.all(processes.map(async ({ url }) => (await get(`${url}/metrics`)).text));
  const visits = own.map((text) => total(samples(text, "govmatrix_visits_total")));
  assert.deepEqual([visits[0], visits[3]], [0, 0]);
  assert.ok((visits[1] ?? 0) > 0 && (visits[2] ?? 0) > 0, "both collectors work");
  const apis = [...new Set([...expected.keys()].map((key) => key.split(" ")[1]))];
  const requests = own.map((text) =>
    apis.reduce((sum, api) => sum + total(samples(text, "govmatrix_platform_requests_total", `api="${api}"`)), 0),
  );
  const sent = [...expected.values()].reduce((sum, calls) => sum + calls, 0);
  assert.deepEqual([requests[0], (requests[1] ?? 0) + (requests[2] ?? 0), requests[3]], [0, sent, 0]);
  for (const [index, text] of own.entries()) {
    assert.equal(samples(text, "govmatrix_build_info").length, 1);
    assert.equal(/^govmatrix_account_info/m.test(text), index === 0, "only the exporter tells of accounts");
  }
  for (const { url, name } of processes) {
    assert.equal((await get(`${url}/live`)).status, 200, name);
    assert.equal((await get(`${url}/ready`)).status, 200, name);
  }

  await endInOrder([planner]);
  await waitFor(
    "the exporter to miss the planner",
    async () => (await get(`${exporter.url}/ready`)).status === 503,
    10_000,
  );
  const { reasons } = JSON.parse((await get(`${exporter.url}/ready`)).text) as { reasons: string[] };
  assert.match(reasons.join("\n"), /planner's last tick is \d+ s old/);
  await redis.kill();
  await waitFor("the exporter to miss the queue", async () => /queue/.test((await get(`${exporter.url}/ready`)).text));
  assert.equal((await get(`${exporter.url}/live`)).status, 200);
  await endInOrder(processes.filter((running) => running !== planner));
});

test("the same processes, run as commands, work with the queue in Postgres", async (t) => {
  const expected = await oneSweep(t, 14);
  const county = await startCounty(t, { accounts: 14 });
  const env = { ...(await countyEnvironment(county)), PLANNER_INTERVAL_SECONDS: "1" };
  const processes = await startAll(t, env, asCommand);
  await waitFor("all visits", async () => (await finished(county)) === 14, 60_000);
  assert.deepEqual(await asked(county), expected);
  const [exporter] = processes;
  await waitFor(
    "/metrics",
    async () => samples((await get(`${exporter?.url}/metrics`)).text, "govmatrix_account_up", STATISTICS).length === 14,
  );
  assert.equal((await get(`${exporter?.url}/ready`)).status, 200);
  await endInOrder(processes);
});

test("a collector that is told to stop gives its visits back, and a wrong master key stops it at once", async (t) => {
  const county = await startCounty(t, { accounts: 3 });
  await county.call("settings", { latencyMs: 200 });
  const env = { ...(await countyEnvironment(county)), PLANNER_INTERVAL_SECONDS: "1" };
  const planner = await start(t, "planner", env);
  const collector = await start(t, "collector", env);
  const leases = () => county.db.selectFrom("visit").selectAll().where("lease_id", "is not", null).execute();
  await waitFor("visits under way", async () => (await leases()).length >= 3);
  await endInOrder([collector]);
  assert.equal((await leases()).length, 0);
  await endInOrder([planner]);

  const wrong = startProcess(t, process.execPath, [join(ROOT, "workers/collector.ts")], {
    env: isolated({ ...env, MASTER_KEY: Buffer.alloc(32, 7).toString("base64") }),
  });
  assert.deepEqual(await wrong.exit, { code: 1, signal: null });
  assert.match(wrong.stderr(), /^govmatrix: MASTER_KEY is not the one that the stored secrets are sealed with/m);
  const failed = await county.db.selectFrom("visit").select("error_code").where("failures", ">", 0).execute();
  assert.deepEqual(failed, []);
});
