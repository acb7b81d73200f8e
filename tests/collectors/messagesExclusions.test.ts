import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { deriveCases } from "../../src/collectors/replies/cases.ts";
import { setExclusion } from "../../src/store/caseExclusion.ts";
import { lockConversations } from "../../src/store/messages.ts";
import type { Db } from "../../src/store/upsert.ts";
import { ASKED, after, DAY, greeted, HOUR, LENGTH, type Messages, START, startMessages } from "../support/messages.ts";

const AUTHOR = { at: START, actor: "test", action: "case exclude" };
const exclude = (trx: Db, id: number) => setExclusion(trx, id, "spam", AUTHOR);

async function onlyCase({ db }: Messages) {
  return await db.selectFrom("reply_case").select(["id", "person"]).executeTakeFirstOrThrow();
}

/** A message of the person that is seen only now. */
async function seeLate({ db, account }: Messages, person: string | null, at: string): Promise<void> {
  const row = { account_id: account.id, staff: false, text_hash: "", length: LENGTH, question: true };
  await db
    .insertInto("reply_message")
    .values({ ...row, person: person ?? "", at: new Date(at) })
    .execute();
}

async function derive(messages: Messages, trx: Db, person: string | null): Promise<void> {
  await lockConversations(trx, messages.account.id);
  await deriveCases(trx, messages.account.id, [person ?? ""], messages.clock.now);
}

/** Resolves when a transaction of the database waits for another one. */
async function somebodyWaits({ db }: Messages): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("an exclusion goes with its case when the case turns out to begin earlier", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", "2026-11-20T03:00:00Z");
  await messages.visit();
  const excluded = { excluded_at: START, excluded_reason: "spam" };
  await messages.db.updateTable("reply_case").set(excluded).execute();
  const [before] = await messages.db.selectFrom("reply_case").selectAll().execute();
  messages.pass(3 * HOUR);
  await messages.write("a", "2026-11-20T02:50:00Z", ASKED);
  await messages.db
    .updateTable("reply_channel")
    .set({ until: new Date("2026-11-20T03:30:00Z") })
    .execute();
  await messages.visit();
  assert.deepEqual(await messages.cases(), [`20T10:50:00 q ${2 * LENGTH} open excluded spam`]);
  const [now] = await messages.db.selectFrom("reply_case").selectAll().execute();
  assert.deepEqual(now?.first_seen_at, before?.first_seen_at);
});

test("a case that was there before does not take over what was said of one that it swallows", async (t) => {
  const messages = await startMessages(t);
  await greeted(messages, "a", "2026-11-20T01:00:00Z");
  await messages.write("a", "2026-11-20T01:05:00Z");
  for (const person of ["b", "c", "d"]) await greeted(messages, person, "2026-11-20T01:30:00Z");
  await messages.visit();
  const excluded = { excluded_at: START, excluded_reason: "spam" };
  const second = new Date("2026-11-20T01:05:00Z");
  await messages.db.updateTable("reply_case").set(excluded).where("received_at", "=", second).execute();
  messages.pass(3 * HOUR);
  await greeted(messages, "e", "2026-11-20T06:00:00Z");
  await messages.visit();
  assert.deepEqual((await messages.cases()).slice(0, 2), [
    `20T09:00:00 q ${2 * LENGTH} open`,
    `20T09:05:00 q ${LENGTH} open excluded spam vanished`,
  ]);
});

