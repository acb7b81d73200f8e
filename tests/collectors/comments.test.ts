import assert from "node:assert/strict";
import { test } from "node:test";
import { before, comment, DAY, HOUR, OPENID, START, startComments, TEXT } from "../support/comments.ts";
import { databaseText } from "../support/dump.ts";

const many = (count: number) => Array.from({ length: count }, (_, index) => comment(1000 + index));

test("all pages are read, one call each, and nothing personal is kept", async (t) => {
  const county = await startComments(t);
  for (const [msgid, count] of [
    ["5_1", 0],
    ["4_1", 49],
    ["3_1", 50],
    ["2_1", 98],
    ["1_1", 120],
  ] as const) {
    await county.publish(msgid);
    county.shown.set(
      msgid,
      many(count).map((one) => ({ ...one, id: `${msgid[0]}${one.id}` })),
    );
  }
  const anonymous = comment(7, { person: null, text: "谢谢👍" });
  county.shown.set("5_1", [anonymous]);
  assert.equal((await county.visit()).outcome, "succeeded");
  const taken = county.taken();
  assert.deepEqual(taken, ["1_1", "1_1+49", "1_1+98", "2_1", "2_1+49", "3_1", "3_1+49", "4_1", "5_1"]);
  assert.equal(await county.used(), taken.length);
  const cases = await county.cases();
  assert.equal(Object.keys(cases).length, 49 + 50 + 98 + 120 + 1);
  assert.deepEqual([cases["7"]?.person, cases["7"]?.length, cases["7"]?.question], [null, 3, false]);
  const known = cases["11000"];
  assert.match(known?.person ?? "", /^[0-9a-f]{32}$/);
  assert.deepEqual([known?.length, known?.question, known?.received_at], [8, true, before(1)]);
  assert.notEqual(known?.person, cases["11001"]?.person);
  assert.equal((await county.channel())?.state, "measurable");
  assert.deepEqual((await county.channel())?.until, START);
  assert.equal(await county.coverage(), "final");
  const dump = await databaseText(county.url);
  assert.ok(dump.includes(known?.person ?? "?"));
  for (const secret of [OPENID, TEXT]) assert.equal(dump.includes(secret), false, secret);
});

test("what an article told is saved with it: visits at later slots write nothing but their time", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.shown.set("1_1", [...many(60), comment(7, { repliedAt: before(0) })]);
  await county.visit();
  const versions = await county.versions();
  for (let pass = 0; pass < 3; pass++) {
    county.pass(HOUR);
    await county.visit();
    assert.deepEqual((await county.look("1_1"))?.looked_at, county.clock.now);
    assert.deepEqual((await county.channel())?.until, county.clock.now);
  }
  assert.equal(county.taken().length, 8);
  assert.deepEqual(await county.versions(), versions);
});

test("when staff reply between two pages, the walk is done once more and nobody is lost", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  const all = many(100);
  county.shown.set("1_1", all);
  let shifts = 1;
  county.hands.beforePage = (_, begin) => {
    if (begin === 0 || shifts-- <= 0) return;
    // An answered comment moves to the front: one is shown twice, another one not at all.
    const last = all.pop();
    if (last) all.unshift({ ...last, repliedAt: before(0) });
  };
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1", "1_1+49", "1_1+98", "1_1", "1_1+49", "1_1+98"]);
  const cases = await county.cases();
  assert.equal(Object.keys(cases).length, 100);
  assert.deepEqual(cases["1099"]?.first_reply_at, before(0));
  assert.equal((await county.look("1_1"))?.found, 100);
  assert.equal(await county.coverage(), "final");
});

test("a list that stays incomplete is saved as far as it goes, makes nothing vanish and is asked for at the next slot", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1", 20);
  county.shown.set("1_1", [comment(1, { repliedAt: before(0) }), comment(2, { repliedAt: before(0) })]);
  await county.visit();
  county.taken();
  county.pass(7 * DAY);
  county.shown.set("1_1", [comment(2, { repliedAt: before(0) }), comment(3, { repliedAt: before(0) })]);
  county.totals.set("1_1", 3);
  const { until } = (await county.channel()) ?? {};
  assert.equal((await county.visit()).outcome, "succeeded");
  assert.equal(county.taken().length, 2 * 2, "the page, one more that is empty, and both again");
  assert.equal(await county.coverage(), "provisional");
  const cases = await county.cases();
  assert.deepEqual([Object.keys(cases), cases["1"]?.vanished_at], [["1", "2", "3"], null]);
  assert.deepEqual((await county.channel())?.until, until);
  const due = await county.due();
  assert.ok(due.getTime() - county.clock.now.getTime() <= HOUR);
  county.clock.now = due;
  await county.visit();
  assert.equal(county.taken().length, 4);
  assert.equal((await county.look("1_1"))?.code, "incomplete_again");
  assert.deepEqual((await county.channel())?.until, county.clock.now, "more than it shows cannot be had");
  for (let hours = 0; hours < 12; hours++) {
    county.pass(HOUR);
    await county.visit();
  }
  assert.deepEqual(county.taken(), [], "not before its own slot");
  county.totals.clear();
  county.pass(7 * DAY - 12 * HOUR);
  await county.visit();
  assert.deepEqual((await county.cases())["1"]?.vanished_at, county.clock.now);
  assert.equal((await county.look("1_1"))?.code, null);
});

