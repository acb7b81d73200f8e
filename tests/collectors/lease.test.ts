import assert from "node:assert/strict";
import { test } from "node:test";
import type { Collector } from "../../src/collectors/collector.ts";
import { backfillVisit } from "../../src/collectors/statistics/backfill.ts";
import { statistics } from "../../src/collectors/statistics/index.ts";
import { visitAccount } from "../../src/collectors/visit.ts";
import { accountById } from "../../src/store/account.ts";
import { ensureVisits } from "../../src/store/visit.ts";
import { startPages } from "../support/pages.ts";

/** Finds nothing to ask, and fails at its last writes in a way that nobody foresaw. */
const failing = (collector: Collector): Collector => ({
  ...collector,
  visit: async () => ({ delayed: false, errors: [], unavailable: [], touched: [] }),
  settle: async () => {
    throw new RangeError("unforeseen");
  },
});

test("a visit that could not close itself is seen and put off, one beside the daily visit leaves that as it was", async (t) => {
  const { db, clock, context } = await startPages(t);
  await ensureVisits(db, [statistics.name], clock.now);
  const stored = () =>
    db
      .selectFrom("visit")
      .select(["next_due_at", "failures", "error_code", "finished_at", "lease_id"])
      .where("collector", "=", statistics.name)
      .executeTakeFirstOrThrow();
  const before = await stored();
  const account = (await accountById(db, 1)) ?? assert.fail();
  const { signal } = new AbortController();

  const history = { from: "2026-01-01", to: "2026-10-01", since: clock.now };
  const beside = await visitAccount(context, failing(backfillVisit(history, false)), account, { signal });
  assert.deepEqual([beside.outcome, beside.error?.code], ["failed", "internal"]);
  assert.deepEqual(await stored(), before);

  const daily = await visitAccount(context, failing(statistics), account, { signal });
  assert.deepEqual([daily.outcome, daily.error?.code], ["failed", "internal"]);
  const after = await stored();
  assert.deepEqual([after.failures, after.error_code, after.lease_id], [1, "internal", null]);
  assert.ok(after.next_due_at > before.next_due_at);
});
