import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Kysely } from "kysely";
import type { Database } from "../../src/store/database.ts";
import { openTestDatabase } from "../metrics/county.ts";
import {
  days,
  ends,
  fires,
  historyOf,
  insertAccount,
  minutes,
  payloadOf,
  report,
  setDeadline,
  settleAt,
  settleThrough,
  tell,
} from "./support.ts";

/** An account whose deadline has passed, as the data prove. */
async function overdue(t: TestContext): Promise<{ db: Kysely<Database>; id: number }> {
  const { db } = await openTestDatabase(t);
  const id = await insertAccount(db, "a", { deadlineAt: days(-1), dataUntil: days(-0.5) });
  return { db, id };
}

test("an episode ends once no level fires and the data bear none out, and a later one is another", async (t) => {
  const { db, id } = await overdue(t);
  await tell(db, fires("critical"));
  assert.equal(await settleAt(db, 1), 0);
  await setDeadline(db, id, days(10));
  await tell(db, ends("critical"), minutes(2));
  assert.equal(await settleAt(db, 3), 1);
  assert.equal(await settleAt(db, 4), 0);
  await setDeadline(db, id, days(3));
  await tell(db, fires("info"), minutes(5));
  assert.deepEqual(await historyOf(db), [
    "AccountPublishDue: fired critical, resolved critical",
    "AccountPublishDue: fired info …",
  ]);
  const episode = await db.selectFrom("alert_episode").select("ended_at").orderBy("id").executeTakeFirst();
  assert.deepEqual(episode?.ended_at, minutes(3));
});

test("what Alertmanager took for resolved while Prometheus was away stays open and is not told again", async (t) => {
  const { db } = await overdue(t);
  await tell(db, fires("critical"));
  await tell(db, ends("critical"), minutes(5));
  assert.equal(await settleAt(db, 60), 0);
  assert.equal(await tell(db, fires("critical"), minutes(90)), 0);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired critical …"]);
});

test("an end that was never told is found after half an hour of silence without support, not before", async (t) => {
  const { db, id } = await overdue(t);
  await tell(db, fires("critical"));
  await setDeadline(db, id, days(10));
  assert.equal(await settleAt(db, 5), 0);
  assert.equal(await settleAt(db, 34), 0);
  await tell(db, fires("critical"), minutes(34));
  assert.equal(await settleAt(db, 63), 0);
  assert.equal(await settleAt(db, 64), 1);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired critical, resolved critical"]);
});

test("support that comes back starts the half hour anew", async (t) => {
  const { db, id } = await overdue(t);
  await tell(db, fires("critical"));
  await setDeadline(db, id, days(10));
  await settleAt(db, 40);
  await setDeadline(db, id, days(-1));
  await settleAt(db, 60);
  await setDeadline(db, id, days(10));
  await settleAt(db, 65);
  assert.equal(await settleAt(db, 94), 0);
  assert.equal(await settleAt(db, 95), 1);
});

test("a level whose end was never told falls to what the data bear out, so that its return is news", async (t) => {
  const { db, id } = await overdue(t);
  await tell(db, fires("info", "warning", "critical"));
  await setDeadline(db, id, days(3));
  assert.equal(await settleAt(db, 1), 0);
  assert.equal(await settleAt(db, 31), 1);
  assert.equal(await settleAt(db, 90), 0);
  await setDeadline(db, id, days(-1));
  assert.equal(await tell(db, fires("critical"), minutes(100)), 1);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired critical, changed info, changed critical …"]);
});

test("a lower level that is told without the higher one takes its place at once, where the data agree", async (t) => {
  const { db, id } = await overdue(t);
  await tell(db, fires("critical"));
  await setDeadline(db, id, days(3));
  assert.equal(await tell(db, fires("info"), minutes(20)), 0);
  assert.equal(await settleAt(db, 21), 1);
  await setDeadline(db, id, days(-1));
  assert.equal(await tell(db, fires("critical"), minutes(30)), 1);
  assert.equal(await tell(db, fires("warning"), minutes(40)), 0);
  assert.equal(await settleAt(db, 41), 0);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired critical, changed info, changed critical …"]);
});

test("a closed account's episodes end at once, whatever fires", async (t) => {
  const { db } = await overdue(t);
  await tell(db, payloadOf(report("critical"), report("warning", true, { alert: "CountyOwn" })));
  await db.updateTable("account").set({ lifecycle: "closed" }).execute();
  assert.equal(await settleAt(db, 1), 2);
  assert.deepEqual(await historyOf(db), [
    "AccountPublishDue: fired critical, resolved critical",
    "CountyOwn: fired warning, resolved warning",
  ]);
});

test("a level that Alertmanager ended falls at once where the data agree, and stands where they do not", async (t) => {
  const { db, id } = await overdue(t);
  await tell(db, fires("warning", "critical"));
  // As when Prometheus is away: what critical kept quiet comes to light while it runs out a little later.
  await tell(db, payloadOf(report("critical", false), report("warning")), minutes(4));
  assert.equal(await settleAt(db, 5), 0);
  assert.equal(await tell(db, fires("critical"), minutes(9)), 0);
  await setDeadline(db, id, days(1));
  await tell(db, payloadOf(report("critical", false), report("warning")), minutes(10));
  assert.equal(await settleAt(db, 11), 1);
  assert.equal(await settleAt(db, 60), 0);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired critical, changed warning …"]);
});

const stalled = (firing: boolean) => report("critical", firing, { alert: "PlannerStalled", account: null });

test("what no data speak about is over when nothing fires for a while, with Prometheus there", async (t) => {
  const { db } = await overdue(t);
  const own = (firing: boolean) => report("warning", firing, { alert: "CountyOwn" });
  for (let minute = 0; minute <= 90; minute += 15) {
    await tell(db, payloadOf(stalled(true), own(true)), minutes(minute));
    assert.equal(await settleThrough(db, minute, minute + 14), 0);
  }
  await tell(db, payloadOf(stalled(false), own(false)), minutes(105));
  assert.equal(await settleThrough(db, 105, 116), 0);
  assert.equal(await settleThrough(db, 117, 117), 2);
});

test("what no data speak about is not over because Prometheus is away, nor because it starts anew", async (t) => {
  const { db } = await overdue(t);
  await tell(db, payloadOf(stalled(true)));
  assert.equal(await settleThrough(db, 0, 4), 0);
  await tell(db, payloadOf(stalled(false)), minutes(4));
  for (let minute = 5; minute < 50; minute += 1) assert.equal(await settleAt(db, minute), 0);
  assert.equal(await settleThrough(db, 50, 56), 0);
  await tell(db, payloadOf(stalled(true)), minutes(57));
  assert.equal(await settleThrough(db, 57, 80), 0);
  assert.deepEqual(await historyOf(db), ["PlannerStalled: fired critical …"]);
});

test("an end that Alertmanager never told, as after a restart or a silence, does not hide the next alert", async (t) => {
  const { db } = await overdue(t);
  await tell(db, payloadOf(stalled(true)));
  for (let minute = 1; minute < 60; minute += 1) assert.equal(await settleAt(db, minute), 0);
  assert.equal(await settleThrough(db, 60, 71), 0);
  assert.equal(await settleThrough(db, 72, 72), 1);
  assert.equal(await tell(db, payloadOf(stalled(true)), minutes(300)), 1);
  assert.deepEqual(await historyOf(db), [
    "PlannerStalled: fired critical, resolved critical",
    "PlannerStalled: fired critical …",
  ]);
});
