import assert from "node:assert/strict";
import { test } from "node:test";
import type { GreetingRules } from "../../src/rules/greeting.ts";
import {
  after,
  DAY,
  GREETING,
  greeted,
  HOUR,
  LENGTH,
  type Messages,
  START,
  startMessages,
  TEXT,
} from "../support/messages.ts";

const learned = ({ db }: Messages) => db.selectFrom("reply_greeting").selectAll().orderBy("id").execute();
const openOf = async (messages: Messages) => (await messages.cases()).filter((text) => text.endsWith("open")).length;

test("a greeting that is learned later reopens the cases that it had ended", async (t) => {
  const messages = await startMessages(t);
  await greeted(messages, "a", "2026-11-19T01:00:00Z");
  await messages.write("a", "2026-11-19T01:01:00Z", `${TEXT}在吗`);
  for (const person of ["b", "c", "d"]) await greeted(messages, person, "2026-11-20T01:00:00Z");
  await messages.write("b", "2026-11-20T02:00:00Z", `${TEXT}九点`, true);
  await messages.visit();
  const added = [...`${TEXT}在吗`].length;
  assert.deepEqual(await messages.cases(), [
    `19T09:00:00 q ${LENGTH} 19T09:00:02`,
    `19T09:01:00 q ${added} open`,
    ...Array.from({ length: 3 }, () => `20T09:00:00 q ${LENGTH} 20T09:00:02`),
  ]);

  messages.pass(3 * HOUR);
  await greeted(messages, "e", "2026-11-20T06:00:00Z", 9);
  await messages.visit();
  const replied = (await messages.cases()).slice(1, 4).sort();
  assert.deepEqual(replied, [
    `20T09:00:00 q ${LENGTH} 20T10:00:00`,
    `20T09:00:00 q ${LENGTH} open`,
    `20T09:00:00 q ${LENGTH} open`,
  ]);
  assert.equal((await messages.cases())[0], `19T09:00:00 q ${LENGTH + added} open`, "two cases were one all the time");
  const open = await messages.db.selectFrom("reply_case").selectAll().where("first_reply_at", "is", null).execute();
  for (const row of open) {
    assert.deepEqual([row.working_seconds, row.working_days], [null, null], "an open case has no time to the reply");
    assert.ok(row.due_at !== null && row.judged_by !== null);
  }
});

test("a text that is a robot's once stays so until less than half of it comes within seconds", async (t) => {
  const messages = await startMessages(t);
  const shares: [number, number, boolean][] = [];
  /** A day later, `persons` more have got the text after the seconds. */
  const look = async (persons: number, seconds: number) => {
    messages.pass(DAY);
    for (let index = 0; index < persons; index++) {
      await greeted(messages, `p${shares.length}-${index}`, after(messages.clock.now, -HOUR / 1000 - index), seconds);
    }
    await messages.visit();
    const [greeting] = await learned(messages);
    shares.push([greeting?.within_seconds ?? 0, greeting?.answers ?? 0, (await openOf(messages)) > 0]);
  };
  await look(5, 2);
  await look(2, 600);
  await look(3, 600);
  await look(1, 600);
  await look(9, 2);
  await look(10, 2);
  assert.deepEqual(shares, [
    [5, 5, true],
    [5, 7, true],
    [5, 10, true],
    [5, 11, false],
    [14, 20, false],
    [24, 30, true],
  ]);
  assert.equal(await openOf(messages), 30);
});

test("what a robot sends unasked does not hide that it is a robot", async (t) => {
  const messages = await startMessages(t);
  for (let index = 0; index < 6; index++) {
    await greeted(messages, `a${index}`, after("2026-11-20T01:00:00Z", index));
    await messages.write(`b${index}`, after("2026-11-20T02:00:00Z", index), GREETING, true);
  }
  await messages.visit();
  const [greeting] = await learned(messages);
  assert.deepEqual([greeting?.uses, greeting?.answers, greeting?.within_seconds], [12, 6, 6]);
  assert.equal(greeting?.automatic, true);
  assert.equal(await openOf(messages), 6);
});

test("other rules reach what was said before, at the next look, and the same rules write nothing", async (t) => {
  const messages = await startMessages(t);
  const { context } = messages.county;
  const shipped = context.ruleSets;
  const rule = (greeting: GreetingRules) => {
    const changed = [...shipped].map(([id, set]) => [id, { ...set, replies: { ...set.replies, greeting } }] as const);
    context.ruleSets = new Map(changed);
  };
  const look = async () => {
    messages.pass(DAY);
    assert.equal((await messages.visit()).outcome, "succeeded");
    return await openOf(messages);
  };
  for (const person of ["a", "b", "c", "d", "e"]) await greeted(messages, person, "2026-11-19T01:00:00Z", 20);
  assert.equal(await look(), 0);
  const before = await messages.versions();
  assert.equal(await look(), 0);
  assert.deepEqual(await messages.versions(), before);
  rule({ seconds: 30, persons: 5 });
  assert.equal(await look(), 5);
  const relearned = await messages.versions();
  assert.equal(await look(), 5);
  assert.deepEqual(await messages.versions(), relearned);
  rule({ seconds: 30, persons: 6 });
  assert.equal(await look(), 0, "learned from the beginning: what other rules made of it does not count");
  rule({ seconds: 300, persons: 2 });
  assert.equal(await look(), 5);
  context.ruleSets = shipped;
  assert.equal(await look(), 0);
});

test("what is learned does not depend on how the conversations came in", async (t) => {
  const write = async (messages: Messages) => {
    for (const [index, person] of ["a", "b", "c", "d", "e", "f", "g"].entries()) {
      await greeted(messages, person, after("2026-11-19T02:00:00Z", index * 10_000).toISOString(), index % 4);
      if (index % 2 === 0) {
        await messages.write(person, after("2026-11-19T05:00:00Z", index * 10_000), `${TEXT}是的`, true);
      }
    }
  };
  const [one, other] = [await startMessages(t), await startMessages(t)];
  await write(one);
  await write(other);
  const end = new Date(START.getTime() + DAY);
  one.clock.now = end;
  await one.visit();
  for (other.clock.now = new Date("2026-11-19T02:30:00Z"); other.clock.now < end; other.pass(3 * HOUR)) {
    await other.visit();
  }
  other.clock.now = end;
  await other.visit();
  assert.deepEqual(await other.cases(), await one.cases());
  assert.ok((await one.cases()).some((text) => text.endsWith("open")));
  const habits = async (messages: Messages) =>
    (await learned(messages)).map(({ text_hash: _ofItsOwnKey, ...habit }) => habit);
  assert.deepEqual(await habits(other), await habits(one));
});

test("what was learned from uses that are no longer kept stays learned", async (t) => {
  const messages = await startMessages(t);
  const { db, account } = messages;
  for (const person of ["a", "b", "c", "d", "e"]) await greeted(messages, person, "2026-11-20T01:00:00Z");
  await messages.visit();
  const gone = db.selectFrom("reply_message").select("person").distinct().orderBy("person").limit(2);
  await db.deleteFrom("reply_message").where("account_id", "=", account.id).where("person", "in", gone).execute();
  messages.pass(3 * HOUR);
  await greeted(messages, "f", "2026-11-20T06:00:00Z");
  await messages.visit();
  const [greeting] = await learned(messages);
  assert.equal(greeting?.persons, 4, "too few to learn it from");
  assert.equal(greeting.automatic, true);
  assert.ok((await messages.cases()).every((text) => text.endsWith("open")));
});
