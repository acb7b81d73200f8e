import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { type Comments, comment, DAY, fault, HOUR, START, startComments } from "../support/comments.ts";

const day = (date: Date) => new Date(date.getTime() + 8 * HOUR).toISOString().slice(0, 10);
const inDays = (days: number) => day(new Date(START.getTime() + days * DAY));

/** Visits whatever falls due, till the end. */
async function live(county: Comments, days: number) {
  const until = new Date(county.clock.now.getTime() + days * DAY);
  for (let due = await county.due(); due < until; due = await county.due()) {
    county.clock.now = due;
    await county.visit();
  }
  county.clock.now = until;
}

test("an account without comments is no failure: absent, asked again once a week, and measured as soon as it has them", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1", 1);
  await county.publish("2_1");
  const absent = fault("88000", "function", "never");
  county.shown.set("1_1", absent).set("2_1", absent);
  const report = await county.visit();
  assert.deepEqual([report.outcome, report.unavailable], ["succeeded", []]);
  assert.deepEqual(county.taken(), ["2_1"]);
  const { state, code, until, checkedAt } = (await county.channel()) ?? {};
  assert.deepEqual([state, code, until, checkedAt], ["absent", "88000", null, START]);
  assert.equal(await county.coverage(), "unavailable 88000");
  assert.equal(day(await county.due()), inDays(7));
  assert.equal(await county.look("2_1"), undefined);

  await live(county, 29);
  assert.deepEqual(county.taken(), ["2_1", "2_1", "2_1", "2_1"]);
  await county.visit({ recheck: true });
  assert.deepEqual(county.taken(), ["2_1"]);
  county.shown.set("1_1", [comment(1)]).delete("2_1");
  await live(county, 8);
  assert.deepEqual([...new Set(county.taken())], ["2_1", "1_1"]);
  assert.equal((await county.channel())?.state, "measurable");
  assert.deepEqual(Object.keys(await county.cases()), ["1"]);
  county.shown.set("1_1", absent).set("2_1", absent);
  await live(county, 8);
  assert.equal((await county.channel())?.state, "absent");
  assert.equal((await county.cases())["1"]?.vanished_at, null);
});

test("a refused permission is told, is asked again weekly or when somebody wants it, and costs no knowledge", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.shown.set("1_1", fault("48001", "permission", "never"));
  const report = await county.visit();
  assert.equal(report.outcome, "succeeded");
  assert.deepEqual(
    report.unavailable.map(({ part, code }) => [part, code]),
    [["comments", "48001"]],
  );
  const channel = await county.channel();
  assert.deepEqual([channel?.state, channel?.code], [null, "48001"]);
  county.taken();
  await live(county, 6);
  await county.visit();
  assert.deepEqual(county.taken(), []);
  await live(county, 2);
  assert.deepEqual(county.taken(), ["1_1"]);
  county.shown.delete("1_1");
  await county.visit({ recheck: true });
  assert.deepEqual(county.taken(), ["1_1"]);
  const known = await county.channel();
  assert.deepEqual([known?.state, known?.code], ["measurable", null]);
});

test("of articles that the platform does not know nothing is claimed, and they are looked at again at their pace", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1", 20);
  county.shown.set("1_1", [comment(1, { repliedAt: START })]);
  await county.visit();
  county.pass(7 * DAY);
  county.shown.set("1_1", null);
  county.taken();
  for (let weeks = 0; weeks < 2; weeks++) {
    await county.visit();
    county.pass(HOUR);
    await county.visit();
    county.pass(7 * DAY - HOUR);
  }
  assert.deepEqual(county.taken(), ["1_1", "1_1"]);
  const look = await county.look("1_1");
  assert.deepEqual([look?.found, look?.code], [null, "unknown_article"]);
  assert.equal((await county.cases())["1"]?.vanished_at, null);
  county.shown.set("1_1", []);
  await county.visit();
  assert.equal(
    (await county.cases())["1"]?.vanished_at,
    null,
    "the look before had found nothing only because it could not",
  );
});

test("an account of which no article is known is not called measurable", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.shown.set("1_1", null);
  await county.visit();
  assert.equal((await county.channel())?.state ?? null, null);
  await sql`insert into reply_channel (account_id, channel, state, code, checked_at)
    values (1, 'comment', 'absent', '88000', ${START})`.execute(county.db);
  await live(county, 7);
  county.taken();
  await live(county, 15);
  assert.deepEqual(county.taken(), ["1_1", "1_1"]);
  assert.equal((await county.channel())?.state, "absent");
});

