import assert from "node:assert/strict";
import { test } from "node:test";
import { first, type Simulation, type StateAccount, simulate } from "./support.ts";

const now = Date.parse("2026-11-23T10:00:00+08:00") / 1000;
const path = "/customservice/msgrecord/getmsglist";
const emptyAnswer = { recordlist: [], number: 0, msgid: 0 };

interface Answer {
  errcode?: number;
  recordlist: { openid: string; opercode: number; text: string; time: number; worker: string }[];
  number: number;
  msgid: number;
}

async function reader(simulation: Simulation, account: StateAccount) {
  const token = String((await simulation.stableToken(account)).json.access_token);
  return async (starttime: unknown, endtime: unknown, more: object = {}) => {
    const { json } = await simulation.call(token, path, { starttime, endtime, msgid: 1, number: 10_000, ...more });
    return json as unknown as Answer;
  };
}

async function accountOf(simulation: Simulation, code: string): Promise<StateAccount> {
  return first((await simulation.state("?replies=1&detail=brief")).accounts.filter((account) => account.code === code));
}

const dayOf = (seconds: number) => new Date((seconds + 8 * 3600) * 1000).toISOString().slice(0, 10);

test("The records are those of the state, both ends of a window included, and pages join without loss.", async (t) => {
  const simulation = await simulate(t);
  const account = await accountOf(simulation, "service-hall");
  const ask = await reader(simulation, account);
  const start = now - 4 * 86_400;
  const { recordlist, number } = await ask(start, start + 86_400);
  assert.equal(number, recordlist.length);
  const told = recordlist.filter(({ opercode }) => opercode === 2002 || opercode === 2003);
  const truth = account.messages.filter(({ at }) => at >= start && at <= start + 86_400);
  assert.deepEqual(
    told.map(({ openid, opercode, time, text }) => ({ openid, staff: opercode === 2002, at: time, text })),
    truth.map(({ robot: _robot, ...message }) => message),
  );
  assert.ok(truth.length > 50);
  const paged: Answer["recordlist"] = [];
  for (let cursor = 1; ; ) {
    const page = await ask(start, start + 86_400, { msgid: cursor, number: 7 });
    paged.push(...page.recordlist);
    if (page.number < 7) break;
    cursor = page.msgid;
  }
  assert.deepEqual(paged, recordlist);
  const { time } = first(recordlist.slice(10));
  const [here, below, above] = await Promise.all([ask(time, time), ask(time - 9, time), ask(time, time + 9)]);
  assert.ok(here.number > 0 && below.recordlist.at(-1)?.time === time && above.recordlist[0]?.time === time);
  assert.deepEqual(await ask(now + 10, now + 20), emptyAnswer);
  assert.ok((await ask(now - 86_400, now)).recordlist.every((record) => record.time <= now));
});

test("Windows beyond a day, missing values and accounts without customer service are refused.", async (t) => {
  const simulation = await simulate(t);
  const account = await accountOf(simulation, "service-hall");
  const ask = await reader(simulation, account);
  const code = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).errcode ?? 0;
  assert.deepEqual([await code(now - 86_400, now), await code(now - 86_401, now)], [0, 65417]);
  assert.equal(await code(undefined, now), 65416);
  assert.equal(await code(now, now - 1), 65416);
  for (const wrong of [{ msgid: 0 }, { msgid: 5 }, { number: 0 }, { number: 10_001 }]) {
    assert.equal(await code(now - 60, now, wrong), 65416, JSON.stringify(wrong));
  }
  const none = await accountOf(simulation, "archives");
  assert.equal((await (await reader(simulation, none))(now - 60, now)).errcode, 65400);
  const { accounts } = await simulation.state("?from=2026-11-22&detail=brief");
  const served = accounts.filter(({ functions }) => functions.customer_service).length;
  assert.ok(served > 5 && served < accounts.length / 2, String(served));
  await simulation.control("account", { appid: account.appid, set: { permissions: { messages: false } } });
  assert.equal(await code(now - 60, now), 48001);
});

