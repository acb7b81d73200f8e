import assert from "node:assert/strict";
import { test } from "node:test";
import { readCountyFacts } from "../../src/alerts/county.ts";
import { openAccountIds, readAccountFacts } from "../../src/store/alertFacts.ts";
import { days, insertAccount, minutes, NOW } from "../alerts/support.ts";
import { openTestDatabase } from "../metrics/county.ts";

test("what is known of the accounts that are asked for is read, cases of the last 30 days, and nothing unknown is zero", async (t) => {
  const { db } = await openTestDatabase(t);
  const seen = await insertAccount(db, "seen", { deadlineAt: days(3), dataUntil: days(-0.5), errorCode: "40125" });
  const unseen = await insertAccount(db, "unseen");
  await insertAccount(db, "other");
  await db
    .updateTable("account")
    .set({ contact_name: "张三", contact_channel: "wecom", contact_target: "zhangsan" })
    .where("id", "=", seen)
    .execute();
  // Cases are counted by the database's clock.
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
  await db
    .insertInto("reply_channel")
    .values({ account_id: seen, channel: "comment", state: "measurable", until: ago(1) })
    .execute();
  const asked = { account_id: seen, channel: "comment", length: 5, question: true, first_seen_at: ago(40) } as const;
  await db
    .insertInto("reply_case")
    .values([
      { ...asked, comment_id: "1", received_at: ago(40), due_at: ago(16) },
      { ...asked, comment_id: "2", received_at: ago(2), due_at: ago(-22) },
      { ...asked, comment_id: "3", received_at: ago(24 * 60), due_at: ago(24 * 50) },
    ])
    .execute();
  const facts = await readAccountFacts(db, [seen, unseen]);
  assert.deepEqual([...facts.keys()].sort(), [seen, unseen].sort());
  const { createdAt, repliesAsOf, oldestOpenAt, ...rest } = facts.get(seen) ?? assert.fail();
  assert.ok(createdAt && repliesAsOf && oldestOpenAt);
  assert.deepEqual(rest, {
    ...{
      id: seen,
      code: "seen",
      name: "云溪seen",
      department: "d",
      departmentName: "云溪县水利局",
      lifecycle: "running",
    },
    ...{ lastPublishedAt: null, deadlineAt: days(3), dataUntil: days(-0.5), openCases: 2, overdueCases: 1 },
    ...{ errorCode: "40125", errorReason: "请核对 AppSecret。", verificationExpiresAt: null },
    ...{ contactName: "张三", contactChannel: "wecom", contactTarget: "zhangsan" },
  });
  const unknown = facts.get(unseen) ?? assert.fail();
  const { overdueCases, openCases, dataUntil, errorCode } = unknown;
  assert.deepEqual(
    { overdueCases, openCases, dataUntil, errorCode },
    {
      ...{ overdueCases: null, openCases: null, dataUntil: null, errorCode: null },
    },
  );
  assert.equal((await readAccountFacts(db, "all")).size, 3);
  assert.equal((await readAccountFacts(db, [])).size, 0);
});

test("the county counts each account that is bound to publish once, blind before rejected", async (t) => {
  const { db } = await openTestDatabase(t);
  const blindAt = minutes(-60 * 60);
  await insertAccount(db, "fine", { dataUntil: days(-0.5) });
  await insertAccount(db, "rejected", { dataUntil: days(-0.5), errorCode: "40125" });
  await insertAccount(db, "busy", { dataUntil: days(-0.5), errorCode: "45009" });
  await insertAccount(db, "both", { dataUntil: blindAt, errorCode: "40125", lifecycle: "rectifying" });
  await insertAccount(db, "new");
  await insertAccount(db, "planned", { lifecycle: "planned", errorCode: "40125" });
  await insertAccount(db, "old", { lifecycle: "closed", dataUntil: blindAt });
  assert.deepEqual(await readCountyFacts(db, NOW), { judged: 5, blind: 2, rejected: 1 });
});

test("accounts are found by code unless they are closed or unknown", async (t) => {
  const { db } = await openTestDatabase(t);
  const planned = await insertAccount(db, "planned", { lifecycle: "planned" });
  await insertAccount(db, "old", { lifecycle: "closed" });
  assert.deepEqual([...(await openAccountIds(db, ["old", "planned", "x", "'"]))], [["planned", planned]]);
});
