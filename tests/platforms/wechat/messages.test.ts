import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, ShapeFault } from "../../../src/platforms/wechat/fields.ts";
import { MESSAGES_PER_CALL, readMessageDays, readMessages } from "../../../src/platforms/wechat/messages.ts";
import { DAY, errorBody, failureOf, openPlatform, openSession, platformServer } from "./support.ts";

const NOW = new Date("2026-03-10T10:00:00Z");
const FROM = new Date("2026-03-09T00:00:00.900Z");
const TO = new Date("2026-03-10T00:00:00.900Z");
const NEXT = "2026-03-10";
const EMPTY = { recordlist: [], number: 0, msgid: "0" };

const read = (body: Fields, cursor: string | null = null, leaveOut: (fault: ShapeFault) => void = assert.fail) =>
  readMessages(body, cursor, { now: NOW, leaveOut });

const record = (rest: object = {}) => ({
  ...{ openid: "oV5Crj-u9", opercode: 2003, text: "身份证丢了怎么补办？", time: 1773105271, worker: "zwfw01@yunxigov" },
  ...rest,
});
const page = (...records: unknown[]) => ({ recordlist: records, number: records.length, msgid: "20165267" });
const full = (msgid?: unknown) => ({ ...page(record()), number: MESSAGES_PER_CALL, msgid });

test("records tell who sent what when, and codes that are no message are passed over", () => {
  const answer = {
    openid: "oV5Crj-u9",
    opercode: 2002,
    text: "请携带户口簿。",
    time: 1773105710,
    worker: "zwfw01@yunxigov",
  };
  const others = [1000, 1004, 2001, 9999].map((opercode) => ({ opercode }));
  assert.deepEqual(read(page(record(), ...others, answer, record({ text: null, opercode: "2003" }))), {
    next: null,
    rows: [
      { person: "oV5Crj-u9", staff: false, at: new Date(1773105271000), text: "身份证丢了怎么补办？" },
      { person: "oV5Crj-u9", staff: true, at: new Date(1773105710000), text: "请携带户口簿。" },
      { person: "oV5Crj-u9", staff: false, at: new Date(1773105271000), text: "" },
    ],
  });
});

test("a window is asked for in whole seconds, and the cursor with all its digits", async (t) => {
  const body = `{"recordlist":[],"number":${MESSAGES_PER_CALL},"msgid":9223372036854775807}`;
  const filled = body.replace("[]", '[{"openid":"o1","opercode":2003,"time":1773105271}]');
  const { url, asked } = await platformServer(t, { getmsglist: [filled, JSON.stringify(EMPTY)] });
  const { messages } = openSession({ url });
  const { next } = await messages.list(FROM, TO, null);
  assert.equal(next, "9223372036854775807");
  assert.deepEqual(await messages.list(FROM, TO, next), { rows: [], next: null });
  assert.deepEqual(
    asked.filter(({ api }) => api === "getmsglist").map((request) => request.body),
    [
      '{"starttime":1773014400,"endtime":1773100800,"msgid":1,"number":10000}',
      '{"starttime":1773014400,"endtime":1773100800,"msgid":9223372036854775807,"number":10000}',
    ],
  );
  const { limits } = openPlatform({ url });
  assert.deepEqual([limits.messageWindowSeconds, limits.messageDays], [86_400, 7]);
});

test("a window that is not full has no next page, whatever its cursor", () => {
  for (const msgid of [undefined, 0, "0", "20165267"]) {
    assert.equal(read({ ...page(record()), msgid }).next, null);
    assert.deepEqual(read({ ...EMPTY, msgid }), { rows: [], next: null });
  }
  assert.deepEqual(read({ number: 0 }), { rows: [], next: null });
  assert.equal(read({ recordlist: [record()] }).next, null);
});

test("a full page goes on only with a cursor that goes on, so that no walk is endless", () => {
  assert.equal(read(full("20165267"), "20165266").next, "20165267");
  const records = { recordlist: Array(MESSAGES_PER_CALL).fill(record()), msgid: "7" };
  assert.equal(read(records).next, "7");
  for (const [msgid, cursor] of [
    [undefined, null],
    [0, null],
    ["0", null],
    ["1", null],
    ["-5", null],
    [20165267, null],
    ["20165267", "20165267"],
    ["20165266", "20165267"],
    ["abc", "20165267"],
  ] as const) {
    assert.throws(() => read(full(msgid), cursor), /msgid is not an id after the last cursor/, String(msgid));
  }
});

