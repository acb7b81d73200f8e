import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { pino } from "pino";
import { seekLeadership } from "../../src/planner/leadership.ts";
import { type PlannerOptions, startPlanner, tick } from "../../src/planner/planner.ts";
import { openQueue, type VisitJob } from "../../src/queue.ts";
import { openDatabase } from "../../src/store/database.ts";
import { waitFor } from "../support/county.ts";
import { migrated } from "../support/migrated.ts";
import { sharedRedisUrl } from "../support/redis.ts";

const log = pino({ level: "silent" });
const collectors = ["statistics"];
const chores: PlannerOptions["chores"] = [];

async function open(t: TestContext, accounts: number, redis: boolean) {
  const { url } = await migrated.create(t);
  const db = openDatabase(url);
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || n, 'd', 'a', 'wechat', 'wx' || n, 'running', 'national-2019', now()
    from generate_series(1, ${accounts}) n`.execute(db);
  const name = `visits-${process.pid}-${performance.now()}`;
  const queue = openQueue({ databaseUrl: url, redisUrl: redis ? sharedRedisUrl() : undefined, log, name });
  t.after(async () => {
    await queue.close();
    await db.destroy();
  });
  return { url, db, queue };
}

const waiting = async (queue: Awaited<ReturnType<typeof open>>["queue"]) => (await queue.counts()).waiting ?? 0;

for (const redis of [true, false]) {
  const backend = redis ? "Redis" : "Postgres";

  test(`each due visit is queued once however often the planner ticks (${backend})`, async (t) => {
    const { db, queue } = await open(t, 40, redis);
    for (let pass = 0; pass < 3; pass++) await tick({ db, queue, collectors, chores, log }, new Date());
    assert.equal(await waiting(queue), 40);
  });

  test(`a lapsed lease makes its visit due under a new epoch, beside the dead job (${backend})`, async (t) => {
    const { db, queue } = await open(t, 1, redis);
    await tick({ db, queue, collectors, chores, log }, new Date());
    await sql`update visit set lease_id = gen_random_uuid(), leased_until = clock_timestamp() - interval '1 second'`.execute(
      db,
    );
    await tick({ db, queue, collectors, chores, log }, new Date());
    const jobs: VisitJob[] = [];
    queue.work(async (job) => void jobs.push(job), { concurrency: 1 });
    await waitFor("both jobs", () => jobs.length === 2);
    assert.deepEqual(jobs.map((job) => job.epoch).sort(), [0, 1]);
  });
}

test("one of two planners leads, and the other follows when it is gone", async (t) => {
  const { url } = await open(t, 0, false);
  const first = seekLeadership(url, log);
  const second = seekLeadership(url, log);
  t.after(() => second.release());
  assert.equal(await first.held(), true);
  assert.equal(await second.held(), false);
  assert.equal(await first.held(), true);
  await first.release();
  assert.equal(await second.held(), true);
});

test("a planner whose connection breaks stops leading until it has the lock again", async (t) => {
  const { url, db } = await open(t, 0, false);
  const leadership = seekLeadership(url, log);
  t.after(() => leadership.release());
  assert.equal(await leadership.held(), true);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'govmatrix planner' and datname = current_database()`.execute(db);
  await leadership.held();
  await waitFor("the lock again", () => leadership.held());
});

test("the planner writes its tick, gives new accounts their visits and stops at once", async (t) => {
  const { url, db, queue } = await open(t, 2, false);
  const planner = startPlanner({
    db,
    databaseUrl: url,
    queue,
    collectors,
    chores,
    intervalSeconds: 3600,
    now: () => new Date(),
    log,
  });
  await waitFor("the first tick", async () => (await db.selectFrom("planner").selectAll().execute()).length === 1);
  assert.equal((await db.selectFrom("visit").selectAll().execute()).length, 2);
  const startedAt = performance.now();
  await planner.stop();
  assert.ok(performance.now() - startedAt < 2_000);
});
