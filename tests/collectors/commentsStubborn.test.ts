import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { before, type Comments, comment, DAY, fault, HOUR, START, startComments } from "../support/comments.ts";

/** Visits whatever falls due, till the end; answers how the visits ended, with the time of each. */
async function live(county: Comments, days: number) {
  const until = new Date(county.clock.now.getTime() + days * DAY);
  const outcomes: string[] = [];
  for (let due = await county.due(); due < until; due = await county.due()) {
    county.clock.now = due;
    outcomes.push((await county.visit()).outcome);
  }
  county.clock.now = until;
  return outcomes;
}

const failed = (outcomes: string[]) => outcomes.filter((outcome) => outcome === "failed").length;
const times = (calls: string[], msgid: string) => calls.filter((call) => call === msgid).length;
const answered = { repliedAt: before(0) };

test("an article with a lasting fault holds up no other and is asked at its own pace, each look one failed visit", async (t) => {
  const faults = [
    fault("-1", "request", "soon"),
    fault("unexpected_shape", "request"),
    fault("47001", "request", "never"),
  ];
  for (const lasting of faults) {
    const county = await startComments(t);
    for (const [index, msgid] of ["9_1", "2_1", "1_1"].entries()) await county.publish(msgid, index);
    county.shown.set("9_1", lasting).set("1_1", [comment(1, answered)]);
    assert.equal((await county.visit()).outcome, "failed");
    assert.equal((await county.look("9_1"))?.looked_at, null);
    assert.equal((await county.channel())?.until ?? null, null);
    county.clock.now = await county.due();
    assert.equal((await county.visit()).outcome, "failed");
    const look = await county.look("9_1");
    assert.deepEqual([look?.looked_at, look?.found, look?.code], [county.clock.now, null, lasting.code]);
    assert.deepEqual(Object.keys(await county.cases()), ["1"]);
    county.taken();

    const outcomes = await live(county, 1);
    const taken = county.taken();
    assert.deepEqual([times(taken, "9_1"), times(taken, "2_1"), times(taken, "1_1")], [6, 6, 6], lasting.code);
    assert.equal(failed(outcomes), 6, "the visit that follows finds nothing to make up for");
    const { until } = (await county.channel()) ?? {};
    assert.ok(until && county.clock.now.getTime() - until.getTime() < 9 * HOUR, "the others were seen");
    county.shown.delete("9_1");
    await live(county, 1);
    assert.equal((await county.look("9_1"))?.code, null);
  }
});

test("more articles with lasting faults than a look bears hold up no other either", async (t) => {
  const county = await startComments(t);
  for (const msgid of ["5_1", "6_1", "7_1", "8_1", "9_1"]) {
    await county.publish(msgid);
    county.shown.set(msgid, fault("unexpected_shape", "request"));
  }
  await county.publish("1_1", 1);
  county.shown.set("1_1", [comment(1, answered)]);
  for (const expected of [["5_1", "6_1", "7_1"], ["8_1", "9_1", "1_1", "5_1", "6_1", "7_1"], ["8_1", "9_1"], []]) {
    await county.visit();
    assert.deepEqual(county.taken(), expected);
    county.pass(60_000);
  }
  assert.deepEqual(Object.keys(await county.cases()), ["1"]);
  county.shown.clear();
  await live(county, 1);
  assert.ok((await county.channel())?.until);
});

test("while the platform is down each visit begins with another article, and nothing is called seen", async (t) => {
  const county = await startComments(t);
  const all = ["1_1", "2_1", "3_1"];
  for (const msgid of all) await county.publish(msgid);
  await county.visit();
  const { until } = (await county.channel()) ?? {};
  assert.deepEqual(until, START);
  county.taken();
  for (const msgid of all) county.shown.set(msgid, fault("-1", "request", "soon"));
  await live(county, 1);
  const taken = county.taken();
  assert.deepEqual(taken.slice(0, 3), all);
  assert.deepEqual((await county.channel())?.until, until);
  assert.match((await county.coverage()) ?? "", /^failed -1/);
  county.shown.clear();
  await live(county, 1);
  assert.equal(new Set(county.taken()).size, 3);
  assert.notDeepEqual((await county.channel())?.until, until);
});

test("one fault loses nothing: neither what is to be made up for nor that the list was empty before", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1", 20);
  county.shown.set("1_1", [comment(1, answered)]);
  county.totals.set("1_1", 2);
  await county.visit();
  assert.equal((await county.look("1_1"))?.code, "incomplete");
  const lasting = fault("-1", "request", "soon");
  county.shown.set("1_1", lasting);
  county.pass(HOUR);
  await county.visit();
  county.taken();
  county.totals.clear();
  county.shown.set("1_1", []);
  county.clock.now = await county.due();
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1"], "before its week is over");
  assert.equal((await county.cases())["1"]?.vanished_at, null);
  county.pass(7 * DAY);
  county.shown.set("1_1", lasting);
  await county.visit();
  county.shown.set("1_1", []);
  await county.visit();
  assert.deepEqual((await county.cases())["1"]?.vanished_at, county.clock.now, "empty twice, whatever came between");
});