test("an excluded case that is swallowed and comes back is the same row, excluded still", async (t) => {
  const messages = await startMessages(t);
  await greeted(messages, "a", "2026-11-20T01:00:00Z");
  await messages.write("a", "2026-11-20T01:05:00Z");
  for (const person of ["b", "c", "d"]) await greeted(messages, person, "2026-11-20T01:30:00Z");
  await messages.visit();
  const spam = messages.db
    .selectFrom("reply_case")
    .selectAll()
    .where("received_at", "=", new Date("2026-11-20T01:05:00Z"));
  const { id } = await spam.executeTakeFirstOrThrow();
  await exclude(messages.db, id);
  const answered = await messages.cases();

  /** A day later, more people have got the same text after the seconds. */
  const learn = async (name: string, persons: number, seconds: number) => {
    messages.pass(DAY);
    for (let index = 0; index < persons; index++) {
      await greeted(messages, `${name}${index}`, after(messages.clock.now, -HOUR / 1000), seconds);
    }
    await messages.visit();
    return (await messages.cases()).slice(0, answered.length);
  };
  const swallowed = await learn("e", 1, 2);
  assert.deepEqual(swallowed.slice(0, 2), [
    `20T09:00:00 q ${2 * LENGTH} open`,
    `20T09:05:00 q ${LENGTH} open excluded spam vanished`,
  ]);
  const before = await spam.executeTakeFirstOrThrow();
  assert.deepEqual((await learn("f", 1, 2)).slice(0, 2), swallowed.slice(0, 2));
  await derive(messages, messages.db, before.person);
  assert.deepEqual(await spam.executeTakeFirstOrThrow(), before);
  assert.deepEqual(await learn("g", 8, 600), answered);
  assert.equal((await spam.executeTakeFirstOrThrow()).id, id);

  await learn("h", 40, 2);
  assert.match((await messages.cases())[1] ?? "", /vanished$/);
  await setExclusion(messages.db, id, null, AUTHOR);
  await learn("a", 1, 2);
  await derive(messages, messages.db, before.person);
  assert.deepEqual(await spam.execute(), [], "nobody excludes it any more");
});

test("of several cases that one turns out to be, only the first one's exclusion goes with it", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", "2026-11-19T02:00:00Z");
  await messages.write("a", "2026-11-20T03:00:00Z");
  await messages.visit();
  const [first, second] = await messages.db.selectFrom("reply_case").selectAll().orderBy("received_at").execute();
  assert.ok(first && second);
  await exclude(messages.db, second.id);
  await seeLate(messages, first.person, "2026-11-19T01:00:00Z");
  await seeLate(messages, first.person, "2026-11-19T12:00:00Z");
  await messages.db.transaction().execute((trx) => derive(messages, trx, first.person));
  assert.deepEqual(await messages.cases(), [
    `19T09:00:00 q ${4 * LENGTH} open`,
    `20T11:00:00 q ${LENGTH} open excluded spam vanished`,
  ]);
});

test("a case that is excluded while its start moves takes the exclusion along", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", "2026-11-20T03:00:00Z");
  await messages.visit();
  const { id, person } = await onlyCase(messages);
  await seeLate(messages, person, "2026-11-20T02:50:00Z");
  let derived: Promise<void> = Promise.resolve();
  await messages.db.transaction().execute(async (trx) => {
    await exclude(trx, id);
    derived = messages.db.transaction().execute((other) => derive(messages, other, person));
    await somebodyWaits(messages);
  });
  await derived;
  assert.deepEqual(await messages.cases(), [`20T10:50:00 q ${2 * LENGTH} open excluded spam`]);
});

test("who excludes a case that has just become another one is told that there is none", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", "2026-11-20T03:00:00Z");
  await messages.visit();
  const { id, person } = await onlyCase(messages);
  await seeLate(messages, person, "2026-11-20T02:50:00Z");
  let excluded: Promise<unknown> = Promise.resolve();
  await messages.db.transaction().execute(async (trx) => {
    await derive(messages, trx, person);
    excluded = messages.db.transaction().execute((other) => exclude(other, id));
    await somebodyWaits(messages);
  });
  assert.equal(await excluded, null);
  assert.deepEqual(await messages.cases(), [`20T10:50:00 q ${2 * LENGTH} open`]);
  const audited = await messages.db.selectFrom("audit").selectAll().where("action", "=", AUTHOR.action).execute();
  assert.deepEqual(audited, []);
});
