import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { pino } from "pino";
import { type Chore, visitInstallation } from "../../src/collectors/chore.ts";
import { CHORES } from "../../src/collectors/index.ts";
import { maintenance } from "../../src/collectors/maintenance.ts";
import { loadConfig } from "../../src/config.ts";
import { startExposition } from "../../src/metrics/exposition.ts";
import { createTelemetry } from "../../src/metrics/process.ts";
import { tick } from "../../src/planner/planner.ts";
import { openQueue } from "../../src/queue.ts";
import { ensureChores } from "../../src/store/visit.ts";
import { startCollecting } from "../../workers/collector.ts";
import { commands, countyEnvironment, documentOf, startCommand } from "../support/cli.ts";
import { type County, startCounty, waitFor } from "../support/county.ts";

const log = pino({ level: "silent" });
const signal = new AbortController().signal;
/** 03:30 in Asia/Shanghai. */
const DUE = new Date("2026-11-20T19:30:00Z");

async function startAt(t: TestContext, now: string): Promise<County> {
  const county = await startCounty(t, { accounts: 1, days: 1, now });
  await ensureChores(county.db, CHORES, county.clock.now);
  return county;
}

/** Raw answers of which `old` are older than 7 days, and one is not. */
async function addAnswers(county: County, old: number): Promise<void> {
  await sql`
    insert into raw_answer (at, platform, api, fault, bytes, body)
    select ${county.clock.now}::timestamptz - make_interval(days => case when n = 0 then 1 else 8 end), 'wechat', 'x',
      'f', n, '{}'
    from generate_series(0, ${old}) n`.execute(county.db);
}

const answers = async (county: County) =>
  (await county.db.selectFrom("raw_answer").select("bytes").execute()).map((row) => row.bytes);

const visitRow = (county: County) =>
  county.db.selectFrom("visit").selectAll().where("collector", "=", "maintenance").executeTakeFirstOrThrow();

/** What the lease's 45 seconds bring about. */
const lapse = (county: County) =>
  sql`update visit set leased_until = clock_timestamp() - interval '1 second' where lease_id is not null`.execute(
    county.db,
  );

test("it is due at half past three in Asia/Shanghai, the day after when that has passed", () => {
  const next = (now: string) => maintenance.next(new Date(now)).toISOString();
  assert.equal(next("2026-11-20T19:29:59Z"), "2026-11-20T19:30:00.000Z");
  assert.equal(next("2026-11-20T19:30:00Z"), "2026-11-21T19:30:00.000Z");
  assert.equal(next("2026-11-20T16:00:00Z"), "2026-11-20T19:30:00.000Z");
});

test("planned once a day, it passes the queue and is made once though two collectors and a copy of the job want it", async (t) => {
  const county = await startCounty(t, { accounts: 1, days: 1, now: "2026-11-20T10:00:00Z" });
  const { db, url, clock } = county;
  await db.deleteFrom("visit").execute();
  const name = `visits-${process.pid}-${performance.now()}`;
  const telemetry = createTelemetry({ version: "test" });
  const open = () => {
    const queue = openQueue({ databaseUrl: url, log, name });
    t.after(() => queue.close());
    return queue;
  };
  const queues = [open(), open()] as const;
  const planning = { db, queue: queues[0], collectors: [], chores: [maintenance], log };
  await tick(planning, clock.now);
  assert.equal((await visitRow(county)).next_due_at.toISOString(), DUE.toISOString());
  assert.equal((await queues[0].counts()).waiting, 0, "not before its time");

  await addAnswers(county, 12_000);
  clock.now = new Date(DUE);
  for (let pass = 0; pass < 3; pass++) await tick(planning, clock.now);
  assert.equal((await queues[0].counts()).waiting, 1);
  await queues[0].add([{ accountId: null, account: "copy", collector: "maintenance", epoch: 0 }]);
  const exposition = startExposition({ db, log, now: () => clock.now, intervalMs: 3_600_000 });
  t.after(exposition.close);
  const due = async () => {
    await exposition.refresh();
    return /^govmatrix_visits_due\{collector="maintenance"\} (\d)$/m.exec(
      String(Buffer.concat([...exposition.page().text])),
    )?.[1];
  };
  assert.equal(await due(), "1");

  const { vault, ruleSets } = county;
  const config = { ...loadConfig(), collectorConcurrency: 2 };
  const close = async () => undefined;
  const { holidays } = county.context;
  const services = {
    config,
    databaseUrl: url,
    db,
    vault,
    ruleSets,
    holidays,
    telemetry,
    now: () => clock.now,
    log,
    close,
  };
  for (const queue of queues) await startCollecting({ ...services, queue });
  await waitFor("the visit", async () => (await visitRow(county)).succeeded_at !== null);
  await waitFor("the queue to be empty", async () => {
    const { waiting, active } = await queues[0].counts();
    return waiting === 0 && active === 0;
  });
  assert.deepEqual(await answers(county), [0]);
  const row = await visitRow(county);
  assert.deepEqual([row.account_id, row.epoch, row.lease_id, row.error_code], [null, 1, null, null]);
  assert.equal(row.next_due_at.toISOString(), "2026-11-21T19:30:00.000Z");
  assert.match(await telemetry.metrics(), /^govmatrix_visits_total\{collector="maintenance"\} 1$/m);
  assert.equal(await due(), "0");
});