test("comments go with their article when its page is gone and the platform twice does not know it", async (t) => {
  for (const [state, gone] of [
    ["deleted", true],
    ["violation", true],
    ["ok", false],
    ["unknown", false],
  ] as const) {
    const county = await startComments(t);
    for (const msgid of ["1_1", "2_1"]) await county.publish(msgid);
    const shown = [comment(1)];
    county.shown.set("1_1", shown).set("2_1", [comment(2)]);
    await county.visit();
    await sql`update article set state = ${state} where msgid = '1_1'`.execute(county.db);
    const vanished = async () => (await county.cases())["1"]?.vanished_at;
    for (const answer of [null, fault("-1", "request", "soon"), null]) {
      county.shown.set("1_1", answer);
      county.pass(HOUR);
      await county.visit();
      assert.equal(await vanished(), null, "not twice running");
    }
    county.pass(HOUR);
    await county.visit();
    assert.deepEqual(await vanished(), gone ? county.clock.now : null, state);
    assert.equal((await county.cases())["2"]?.vanished_at, null);
    county.shown.set("1_1", shown);
    county.pass(3 * HOUR);
    await county.visit();
    assert.equal(await vanished(), null, "it is back");
  }
});

test("two walks that only together show all comments are a complete look, which makes nothing vanish", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  const all = Array.from({ length: 61 }, (_, index) => comment(1000 + index, answered));
  county.shown.set("1_1", all);
  await county.visit();
  county.taken();
  county.pass(3 * HOUR);
  const [, ...rest] = all;
  const [first] = rest;
  assert.ok(first);
  // The second page repeats the first comment in the place of another one, each time of a different one.
  let place = 49;
  county.hands.beforePage = (_, begin) => county.shown.set("1_1", begin > 0 ? rest.with(place++, first) : rest);
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1", "1_1+49", "1_1", "1_1+49"]);
  const look = await county.look("1_1");
  assert.deepEqual([look?.looked_at, look?.found, look?.code], [county.clock.now, 60, null]);
  assert.deepEqual((await county.channel())?.until, county.clock.now);
  assert.equal(await county.coverage(), "final");
  const cases = await county.cases();
  assert.equal(Object.values(cases).filter(({ vanished_at }) => vanished_at !== null).length, 0);
});

test("where the platform's count proved wrong, one walk is made, till it is right again", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.shown.set("1_1", [comment(1, answered)]);
  county.totals.set("1_1", 2);
  for (const calls of [4, 4, 2]) {
    await county.visit();
    assert.equal(county.taken().length, calls);
    county.pass(3 * HOUR);
  }
  county.totals.clear();
  await county.visit();
  assert.equal(county.taken().length, 1);
  assert.equal((await county.look("1_1"))?.code, null);
});

test("with no article to watch all is seen; with articles that are not due the last look stands", async (t) => {
  const county = await startComments(t);
  await live(county, 1);
  assert.equal(await county.channel(), null, "whether the account has comments is not known");
  await county.publish("1_1", 20);
  await county.visit();
  const { until } = (await county.channel()) ?? {};
  assert.deepEqual(until, county.clock.now);
  await live(county, 0.9);
  assert.deepEqual((await county.channel())?.until, until);
  await live(county, 45);
  county.taken();
  await live(county, 1);
  assert.deepEqual(county.taken(), []);
  const { until: seen } = (await county.channel()) ?? {};
  assert.ok(seen && county.clock.now.getTime() - seen.getTime() < 15 * HOUR);
  assert.equal(await county.coverage(), "final");
});

test("what is looked at daily or weekly is looked at with the 10 o'clock visit", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1", 5);
  await county.publish("2_1", 20);
  await county.visit();
  county.asked.length = 0;
  await live(county, 8);
  const hours = county.asked.map(({ msgid, at }) => `${msgid} ${(at.getUTCHours() + 8) % 24}`);
  assert.deepEqual([times(hours, "1_1 10"), times(hours, "2_1 10"), hours.length], [8, 2, 10]);
});

test("an outage costs no article its look, however seldom it is looked at", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1", 20);
  county.shown.set("1_1", fault("-1", "request", "soon"));
  for (let visits = 0; visits < 3; visits++) {
    await county.visit();
    county.clock.now = await county.due();
  }
  county.shown.set("1_1", [comment(1, answered)]);
  await county.visit();
  assert.deepEqual(Object.keys(await county.cases()), ["1"]);
});

test("a visit at night leaves standing what the last one found", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.shown.set("1_1", fault("40164", "account", "never"));
  assert.equal((await county.visit()).outcome, "failed");
  const last = await county.last();
  assert.deepEqual([last.error_code, last.failures], ["40164", 1]);
  county.shown.delete("1_1");
  county.taken();
  county.clock.now = new Date("2026-11-20T18:30:00Z");
  await county.visit();
  assert.deepEqual(county.taken(), []);
  assert.deepEqual(await county.last(), last);
  assert.equal((await county.due()).toISOString().slice(0, 13), "2026-11-20T23");
});

test("a look of a clock that ran ahead keeps no article from being looked at", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.pass(2 * DAY);
  await county.visit();
  county.pass(HOUR - 2 * DAY);
  county.taken();
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1"]);
});
