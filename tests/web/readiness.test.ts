import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../src/store/database.ts";
import { plannerFault, readinessReasons } from "../../src/web/readiness.ts";
import { NOW, openTestDatabase } from "../metrics/county.ts";
import { startProxy } from "../metrics/proxy.ts";

const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

test("a planner is well until its tick is three intervals old", () => {
  const at = (seconds: number) => secondsAgo(seconds).getTime() / 1_000;
  assert.equal(plannerFault(at(89), 30, NOW), null);
  assert.match(plannerFault(at(90), 30, NOW) ?? "", /last tick is 90 s old, expected less than 90 s/);
  assert.match(plannerFault(null, 30, NOW) ?? "", /has not run yet/);
});

test("nothing is wrong while Postgres, queue and planner are well", async (t) => {
  const { db } = await openTestDatabase(t);
  await db
    .insertInto("planner")
    .values({ ticked_at: secondsAgo(10) })
    .execute();
  const queue = { ping: async () => {} };
  assert.deepEqual(await readinessReasons({ db, queue, plannerIntervalSeconds: 30, now: NOW }), []);
});

test("each fault has its reason, and a process that does not depend on the planner does not name it", async (t) => {
  const { db } = await openTestDatabase(t);
  await db
    .insertInto("planner")
    .values({ ticked_at: secondsAgo(3_600) })
    .execute();
  const queue = { ping: () => Promise.reject(new Error("redis://:hunter2@10.0.0.1 is away")) };
  assert.deepEqual(await readinessReasons({ db, queue, plannerIntervalSeconds: 30, now: NOW }), [
    "the queue does not answer",
    "the planner's last tick is 3600 s old, expected less than 90 s",
  ]);
  assert.deepEqual(await readinessReasons({ db, now: NOW }), []);
});

test("a Postgres that refuses or never answers is a reason within 2 s, without its address", async (t) => {
  const { url } = await openTestDatabase(t);
  const proxy = await startProxy(t, url);
  const db = openDatabase(proxy.url, { max: 2 });
  assert.deepEqual(await readinessReasons({ db, queue: { ping: async () => {} }, now: NOW }), []);

  proxy.silence(true);
  const startedAt = performance.now();
  const silent = await readinessReasons({ db, queue: { ping: () => new Promise(() => {}) }, now: NOW });
  assert.ok(performance.now() - startedAt < 2_500);
  assert.deepEqual(silent, ["Postgres does not answer", "the queue does not answer"]);

  await proxy.stop();
  const refused = await readinessReasons({ db, plannerIntervalSeconds: 30, now: NOW });
  assert.equal(refused.length, 1);
  assert.match(refused[0] ?? "", /^Postgres does not answer/);
  assert.ok(!refused[0]?.includes("127.0.0.1"));
  await db.destroy();
});