test("a platform that repeats one page for ever is asked twice for it, not for ever", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  const page = many(49);
  county.shown.set("1_1", page);
  county.totals.set("1_1", 1_000_000);
  county.hands.beforePage = (_, begin) => {
    county.shown.set("1_1", [...Array.from({ length: begin }, () => comment(0)), ...page]);
  };
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1", "1_1+49", "1_1", "1_1+49"]);
  assert.equal(Object.keys(await county.cases()).length, 49);
});

test("the first reply stays, whether the platform moves it later or takes it away", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  const told = [before(0), new Date(START.getTime() + HOUR), null, new Date(START.getTime() - 600_000)];
  const first = [before(0), before(0), before(0), new Date(START.getTime() - 600_000)];
  for (const [index, repliedAt] of told.entries()) {
    county.shown.set("1_1", [comment(1, { repliedAt })]);
    await county.visit();
    const row = (await county.cases())["1"];
    assert.deepEqual(row?.first_reply_at, first[index]);
    // Received at 11:30 and answered at noon's break or before it.
    assert.equal(row?.working_seconds, 1800, `step ${index}`);
    county.pass(3 * HOUR);
  }
});

test("a vanished comment is excluded till it is back; an empty list is believed the second time only", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  const state = async () => {
    const rows = await county.db.selectFrom("reply_case").select(["comment_id", "vanished_at"]).orderBy("id").execute();
    return rows.map((row) => (row.vanished_at ? `-${row.comment_id}` : row.comment_id)).join(" ");
  };
  const steps: [string[], string][] = [
    [["1", "2", "3"], "1 2 3"],
    [["1", "3"], "1 -2 3"],
    [["1", "2", "3"], "1 2 3"],
    [[], "1 2 3"],
    [["1", "3"], "1 -2 3"],
    [[], "1 -2 3"],
    [[], "-1 -2 -3"],
    [["3"], "-1 -2 3"],
  ];
  for (const [ids, expected] of steps) {
    county.shown.set(
      "1_1",
      ids.map((id) => comment(id)),
    );
    await county.visit();
    assert.equal(await state(), expected);
    county.clock.now = await county.due();
  }
  assert.equal(county.taken().length, steps.length);
});

test("a comment that is shown and not understood keeps the others from vanishing", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1");
  county.shown.set("1_1", [comment(1), comment(2)]);
  await county.visit();
  county.taken();
  county.garbled.add("2");
  county.pass(3 * HOUR);
  await county.visit();
  assert.deepEqual(county.taken(), ["1_1"], "it counts as shown");
  assert.equal((await county.cases())["2"]?.vanished_at, null);
  assert.equal((await county.look("1_1"))?.found, 2);
});

test("a day's count of comments in the statistics sends the collector to older articles, once", async (t) => {
  const county = await startComments(t);
  await county.publish("1_1", 40);
  await county.publish("2_1", 2);
  await county.publish("3_1", 61);
  await county.visit();
  assert.deepEqual(county.taken(), ["2_1", "1_1"]);
  county.clock.now = new Date("2026-11-21T00:30:00Z");
  county.shown.set("1_1", [comment(1, { receivedAt: new Date("2026-11-20T10:00:00Z"), text: "谢谢" })]);
  await county.count("2026-11-20", 1);
  await county.visit();
  assert.deepEqual(county.taken(), ["2_1", "1_1"]);
  assert.deepEqual((await county.cases())["1"]?.msgid, "1_1");
  await county.count("2026-11-19", 5);
  county.pass(60_000);
  await county.visit();
  assert.deepEqual(county.taken(), [], "all were looked at since that day");
});

test("the collector returns at the next slot: hourly while a case is open, never between 23:00 and 07:00 unless by hand", async (t) => {
  const county = await startComments(t);
  const minute = async () => (await county.due()).getUTCMinutes() * 60 + (await county.due()).getUTCSeconds();
  const hours = async () => {
    const slots: number[] = [];
    for (let visits = 0; visits < 40; visits++) {
      county.clock.now = await county.due();
      slots.push((county.clock.now.getUTCHours() + 8) % 24);
      await county.visit();
    }
    return new Set(slots);
  };
  await county.publish("1_1", -5);
  await county.visit();
  const second = await minute();
  assert.deepEqual(await hours(), new Set([13, 16, 19, 22, 7, 10]));
  assert.equal(await minute(), second, "the account has its own minute");
  county.shown.set("1_1", [comment(1, { receivedAt: county.clock.now })]);
  await county.visit();
  assert.deepEqual(
    [...(await hours())].sort((a, b) => a - b),
    Array.from({ length: 16 }, (_, index) => 7 + index),
  );
  county.taken();
  county.clock.now = new Date("2026-11-30T18:30:00Z");
  await county.visit();
  assert.equal(county.taken().length, 0);
  await county.visit({ recheck: true });
  assert.equal(county.taken().length, 1);
  assert.equal((await county.due()).toISOString().slice(0, 13), "2026-11-30T23");
});