test("Conversations hold robots, answers in the same second, other opercodes, media, silences, and people who stay unanswered.", async (t) => {
  const simulation = await simulate(t);
  const { accounts, marker, openid_prefix } = await simulation.state("?replies=1&detail=brief");
  const messages = accounts.flatMap((account) => account.messages.map((message) => ({ ...message, account })));
  assert.ok(messages.every(({ text }) => text.includes(marker) || /^\[(image|voice|video)\]$/.test(text)));
  assert.ok(messages.every(({ openid }) => openid.startsWith(openid_prefix)));
  for (const text of ["[image]", "[voice]"]) assert.ok(messages.some((message) => message.text === text));
  const people = [...Map.groupBy(messages, ({ openid }) => openid).values()];
  const pairs = people.flatMap((list) =>
    list.slice(1).map((message, place) => [first(list.slice(place)), message] as const),
  );
  const seen = (is: (before: (typeof messages)[number], after: (typeof messages)[number]) => boolean) =>
    pairs.filter(([before, after]) => is(before, after)).length;
  assert.ok(seen((before, after) => !before.staff && !after.staff && after.at === before.at) > 10);
  assert.ok(seen((before, after) => !before.staff && after.staff && !after.robot && after.at === before.at) > 5);
  assert.ok(seen((before, after) => !before.staff && !after.staff && after.at - before.at > 86_400) > 50);
  assert.ok(seen((before, after) => before.staff && !before.robot && !after.staff) > 100);
  for (const [, message] of pairs.filter(([before, after]) => after.robot && !before.robot)) {
    const asked = messages.some(
      ({ openid, staff, at }) => openid === message.openid && !staff && message.at - at >= 1 && message.at - at <= 3,
    );
    assert.ok(asked, `${message.account.code} ${message.at}`);
  }
  const robots = accounts.filter(({ functions }) => functions.greeting !== null);
  assert.deepEqual(robots.map(({ code }) => code).sort(), [
    "human-resources",
    "medical-insurance",
    "service-hall",
    "tcm-hospital",
    "yunxi-fabu",
  ]);
  for (const { code, functions, messages: own } of robots) {
    const greeted = own.filter(({ robot, text }) => robot && text === functions.greeting);
    assert.ok(new Set(greeted.map(({ openid }) => openid)).size > 50, code);
  }
  const never = first(accounts.filter(({ code }) => code === "education")).messages;
  assert.ok(never.length > 50 && never.every(({ staff }) => !staff));
  const steps = (await (await reader(simulation, first(accounts)))(now - 86_400 * 4, now - 86_400 * 3)).recordlist;
  assert.ok(steps.some(({ opercode }) => opercode === 1001 || opercode === 1004));
});

test("One robot also greets people who follow and wrote nothing, often enough to blur how fast it answers.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state("?replies=1&detail=brief");
  const unaskedOf = ({ messages }: StateAccount) => {
    const writers = new Set(messages.filter(({ staff }) => !staff).map(({ openid }) => openid));
    return messages.filter(({ robot, openid }) => robot && !writers.has(openid));
  };
  const greeters = accounts.filter((account) => unaskedOf(account).length > 0);
  assert.deepEqual(
    greeters.map(({ code }) => code),
    ["tcm-hospital"],
  );
  const greeter = first(greeters);
  const { messages, functions } = greeter;
  const unasked = unaskedOf(greeter);
  assert.ok(unasked.every(({ staff, text }) => staff && text === functions.greeting));
  const all = messages.filter(({ text }) => text === functions.greeting);
  assert.ok(unasked.length > all.length / 4 && unasked.length < all.length / 2, `${unasked.length} of ${all.length}`);
  assert.ok(new Set(unasked.map(({ openid }) => openid)).size > 50);
  assert.deepEqual(
    accounts.filter((account) => account.functions.greets_followers),
    greeters,
  );
  const start = now - 86_400;
  const { recordlist } = await (await reader(simulation, greeter))(start, now);
  const today = unasked.filter(({ at }) => at >= start);
  assert.ok(today.length > 0);
  for (const { openid, at, text } of today) {
    assert.ok(recordlist.some((record) => record.openid === openid && record.time === at && record.text === text));
  }
});

test("A callback hides every record though citizens write; elsewhere the counts are those of the records.", async (t) => {
  const simulation = await simulate(t);
  const range = ["2026-11-16", "2026-11-22"] as const;
  const hidden = await accountOf(simulation, "people-hospital");
  assert.deepEqual([hidden.functions.callback, hidden.messages.length], [true, 0]);
  assert.deepEqual(await (await reader(simulation, hidden))(now - 86_400, now), emptyAnswer);
  const rows = (await (await simulation.visit(hidden))("getupstreammsg", ...range)).json.list ?? [];
  assert.ok(rows.reduce((sum, row) => sum + Number(row.msg_count), 0) > 50);
  const { accounts } = await simulation.state("?replies=1&detail=brief");
  let quiet = 0;
  for (const code of ["service-hall", "education", "town-qinglong", "archives"]) {
    const account = first(accounts.filter((each) => each.code === code));
    const list = (await (await simulation.visit(account))("getupstreammsg", ...range)).json.list ?? [];
    const inbound = account.messages.filter(({ staff }) => !staff);
    for (let day = 16; day <= 22; day++) {
      const written = inbound.filter(({ at }) => dayOf(at) === `2026-11-${day}`);
      const told = list.filter((row) => row.ref_date === `2026-11-${day}`);
      assert.equal(
        told.reduce((sum, row) => sum + Number(row.msg_count), 0),
        written.length,
        `${code} ${day}`,
      );
      assert.ok(told.every((row) => Number(row.msg_user) > 0 && Number(row.msg_user) <= Number(row.msg_count)));
      if (written.length === 0) quiet++;
      assert.equal(told.length === 0, written.length === 0);
    }
  }
  assert.ok(quiet > 7);
});

