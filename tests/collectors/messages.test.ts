import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { deriveCases } from "../../src/collectors/replies/cases.ts";
import { parseMasterKeys } from "../../src/vault.ts";
import { databaseText } from "../support/dump.ts";
import { DAY, greeted, HOUR, LENGTH, START, startMessages, TEXT } from "../support/messages.ts";

test("a look keeps times, hashes, lengths and flags; cases follow, and neither a text nor an openid is stored", async (t) => {
  const messages = await startMessages(t);
  await messages.write("甲", "2026-11-19T01:00:00Z");
  await messages.write("甲", "2026-11-19T01:10:00Z", `${TEXT}谢谢`);
  await messages.write("甲", "2026-11-19T02:00:00Z", `${TEXT}九点`, true);
  await messages.write("乙", "2026-11-20T03:00:00Z", "[image]");
  const report = await messages.visit();
  assert.equal(report.outcome, "succeeded", report.error?.message);
  assert.deepEqual(await messages.cases(), [`19T09:00:00 q ${LENGTH + 5} 19T10:00:00`, "20T11:00:00 - 7 open"]);
  assert.equal(await messages.coverage(), "final");

  const rows = await messages.db.selectFrom("reply_message").selectAll().orderBy("at").execute();
  assert.equal(rows.length, 4);
  for (const row of rows) {
    assert.match(row.person, /^[0-9a-f]{32}$/);
    assert.match(row.text_hash, row.staff ? /^[0-9a-f]{32}$/ : /^$/);
    assert.equal(row.length === null, row.staff);
    assert.equal(row.question === null, row.staff);
  }
  assert.equal(new Set(rows.map(({ person }) => person)).size, 2);
  const dump = await databaseText(messages.county.url);
  assert.match(dump, /19T01:00:00|19 01:00:00|"at":"2026-11-19/);
  assert.doesNotMatch(dump, new RegExp(`${TEXT}|oGmSim|image`));

  const [first] = await messages.db.selectFrom("reply_case").selectAll().orderBy("received_at").execute();
  assert.deepEqual([first?.working_seconds, first?.working_days], [3600, 0], "judged in the same visit");
});

test("a second look at the same conversations writes and locks no row", async (t) => {
  const messages = await startMessages(t);
  for (const person of ["a", "b", "c", "d", "e"]) await greeted(messages, person, "2026-11-20T01:00:00Z");
  await messages.write("a", "2026-11-20T01:30:00Z", `${TEXT}九点`, true);
  await messages.visit();
  const before = await messages.versions();
  assert.equal(before.length, 5 + 11 + 1);
  await messages.db.updateTable("reply_channel").set({ until: null }).execute();
  messages.taken();
  assert.equal((await messages.visit()).outcome, "succeeded");
  assert.equal(messages.taken().length, 14);
  assert.deepEqual(await messages.versions(), before);
});

test("messages that are removed after 400 days change no case that stays", async (t) => {
  const messages = await startMessages(t);
  const { db, account } = messages;
  // Somebody who writes every 20 hours and is never answered: all of it is one case.
  const oldest = START.getTime() - 410 * DAY;
  const times = Array.from({ length: 490 }, (_, index) => new Date(oldest + index * 20 * HOUR));
  const row = { account_id: account.id, staff: false, text_hash: "", length: 1, question: true };
  const person = "f".repeat(32);
  await db
    .insertInto("reply_message")
    .values(times.map((at) => ({ ...row, person, at })))
    .execute();
  const derive = () => db.transaction().execute((trx) => deriveCases(trx, account.id, [person], messages.clock.now));
  const received = START.getTime() - 405 * DAY;
  const added = { length: 490, question: true, first_reply_at: null, first_seen_at: START, person };
  await db
    .insertInto("reply_case")
    .values({ account_id: account.id, channel: "message", received_at: new Date(received), ...added })
    .execute();
  await derive();
  const before = await messages.versions();
  assert.equal(
    (await messages.cases()).length,
    1,
    "an older case stays, and the next one does not begin before it ends",
  );
  await db
    .deleteFrom("reply_message")
    .where("at", "<", new Date(START.getTime() - 400 * DAY))
    .execute();
  await derive();
  const kept = await messages.versions();
  assert.deepEqual(
    kept.filter((version) => before.some((other) => JSON.stringify(other) === JSON.stringify(version))).length,
    kept.length,
  );
  assert.equal((await messages.cases()).length, 1);
});

test("with a master key that does not open the account's secret no key for hashes is made", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", "2026-11-20T01:00:00Z");
  const { context, vault } = messages.county;
  context.vault = parseMasterKeys(randomBytes(32).toString("base64"));
  const failed = await messages.visit();
  assert.equal(failed.outcome, "failed");
  assert.match(failed.error?.message ?? "", /sealed with master key/);
  assert.deepEqual(await messages.db.selectFrom("hash_key").selectAll().execute(), []);
  context.vault = vault;
  messages.pass(DAY);
  assert.equal((await messages.visit()).outcome, "succeeded");
  assert.equal((await messages.cases()).length, 1);
});
