import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { openDatabase } from "../../src/store/database.ts";
import { type Claim, claimSlots, closeBucket, closedUntil } from "../../src/store/pageBucket.ts";
import { migrated } from "../support/migrated.ts";

const now = new Date("2026-11-20T00:10:00Z");
const hour = new Date("2026-11-20T01:10:00Z");
const pace = { spacingMs: 10_000, horizonMs: 1_000_000, maxSlots: 10 };

/** As two processes have them: connections of their own. */
async function twoPools(t: TestContext) {
  const { url } = await migrated.create(t);
  const pools = [openDatabase(url), openDatabase(url)] as const;
  for (const pool of pools) t.after(() => pool.destroy());
  return pools;
}

/** When a claim's first slot begins, by one clock. */
async function claimAt(db: ReturnType<typeof openDatabase>, count: number, horizonMs = pace.horizonMs) {
  const claim = await claimSlots(db, { ...pace, horizonMs }, count, now);
  return { claim, at: performance.now() + (claim.outcome === "granted" ? claim.waitMs : Number.NaN) };
}

test("claims of two processes at once never share a slot, and leave none unused", async (t) => {
  const pools = await twoPools(t);
  const counts = Array.from({ length: 24 }, (_, index) => 1 + (index % 3));
  const claims = await Promise.all(
    counts.map(async (count, index) => ({ count, ...(await claimAt(index % 2 ? pools[1] : pools[0], count)) })),
  );
  claims.sort((a, b) => a.at - b.at);
  for (const [index, { claim, at, count }] of claims.entries()) {
    assert.equal(claim.outcome, "granted");
    const next = claims[index + 1];
    // The moment of the answer is known no better than this.
    if (next) assert.ok(Math.abs(next.at - at - count * pace.spacingMs) < 3_000, `${at} ${count} ${next.at}`);
  }
});

test("a bucket that stood idle gives a slot at once, and does not make up for the idle time", async (t) => {
  const [db] = await twoPools(t);
  await sql`insert into page_bucket (next_at) values (clock_timestamp() - interval '1 hour')`.execute(db);
  const first = await claimSlots(db, pace, 1, now);
  const second = await claimSlots(db, pace, 1, now);
  assert.ok(first.outcome === "granted" && first.waitMs < 100);
  assert.ok(second.outcome === "granted" && second.waitMs > 5_000);
});

test("a slot that is too far away is refused with its distance, and nothing is taken", async (t) => {
  const [db, other] = await twoPools(t);
  await claimSlots(db, pace, 10, now);
  const refused: Claim[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    refused.push(await claimSlots(other, { ...pace, horizonMs: 2_000 }, 1, now));
  }
  for (const claim of refused) {
    assert.ok(claim.outcome === "busy" && claim.freeInMs > 50_000 && claim.freeInMs <= 100_000, JSON.stringify(claim));
  }
});

test("a bucket filled farther than any claim reaches counts as empty", async (t) => {
  const [db] = await twoPools(t);
  await sql`insert into page_bucket (next_at) values (clock_timestamp() + interval '1 day')`.execute(db);
  const claim = await claimSlots(db, { ...pace, horizonMs: 2_000 }, 1, now);
  assert.ok(claim.outcome === "granted" && claim.waitMs < 100);
  const next = await claimSlots(db, { ...pace, horizonMs: 2_000 }, 1, now);
  assert.ok(next.outcome === "busy" && next.freeInMs > 5_000, "only once");
});

test("a bucket that a slower process filled is not taken for empty by a faster one", async (t) => {
  const [slow, fast] = await twoPools(t);
  await claimSlots(slow, { spacingMs: 3_600_000, horizonMs: 60_000, maxSlots: 1 }, 1, now);
  const claim = await claimSlots(fast, { spacingMs: 5_100, horizonMs: 15_300, maxSlots: 10 }, 1, now);
  assert.ok(claim.outcome === "busy" && claim.freeInMs > 3_500_000, JSON.stringify(claim));
});

const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

test("a closed bucket gives no slot to anybody for an hour, whatever its pace", async (t) => {
  const [db, other] = await twoPools(t);
  assert.deepEqual(await closeBucket(db, { now, code: "captcha" }), hour);
  assert.deepEqual(await claimSlots(other, pace, 1, now), { outcome: "closed", until: hour });
  assert.deepEqual(await closedUntil(other, now), hour);
  await closeBucket(db, { now: later(-5), code: "captcha" });
  assert.deepEqual(await closedUntil(other, now), hour, "an earlier end opens nothing");
  assert.equal(await closedUntil(other, hour), null);
  assert.equal((await claimSlots(other, pace, 1, hour)).outcome, "granted");
});

test("what a clock far ahead closed is open, and is closed for an hour by the next captcha", async (t) => {
  const [db] = await twoPools(t);
  await closeBucket(db, { now: later(5), code: "captcha" });
  assert.deepEqual(await closedUntil(db, now), later(65), "clocks differ a little");
  await closeBucket(db, { now: later(365 * 24 * 60), code: "captcha" });
  assert.equal(await closedUntil(db, now), null);
  assert.equal((await claimSlots(db, pace, 1, now)).outcome, "granted");
  await closeBucket(db, { now, code: "captcha" });
  assert.deepEqual(await closedUntil(db, now), hour);
  assert.equal((await claimSlots(db, pace, 1, later(30))).outcome, "closed");
});