test("one article's fault keeps no other from being asked; it is asked again, and the whole is not called complete", async (t) => {
  const county = await startComments(t);
  for (const msgid of ["1_1", "2_1", "3_1", "4_1", "5_1"]) await county.publish(msgid);
  const shape = fault("unexpected_shape", "request");
  county.shown
    .set("1_1", shape)
    .set("3_1", shape)
    .set("4_1", fault("internal_odd", "request"))
    .set("5_1", [comment(1)]);
  const report = await county.visit();
  assert.deepEqual([report.outcome, report.error?.code], ["failed", "unexpected_shape"]);
  assert.deepEqual(county.taken(), ["1_1", "2_1", "3_1", "4_1", "5_1"]);
  assert.deepEqual(Object.keys(await county.cases()), ["1"]);
  assert.equal(await county.coverage(), "failed unexpected_shape");
  const channel = await county.channel();
  assert.deepEqual([channel?.state, channel?.until], ["measurable", null]);
  county.shown.clear();
  county.clock.now = await county.due();
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1", "3_1", "4_1"]);
  assert.deepEqual((await county.channel())?.until, county.clock.now);
});

test("the same fault three times in a row, and each that passes by itself, ends the look", async (t) => {
  const county = await startComments(t);
  for (const msgid of ["1_1", "2_1", "3_1", "4_1", "5_1", "6_1"]) await county.publish(msgid);
  for (const msgid of ["2_1", "3_1", "4_1", "5_1"]) county.shown.set(msgid, fault("unexpected_shape", "request"));
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1", "2_1", "3_1", "4_1"]);
  county.pass(3 * HOUR);
  for (const msgid of ["1_1", "2_1", "4_1"]) county.shown.set(msgid, fault("unexpected_shape", "request"));
  for (const msgid of ["5_1", "6_1"]) county.shown.delete(msgid);
  county.shown.set("3_1", fault("47001", "request"));
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1", "5_1", "6_1", "2_1", "3_1", "4_1"]);
  county.pass(3 * HOUR);
  county.shown.set("1_1", fault("-1", "request", "soon"));
  await county.visit();
  assert.deepEqual(county.taken(), ["5_1", "6_1", "1_1"]);
  county.shown.set("2_1", fault("40001", "account"));
  const report = await county.visit();
  assert.deepEqual([report.outcome, report.error?.code], ["failed", "40001"]);
  assert.deepEqual(county.taken(), ["2_1"]);
});

test("at the end of the quota what was seen is kept, and the rest is done when it returns", async (t) => {
  const county = await startComments(t);
  for (const msgid of ["1_1", "2_1", "3_1"]) await county.publish(msgid);
  const comments = (from: number) => Array.from({ length: 60 }, (_, index) => comment(from + index));
  county.shown.set("1_1", comments(1000)).set("2_1", comments(2000)).set("3_1", comments(3000));
  await sql`insert into api_budget (app_id, api, day, daily_limit, used)
    values ('wx1', 'comment_list', '2026-11-20', 100, 97)`.execute(county.db);
  const report = await county.visit();
  assert.deepEqual([report.outcome, report.error?.code], ["failed", "budget"]);
  assert.deepEqual(county.taken(), ["1_1", "1_1+49", "2_1"]);
  assert.equal(Object.keys(await county.cases()).length, 60 + 49);
  assert.equal(await county.used(), 100);
  assert.equal((await county.channel())?.until, null);
  assert.equal((await county.cases())["2059"], undefined);
  while (day(county.clock.now) === day(START)) {
    county.clock.now = await county.due();
    const looks = county.taken();
    if (day(county.clock.now) === day(START)) assert.deepEqual(looks, []);
    await county.visit();
  }
  assert.deepEqual([...new Set(county.taken())].filter((call) => !call.startsWith("1_1")).sort(), [
    ...["2_1", "2_1+49", "3_1", "3_1+49"],
  ]);
  assert.equal(Object.keys(await county.cases()).length, 180);
  assert.deepEqual((await county.channel())?.until, county.clock.now);
});

test("the platform's own end of the quota closes comments until it returns", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.shown.set("1_1", fault("45009", "quota"));
  assert.equal((await county.visit()).error?.code, "45009");
  county.taken();
  county.pass(4 * HOUR);
  assert.equal((await county.visit()).error?.code, "45009");
  assert.deepEqual(county.taken(), [], "no call was made");
});

test("a visit that is killed between two pages leaves nothing half done, and the next one does the rest", async (t) => {
  const county = await startComments(t);
  for (const msgid of ["1_1", "2_1"]) await county.publish(msgid);
  county.shown.set("1_1", [comment(1)]).set(
    "2_1",
    Array.from({ length: 60 }, (_, index) => comment(100 + index)),
  );
  const stop = new AbortController();
  county.hands.beforePage = (_, begin) => {
    if (begin === 0) return;
    stop.abort();
    stop.signal.throwIfAborted();
  };
  assert.equal((await county.visit({ signal: stop.signal })).outcome, "interrupted");
  assert.deepEqual(Object.keys(await county.cases()), ["1"]);
  assert.equal(await county.used(), 3);
  county.hands.beforePage = () => {};
  county.taken();
  await county.visit();
  assert.deepEqual(county.taken(), ["2_1", "2_1+49"]);
  assert.equal(Object.keys(await county.cases()).length, 61);
});