test("killed in the middle, it is due again when its lease has run out, and ends what it began", async (t) => {
  const county = await startAt(t, "2026-11-20T20:00:00Z");
  county.clock.now = new Date();
  await addAnswers(county, 50_000);
  await sql`create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.2); return null; end'`.execute(
    county.db,
  );
  await sql`create trigger slow after delete on raw_answer execute function slow()`.execute(county.db);
  const env = await countyEnvironment(county);
  const running = startCommand(t, ["collect", "--collector", "maintenance", "--json"], { env });
  const left = async () => (await answers(county)).length;
  await waitFor("a batch to be gone", async () => (await left()) < 50_001);
  await running.kill("SIGKILL");
  assert.ok((await left()) > 1, "it was killed after its end");
  assert.notEqual((await visitRow(county)).lease_id, null);
  assert.equal((await visitInstallation(county.context, maintenance, { signal })).outcome, "busy");
  await lapse(county);

  const again = await commands(t, env)(["collect", "--collector", "maintenance", "--json"]);
  assert.equal(again.code, 0, again.stderr);
  const { visits } = documentOf<{ visits: { account: string | null; collector: string; outcome: string }[] }>(again);
  assert.deepEqual(
    visits.map(({ account, collector, outcome }) => [account, collector, outcome]),
    [[null, "maintenance", "succeeded"]],
  );
  assert.deepEqual(await answers(county), [0]);
});

test("a table that cannot be cleaned fails the visit, which comes back after a backoff, and stops no other table", async (t) => {
  const county = await startAt(t, "2026-11-20T19:30:00Z");
  await addAnswers(county, 3);
  await sql`
    insert into coverage (account_id, collector, part, day, state, fetched_at)
    select id, 'pages', 'pages', '2026-01-01', 'final', '2026-01-01' from account`.execute(county.db);
  await sql`create function refuse() returns trigger language plpgsql as 'begin raise exception ''refused''; end'`.execute(
    county.db,
  );
  await sql`create trigger refuse before delete on coverage for each row execute function refuse()`.execute(county.db);
  const visit = () => visitInstallation(county.context, maintenance, { signal });
  const minutes = async () => ((await visitRow(county)).next_due_at.getTime() - county.clock.now.getTime()) / 60_000;
  for (const backoff of [10, 20]) {
    const report = await visit();
    assert.deepEqual([report.outcome, report.error?.code], ["failed", "internal"]);
    assert.equal(await minutes(), backoff);
  }
  assert.deepEqual(await answers(county), [0]);
  const { failures, error_detail } = await visitRow(county);
  assert.deepEqual([failures, error_detail], [2, "refused"]);

  await sql`drop trigger refuse on coverage`.execute(county.db);
  assert.equal((await visit()).outcome, "succeeded");
  assert.equal(await minutes(), 24 * 60);
  assert.equal((await visitRow(county)).error_code, null);
  assert.deepEqual(await county.db.selectFrom("coverage").selectAll().execute(), []);
});

test("who loses the lease in the middle writes nothing more", async (t) => {
  const county = await startAt(t, "2026-11-20T19:30:00Z");
  await addAnswers(county, 3);
  const chore: Chore = {
    ...maintenance,
    async run(visit) {
      await lapse(county);
      await maintenance.run(visit);
    },
  };
  assert.equal((await visitInstallation(county.context, chore, { signal })).outcome, "interrupted");
  assert.equal((await answers(county)).length, 4);
  const stopped = AbortSignal.abort(new Error("stopped"));
  assert.equal((await visitInstallation(county.context, maintenance, { signal: stopped })).outcome, "interrupted");
  assert.equal((await answers(county)).length, 4);
  const { succeeded_at, error_code, failures } = await visitRow(county);
  assert.deepEqual([succeeded_at, error_code, failures], [null, null, 0]);
});

test("collect makes it when it is due or named, and not for one account", async (t) => {
  const county = await startAt(t, new Date().toISOString());
  const run = commands(t, await countyEnvironment(county));
  const collected = async (...args: string[]) =>
    documentOf<{ visits: { collector: string }[] }>(await run(["collect", ...args, "--json"])).visits.map(
      (visit) => visit.collector,
    );
  assert.ok(!(await collected()).includes("maintenance"), "not before its time");
  await sql`update visit set next_due_at = now() where collector = 'maintenance'`.execute(county.db);
  assert.deepEqual(await collected(), ["maintenance"]);
  const named = await run(["collect", "--collector", "maintenance", "--account", county.codes[0] ?? ""]);
  assert.equal(named.code, 2);
  assert.match(named.stderr, /--account/);
});
