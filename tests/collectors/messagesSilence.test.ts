import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, timeOn } from "../../src/calendar.ts";
import { DAY, HOUR, type Messages, START, startMessages } from "../support/messages.ts";

/** 12:30 on the day. */
const noon = (day: string) => timeOn(day, "12:30");
const standing = async (messages: Messages) => {
  const channel = await messages.channel();
  return [channel?.state ?? null, channel?.code ?? null];
};

/** A visit on each of the days, noon. */
async function daily(messages: Messages, from: string, days: number): Promise<void> {
  for (let index = 0; index < days; index++) {
    messages.clock.now = noon(addDays(from, index));
    const report = await messages.visit();
    assert.equal(report.outcome, "succeeded", report.error?.message);
  }
}

test("an account whose own server receives the messages is told from one to which nobody writes", async (t) => {
  const [hidden, quiet] = [await startMessages(t), await startMessages(t)];
  await hidden.set({ callback: true });
  await hidden.write("a", "2026-11-26T02:00:00Z");
  for (const messages of [hidden, quiet]) {
    await daily(messages, "2026-11-20", 7);
    assert.deepEqual(await standing(messages), [null, "unsettled"], "not known before seven whole days are covered");
    assert.deepEqual(messages.daysAsked, []);
    await daily(messages, "2026-11-27", 1);
    assert.deepEqual(messages.daysAsked, ["2026-11-20/2026-11-26"]);
    assert.equal(await messages.coverage("messageDays"), "final");
  }
  assert.deepEqual(await standing(hidden), ["hidden", "callback"]);
  assert.deepEqual(await standing(quiet), ["measurable", null]);

  for (const messages of [hidden, quiet]) await daily(messages, "2026-11-28", 7);
  assert.deepEqual(quiet.daysAsked, ["2026-11-20/2026-11-26", "2026-11-27/2026-12-03"], "once a week");
  assert.deepEqual(hidden.daysAsked, ["2026-11-20/2026-11-26"], "what is hidden shows itself by a message");
  assert.deepEqual(await standing(hidden), ["hidden", "callback"]);

  await hidden.set({ callback: false });
  hidden.pass(HOUR);
  await hidden.write("b", hidden.clock.now);
  hidden.pass(3 * HOUR);
  await hidden.visit();
  assert.deepEqual(await standing(hidden), ["measurable", null]);
  assert.equal((await hidden.cases()).length, 1);
});

test("a server that takes over an account that was measurable is noticed after a week", async (t) => {
  const messages = await startMessages(t);
  await messages.write("a", "2026-11-20T02:00:00Z");
  await daily(messages, "2026-11-20", 1);
  assert.deepEqual(await standing(messages), ["measurable", null]);
  messages.pass(HOUR);
  await messages.set({ callback: true });
  await messages.write("a", "2026-11-25T02:00:00Z");
  await daily(messages, "2026-11-21", 7);
  assert.deepEqual([messages.daysAsked, await standing(messages)], [[], ["measurable", null]]);
  await daily(messages, "2026-11-28", 1);
  assert.deepEqual(messages.daysAsked, ["2026-11-21/2026-11-27"]);
  assert.deepEqual(await standing(messages), ["hidden", "callback"]);
  assert.equal((await messages.cases()).length, 1, "what was seen stays");
});

test("without permission for the counts it stays unknown whether messages are hidden, unless some were seen", async (t) => {
  const [unseen, seen] = [await startMessages(t), await startMessages(t)];
  await seen.write("a", "2026-11-20T02:00:00Z");
  for (const messages of [unseen, seen]) {
    await messages.set({ permissions: { upstream: false } });
    await daily(messages, "2026-11-20", 15);
    assert.match((await messages.coverage("messageDays")) ?? "", /^unavailable 48001$/);
    assert.equal(await messages.coverage(), "final", "the messages themselves are no fault");
  }
  assert.deepEqual(unseen.daysAsked.length, 2, "once a week");
  assert.deepEqual(await standing(unseen), [null, "unsettled"]);
  assert.deepEqual(await standing(seen), ["measurable", null]);
});

test("counts that the platform has not computed yet settle nothing and are asked for again", async (t) => {
  const messages = await startMessages(t);
  await messages.county.call("settings", { readyAt: "13:00" });
  await daily(messages, "2026-11-20", 9);
  assert.equal(messages.daysAsked.length, 2);
  assert.deepEqual(await standing(messages), [null, "unsettled"]);
  await messages.county.call("settings", { readyAt: "08:00" });
  messages.pass(3 * HOUR);
  await messages.visit();
  assert.equal(messages.daysAsked.length, 3);
  assert.deepEqual(await standing(messages), ["measurable", null]);
});

test("without customer service there is no fault, and it is asked again a week later at the morning's slot", async (t) => {
  const messages = await startMessages(t);
  await messages.set({ customerService: false });
  const report = await messages.visit();
  assert.deepEqual([report.outcome, report.unavailable], ["succeeded", []]);
  assert.deepEqual(await standing(messages), ["absent", "65400"]);
  assert.equal(await messages.coverage(), "unavailable 65400");
  assert.equal(messages.taken().length, 1);

  await daily(messages, "2026-11-21", 6);
  assert.equal(messages.taken().length, 0);
  messages.clock.now = timeOn("2026-11-27", "09:59");
  await messages.visit();
  assert.equal(messages.taken().length, 0);
  await messages.set({ customerService: true });
  messages.clock.now = timeOn("2026-11-27", "11:00");
  await messages.visit();
  assert.equal(messages.taken().length, 14);
  assert.deepEqual(await standing(messages), [null, "unsettled"]);
});

test("whoever looks by hand asks at once what was refused", async (t) => {
  const messages = await startMessages(t);
  await messages.set({ permissions: { messages: false } });
  const refused = await messages.visit();
  assert.deepEqual([refused.outcome, refused.unavailable.map(({ part }) => part)], ["succeeded", ["messages"]]);
  assert.deepEqual(await standing(messages), [null, "48001"]);
  messages.taken();
  messages.pass(DAY);
  await messages.visit();
  assert.equal(messages.taken().length, 0);
  await messages.set({ permissions: { messages: true } });
  await messages.write("a", new Date(START.getTime() - HOUR));
  await messages.visit({ recheck: true });
  assert.equal(messages.taken().length, 14);
  assert.deepEqual(await standing(messages), ["measurable", null]);
});
