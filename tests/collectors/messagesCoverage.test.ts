import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY, HOUR, type Messages, START, startMessages } from "../support/messages.ts";

const at = (milliseconds: number) => new Date(START.getTime() + milliseconds);
const since = async (messages: Messages) => (await messages.channel())?.since?.toISOString() ?? null;

/** Looks once after each period. */
async function looks(messages: Messages, count: number, period: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    messages.pass(period);
    assert.equal((await messages.visit()).outcome, "succeeded");
  }
}

test("what was written while a clock ran ahead is seen when it is right again", async (t) => {
  const messages = await startMessages(t);
  await messages.visit();
  messages.clock.now = at(2 * DAY);
  await messages.visit();
  assert.deepEqual((await messages.channel())?.until, at(2 * DAY));
  await messages.write("a", at(HOUR));
  messages.clock.now = at(3 * HOUR);
  messages.taken();
  assert.equal((await messages.visit()).outcome, "succeeded");
  assert.equal((await messages.cases()).length, 1);
  assert.equal(messages.taken().length, 14);
  assert.deepEqual((await messages.channel())?.until, at(3 * HOUR));
  await looks(messages, 1, 3 * HOUR);
  assert.equal(messages.taken().length, 1);
});

test("a first look with a clock that ran ahead does not say that messages are covered from a time to come", async (t) => {
  const messages = await startMessages(t);
  messages.clock.now = at(20 * DAY);
  await messages.visit();
  assert.equal(await since(messages), at(19 * DAY).toISOString());
  messages.clock.now = START;
  await messages.visit();
  assert.equal(await since(messages), at(-DAY).toISOString());
});

test("what was refused while a clock ran ahead is asked again when it is right", async (t) => {
  const messages = await startMessages(t);
  await messages.set({ customerService: false });
  messages.clock.now = at(60 * DAY);
  await messages.visit();
  assert.equal((await messages.channel())?.state, "absent");
  messages.clock.now = START;
  await messages.set({ customerService: true });
  await messages.visit();
  assert.equal((await messages.channel())?.state, null);
});

test("whether messages are hidden is asked again when the clock that asked last ran ahead", async (t) => {
  const messages = await startMessages(t);
  await messages.visit();
  const ahead = { since: at(-20 * DAY), checked_at: at(60 * DAY) };
  await messages.db.updateTable("reply_channel").set(ahead).where("channel", "=", "message").execute();
  await looks(messages, 1, 3 * HOUR);
  assert.equal(messages.daysAsked.length, 1);
});

test("messages that a server had hidden are covered from the window in which one is seen again", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", at(-HOUR));
  await messages.visit();
  const before = await since(messages);
  await messages.set({ callback: true });
  for (let day = 1; day <= 9; day++) await messages.write("b", at(day * DAY));
  await looks(messages, 9, DAY);
  assert.equal((await messages.channel())?.state, "hidden");
  assert.equal(await since(messages), before);
  messages.pass(HOUR);
  await messages.set({ callback: false });
  await messages.write("c", messages.clock.now);
  await looks(messages, 1, 2 * HOUR);
  assert.equal((await messages.channel())?.state, "measurable");
  assert.equal(await since(messages), at(9 * DAY - HOUR).toISOString());
  await looks(messages, 1, 3 * HOUR);
  assert.equal(await since(messages), at(9 * DAY - HOUR).toISOString());
});

test("after a week without the function messages are covered anew", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", at(-HOUR));
  await messages.visit();
  assert.equal(await since(messages), at(-DAY).toISOString());
  await messages.set({ customerService: false });
  await looks(messages, 7, DAY);
  assert.equal((await messages.channel())?.state, "absent");
  await messages.set({ customerService: true });
  await messages.write("b", at(7 * DAY + HOUR));
  await looks(messages, 1, DAY);
  assert.equal((await messages.channel())?.state, "measurable");
  // Windows begin an hour before what was covered last; the first of them still shows what was known.
  assert.equal(await since(messages), at(-HOUR).toISOString());
});

test("after a pause of more than two weeks messages are covered from the oldest window that still holds one", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", at(-2 * HOUR));
  await messages.visit();
  const before = await since(messages);
  await messages.write("b", at(8 * DAY));
  messages.clock.now = at(14 * DAY);
  await messages.visit();
  assert.equal(await since(messages), before, "two weeks are what a first look goes back, too");

  await messages.write("c", at(26 * DAY));
  await messages.county.call("settings", { dailyQuota: { getmsglist: 9 } });
  messages.clock.now = at(29 * DAY);
  assert.equal((await messages.visit()).error?.scope, "quota");
  assert.equal(await since(messages), null, "nothing is claimed before anything was seen");
  await messages.county.call("settings", { dailyQuota: { getmsglist: 5_000 } });
  await looks(messages, 1, DAY);
  const windows = messages.taken().map(({ from }) => from);
  const oldest = windows.findLast((from) => from <= at(26 * DAY));
  assert.equal(await since(messages), oldest?.toISOString());
});
