import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { LeaseLostError } from "../../src/errors.ts";
import { openDatabase } from "../../src/store/database.ts";
import {
  assertLease,
  dueVisits,
  ensureVisits,
  expireLeases,
  finishVisit,
  makeDue,
  releaseLease,
  renewLease,
  takeLease,
} from "../../src/store/visit.ts";
import { migrated } from "../support/migrated.ts";

const now = new Date("2026-11-20T00:10:00Z");

async function register(t: TestContext, accounts: number, lifecycle = "running") {
  const { url } = await migrated.create(t);
  const db = openDatabase(url);
  t.after(() => db.destroy());
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || n, 'd', 'a', 'wechat', 'wx' || n, ${lifecycle}, 'national-2019', ${now}
    from generate_series(1, ${accounts}) n`.execute(db);
  await ensureVisits(db, ["statistics"], now);
  return db;
}

const lapse = (db: Awaited<ReturnType<typeof register>>) =>
  sql`update visit set leased_until = clock_timestamp() - interval '1 second'`.execute(db);

test("of fifty that want the same visit one gets the lease", async (t) => {
  const db = await register(t, 1);
  const [due] = await dueVisits(db, now, 10);
  assert.ok(due);
  const takers = Array.from({ length: 50 }, () =>
    takeLease(db, due.accountId, "statistics", { epoch: due.epoch, now }),
  );
  const leases = (await Promise.all(takers)).filter((lease) => lease !== null);
  assert.equal(leases.length, 1);
  assert.deepEqual(await dueVisits(db, now, 10), [], "a leased visit is not due");
});

test("a job of an epoch that has passed does nothing", async (t) => {
  const db = await register(t, 1);
  const [due] = await dueVisits(db, now, 10);
  assert.ok(due);
  const lease = await takeLease(db, due.accountId, "statistics", { epoch: due.epoch, now });
  assert.ok(lease);
  const end = { nextDueAt: new Date("2026-11-21T00:10:00Z"), finishedAt: now, delays: 0, failures: 0, error: null };
  await finishVisit(db, lease, end);
  assert.equal(await takeLease(db, due.accountId, "statistics", { epoch: due.epoch, now }), null);
  assert.deepEqual(await dueVisits(db, now, 10), []);
  assert.equal((await dueVisits(db, end.nextDueAt, 10))[0]?.epoch, due.epoch + 1);
});

test("a lease that ran out can neither be renewed nor write, and its job is void after the planner's pass", async (t) => {
  const db = await register(t, 1);
  const [due] = await dueVisits(db, now, 10);
  assert.ok(due);
  const lease = await takeLease(db, due.accountId, "statistics", { epoch: due.epoch, now });
  assert.ok(lease);
  assert.equal(await renewLease(db, lease), true);
  await lapse(db);
  assert.equal(await renewLease(db, lease), false);
  await assert.rejects(
    db.transaction().execute((trx) => assertLease(trx, lease)),
    LeaseLostError,
  );
  assert.equal(await expireLeases(db), 1);
  assert.equal(await takeLease(db, due.accountId, "statistics", { epoch: due.epoch, now }), null);
  assert.equal((await dueVisits(db, now, 10))[0]?.epoch, due.epoch + 1);
});

test("who took over a lapsed lease is not disturbed by the one that lost it", async (t) => {
  const db = await register(t, 1);
  const [due] = await dueVisits(db, now, 10);
  assert.ok(due);
  const lost = await takeLease(db, due.accountId, "statistics", { now });
  await lapse(db);
  const held = await takeLease(db, due.accountId, "statistics", { now });
  assert.ok(lost && held);
  await releaseLease(db, lost);
  await finishVisit(db, lost, { nextDueAt: now, finishedAt: now, delays: 0, failures: 0, error: null });
  await db.transaction().execute((trx) => assertLease(trx, held));
});

test("visits come longest due first, of visited lifecycles only", async (t) => {
  const db = await register(t, 3);
  await sql`update visit set next_due_at = next_due_at - account_id * interval '1 minute'`.execute(db);
  assert.deepEqual(
    (await dueVisits(db, now, 2)).map((visit) => visit.account),
    ["a3", "a2"],
  );
  for (const lifecycle of ["planned", "closed"]) {
    const other = await register(t, 1, lifecycle);
    assert.deepEqual(await dueVisits(other, now, 10), [], lifecycle);
  }
});

test("new credentials make a visit due that waited for its backoff", async (t) => {
  const db = await register(t, 1);
  await sql`update visit set next_due_at = ${new Date("2026-11-20T06:00:00Z")}, failures = 7`.execute(db);
  assert.deepEqual(await dueVisits(db, now, 10), []);
  const { id } = await db.selectFrom("account").select("id").executeTakeFirstOrThrow();
  await makeDue(db, id, now);
  assert.equal((await dueVisits(db, now, 10)).length, 1);
});