test("an answer that hides its records, or has another shape, does not say that nobody wrote", () => {
  for (const body of [
    {},
    { number: 3, recordlist: [] },
    { number: 3 },
    { number: 0, recordlist: {} },
    { number: -1, recordlist: [] },
    page(null),
    page(record({ opercode: undefined })),
    page(record({ openid: " " })),
    page(record({ time: "yesterday" })),
  ]) {
    assert.throws(() => read(body), ShapeFault, JSON.stringify(body));
  }
});

test("a record that is not understood, or whose time cannot be, is left out", () => {
  for (const [path, odd] of [
    ["recordlist[0]", 7],
    ["recordlist[0].opercode", record({ opercode: "in" })],
    ["recordlist[0].openid", record({ openid: undefined })],
    ["recordlist[0].time", record({ time: undefined })],
    ["recordlist[0].time", record({ time: NOW.getTime() / 1000 + 601 })],
    ["recordlist[0].time", record({ time: 1773105271000 })],
    ["recordlist[0].text", record({ text: { image: 1 } })],
  ] as const) {
    const faults: string[] = [];
    const { rows } = read(page(odd, record()), null, ({ message }) => faults.push(message));
    assert.equal(rows.length, 1, path);
    assert.ok(faults.length === 1 && faults[0]?.startsWith(`${path} is not `), faults[0]);
  }
});

test("an account without customer service is no fault of anybody, and a refused question is ours", async (t) => {
  const { url, count } = await platformServer(t, {
    getmsglist: [65400, 65416, 65417, 48001].map((code) => errorBody(code)),
  });
  const { messages } = openSession({ url });
  const absent = await failureOf(messages.list(FROM, TO, null));
  assert.deepEqual([absent.name, absent.scope, absent.retry], ["CustomerServiceAbsent", "function", "never"]);
  assert.match(absent.reason, /未启用客服功能.*无需处理/);
  for (const scope of ["request", "request", "permission"]) {
    assert.equal((await failureOf(messages.list(FROM, TO, null))).scope, scope);
  }
  assert.equal(count("getmsglist"), 4);
});

test("the messages of a day are those of all kinds, and a repeated row counts once", () => {
  const row = (rest: object) => ({ ref_date: DAY, msg_type: 1, msg_user: 37, msg_count: 82, ...rest });
  const body = {
    list: [
      row({}),
      row({ msg_type: 2, msg_count: 5 }),
      row({ msg_type: undefined, msg_count: 1 }),
      row({ msg_type: undefined, msg_count: 1 }),
      row({ msg_count: 80 }),
      row({ ref_date: NEXT, msg_type: 6, msg_count: 0 }),
    ],
    is_delay: true,
  };
  assert.deepEqual(readMessageDays(body, DAY, NEXT), {
    delayed: true,
    rows: [
      { day: DAY, messages: 89 },
      { day: NEXT, messages: 0 },
    ],
  });
  for (const odd of [row({ msg_count: null }), row({ ref_date: "2026-03-11" }), row({ ref_date: "20260309" })]) {
    assert.throws(() => readMessageDays({ list: [odd] }, DAY, NEXT), ShapeFault);
  }
  assert.throws(() => readMessageDays({}, DAY, NEXT), ShapeFault);
});

test("counts that are not ready are a delayed answer", async (t) => {
  const { url, asked } = await platformServer(t, { getupstreammsg: [errorBody(61503), '{"list":[]}'] });
  const { messages } = openSession({ url });
  assert.deepEqual(await messages.days(DAY, NEXT), { rows: [], delayed: true });
  assert.deepEqual(await messages.days(DAY, NEXT), { rows: [], delayed: false });
  assert.equal(asked.at(-1)?.body, `{"begin_date":"${DAY}","end_date":"${NEXT}"}`);
});
