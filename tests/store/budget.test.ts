import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { openLedger } from "../../src/collectors/ledger.ts";
import { PlatformError } from "../../src/errors.ts";
import { reserveCalls, saveQuota, usedCalls } from "../../src/store/budget.ts";
import { openDatabase } from "../../src/store/database.ts";
import { ensureVisits, takeLease } from "../../src/store/visit.ts";
import { migrated } from "../support/migrated.ts";

const NOW = new Date("2026-11-20T01:00:00Z");
const LEDGER = { appId: "wx1", api: "getbizsummary", day: "2026-11-20" };

async function open(t: TestContext) {
  const { url } = await migrated.create(t);
  const db = openDatabase(url, { max: 20 });
  t.after(() => db.destroy());
  const told = (dailyLimit: number, used: number, before: number, ledger = LEDGER) =>
    saveQuota(db, ledger, { dailyLimit, used }, { before, collector: "profile", now: NOW });
  const row = () => db.selectFrom("api_budget").selectAll().where("day", "=", LEDGER.day).executeTakeFirstOrThrow();
  return { db, told, row };
}

test("of many that reserve at once each gets what is left, and together exactly that", async (t) => {
  const { db, told, row } = await open(t);
  await told(100, 9, 0);
  const takers = Array.from({ length: 40 }, () => reserveCalls(db, LEDGER, { calls: 7, keepHalf: false }, NOW));
  const granted = (await Promise.all(takers)).map((reservation) => reservation.granted).filter((calls) => calls > 0);
  assert.deepEqual(granted.sort(), Array.from({ length: 13 }, () => 7).sort());
  assert.deepEqual(await reserveCalls(db, LEDGER, { calls: 1, keepHalf: false }, NOW), {
    ...{ granted: 0, code: null, until: null },
  });
  const { used, used_by_others, daily_limit } = await row();
  assert.deepEqual([used, used_by_others, daily_limit], [91, 9, 100]);
});

test("the last ones get fewer than they wanted", async (t) => {
  const { db, told } = await open(t);
  await told(100, 0, 0);
  const takers = Array.from({ length: 20 }, () => reserveCalls(db, LEDGER, { calls: 7, keepHalf: false }, NOW));
  const granted = (await Promise.all(takers)).map((reservation) => reservation.granted);
  assert.equal(
    granted.reduce((sum, calls) => sum + calls, 0),
    100,
  );
  assert.deepEqual(granted.filter((calls) => calls > 0 && calls < 7).length, 1);
});

test("a new day starts with the last limit that is known, and half of it can be left to others", async (t) => {
  const { db, told } = await open(t);
  await told(30, 30, 30, { ...LEDGER, day: "2026-11-12" });
  await told(11, 11, 11, { ...LEDGER, day: "2026-11-17" });
  const half = await reserveCalls(db, LEDGER, { calls: 50, keepHalf: true }, NOW);
  assert.equal(half.granted, 6);
  assert.equal((await reserveCalls(db, LEDGER, { calls: 1, keepHalf: true }, NOW)).granted, 0);
  assert.equal((await reserveCalls(db, LEDGER, { calls: 50, keepHalf: false }, NOW)).granted, 5);
  const unknown = { ...LEDGER, api: "getusersummary" };
  assert.equal((await reserveCalls(db, unknown, { calls: 5_000, keepHalf: true }, NOW)).granted, 5_000);
});

test("of two APIs that are asked together as many calls are granted as both have, and what is not made is given back", async (t) => {
  const { db, told } = await open(t);
  await told(10, 0, 0);
  await told(4, 0, 0, { ...LEDGER, api: "getusersummary" });
  const ledger = openLedger(db, LEDGER.appId, NOW);
  const apis = [LEDGER.api, "getusersummary"];
  assert.equal(await ledger.reserve(apis, 6), 4);
  ledger.made(apis);
  const refusal = await ledger.reserve(apis, 1).catch((error: unknown) => error);
  assert.ok(refusal instanceof PlatformError);
  assert.deepEqual([refusal.code, refusal.api, refusal.scope], ["budget", "getusersummary", "quota"]);
  assert.equal(refusal.until?.toISOString(), "2026-11-20T16:00:00.000Z");
  await ledger.settle(db, [refusal]);
  assert.equal(await usedCalls(db, LEDGER), 1);
  assert.equal(await openLedger(db, LEDGER.appId, NOW).reserve(["getusersummary"], 9), 3, "nothing was closed");
});

test("a repeat counts at once and stays counted, and when none is left it is refused", async (t) => {
  const { db, told } = await open(t);
  await told(3, 0, 0);
  const ledger = openLedger(db, LEDGER.appId, NOW);
  assert.equal(await ledger.reserve([LEDGER.api], 2), 2);
  await ledger.bookRepeat(LEDGER.api);
  assert.equal(await usedCalls(db, LEDGER), 3);
  const refusal = await ledger.bookRepeat(LEDGER.api).catch((error: unknown) => error);
  assert.ok(refusal instanceof PlatformError);
  assert.deepEqual([refusal.code, refusal.scope], ["budget", "quota"]);
  ledger.made([LEDGER.api]);
  await ledger.settle(db, [refusal]);
  assert.equal(await usedCalls(db, LEDGER), 2);
});

test("the platform's word opens what its error had closed, and our count falls to its own when nobody else is visiting", async (t) => {
  const { db, told, row } = await open(t);
  await sql`insert into department values ('d', '局')`.execute(db);
  await sql`insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    values ('a', 'd', '号', 'wechat', 'wx1', 'running', 'r', now())`.execute(db);
  await ensureVisits(db, ["profile", "statistics"], NOW);
  const { id } = await db.selectFrom("account").select("id").executeTakeFirstOrThrow();
  await reserveCalls(db, LEDGER, { calls: 20, keepHalf: false }, NOW);
  await sql`update api_budget set closed_code = '45009', closed_until = ${new Date("2026-11-20T16:00:00Z")}`.execute(
    db,
  );
  await told(50, 50, 20);
  assert.deepEqual([(await row()).used_by_others, (await row()).closed_code], [30, "45009"], "none are left");

  await takeLease(db, id, "profile", { now: NOW });
  await takeLease(db, id, "statistics", { now: NOW });
  await told(50, 4, 20);
  const running = await row();
  assert.deepEqual([running.used, running.used_by_others, running.closed_code], [20, 0, null]);
  await sql`update visit set leased_until = null where collector = 'statistics'`.execute(db);
  await told(50, 4, 19);
  assert.equal((await row()).used, 20, "somebody reserved while the platform was asked");
  await told(50, 4, 20);
  assert.equal((await row()).used, 4);
});