test("Message counts come for seven days at most, from eight o'clock, with a permission of their own.", async (t) => {
  const simulation = await simulate(t);
  const account = await accountOf(simulation, "service-hall");
  const ask = await simulation.visit(account);
  const code = async (begin: string, end: string) => (await ask("getupstreammsg", begin, end)).json.errcode ?? 0;
  assert.deepEqual([await code("2026-11-16", "2026-11-22"), await code("2026-11-15", "2026-11-22")], [0, 61501]);
  await simulation.clock("2026-11-23T07:59:00+08:00");
  assert.equal(await code("2026-11-22", "2026-11-22"), 61503);
  await simulation.clock("2026-11-23T10:00:00+08:00");
  await simulation.control("account", { appid: account.appid, set: { permissions: { upstream: false } } });
  assert.equal(await code("2026-11-22", "2026-11-22"), 48001);
  const quota = async (cgi_path: string) => {
    const token = String((await simulation.stableToken(account)).json.access_token);
    return (await simulation.call(token, "/cgi-bin/openapi/quota/get", { cgi_path })).json.quota;
  };
  assert.deepEqual(await quota(path), { daily_limit: 5000, used: 0, remain: 5000 });
  assert.deepEqual(await quota("/datacube/getupstreammsg"), { daily_limit: 1000, used: 4, remain: 996 });
});

test("A callback and a greeting switched on change what comes later and nothing of before; a test's messages come at their moments.", async (t) => {
  const simulation = await simulate(t);
  const before = await accountOf(simulation, "tax");
  const { appid } = before;
  await simulation.control("account", { appid, set: { greeting: "您好，请留言" } });
  await simulation.clock("2026-11-26T10:00:00+08:00");
  const greeted = await accountOf(simulation, "tax");
  assert.deepEqual(greeted.messages.slice(0, before.messages.length), before.messages);
  const later = greeted.messages.slice(before.messages.length);
  assert.ok(later.some(({ robot, text }) => robot && text === "您好，请留言"));
  assert.ok(before.messages.every(({ robot }) => !robot));
  const said = { appid, openid: "oTest", text: "在吗", at: "2026-11-26T10:00:01+08:00" };
  await simulation.control("message", said);
  await simulation.control("message", { ...said, staff: true, text: "在", at: "2026-11-26T10:05:00+08:00" });
  const own = async () => (await accountOf(simulation, "tax")).messages.filter(({ openid }) => openid === "oTest");
  assert.deepEqual(await own(), []);
  await simulation.clock("2026-11-26T10:05:00+08:00");
  assert.deepEqual(
    (await own()).map(({ staff, text }) => [staff, text]),
    [
      [false, "在吗"],
      [true, "在"],
    ],
  );
  await simulation.clock("2026-11-26T10:05:01+08:00");
  await simulation.control("account", { appid, set: { callback: true } });
  await simulation.control("message", { ...said, at: "2026-11-26T11:00:00+08:00" });
  await simulation.clock("2026-11-27T10:00:00+08:00");
  const hidden = await accountOf(simulation, "tax");
  assert.equal((await own()).length, 2);
  assert.ok(hidden.messages.every(({ at }) => at < Date.parse("2026-11-26T10:05:01+08:00") / 1000));
  assert.ok(hidden.upstream.some(({ date, messages }) => date === "2026-11-26" && messages > 0));
  const seconds = Date.parse("2026-11-26T10:00:00+08:00") / 1000;
  const ask = await reader(simulation, hidden);
  assert.deepEqual(await ask(seconds, seconds + 3600), emptyAnswer);
  await simulation.control("account", { appid, set: { callback: false } });
  assert.ok((await ask(seconds, seconds + 3600)).number >= 2);
});
