import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { pino } from "pino";
import { PlatformError } from "../../../src/errors.ts";
import type { Session } from "../../../src/platforms/platform.ts";
import { platformError } from "../../../src/platforms/wechat/errors.ts";
import { wechat } from "../../../src/platforms/wechat/index.ts";
import { withoutPersonalData } from "../../../src/platforms/wechat/raw.ts";
import { DAY, failureOf, openSession, platformServer, somePorts } from "./support.ts";

const OPENID = "oV5Crj-canary";
const TEXT = "canary我叫张三，电话13812345678，低保怎么办";
const STAFF = "canary01@yunxigov";
const CANARY = /canary|张三|1381234567|低保/;
const TIME = 1773105271;

const person = fc.constantFrom<unknown>(OPENID, TEXT, [OPENID], { [OPENID]: TEXT }, 13812345678, { text: TEXT });
const mostly = (...values: unknown[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: person });
const entry = fc.record(
  {
    user_comment_id: mostly(7),
    openid: mostly(OPENID),
    content: mostly(TEXT),
    text: mostly(TEXT),
    create_time: mostly(TIME),
    time: mostly(TIME),
    opercode: mostly(2002, 2003, 1004),
    worker: mostly(STAFF),
    reply: mostly({ content: TEXT, create_time: TIME }, { content: TEXT }),
    ref_date: mostly(DAY),
    msg_count: mostly(3),
  },
  { requiredKeys: [] },
);
const entries = fc.oneof({ weight: 4, arbitrary: fc.array(fc.oneof(entry, person), { maxLength: 3 }) }, person);
const figure = mostly(undefined, 0, 1, 10_000);
const answer = fc
  .record({
    ...{ comment: entries, recordlist: entries, list: entries, total: figure, number: figure, msgid: figure },
    ...{ comment_cnt: figure, errmsg: person, is_delay: figure, [OPENID]: person },
    errcode: mostly(0, 0, 0, 48001, 98765),
  })
  .map((body) => JSON.stringify(body));
const CALLS: ((session: Session) => Promise<unknown>)[] = [
  ({ comments }) => comments.list("2247490098_1", 0),
  ({ messages }) => messages.list(new Date(TIME * 1000), new Date(TIME * 1000 + 86_400_000), null),
  ({ messages }) => messages.days(DAY, DAY),
];

test("what citizens wrote and who they are reach no error, log line, metric or kept answer, whatever comes", async (t) => {
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  const destination = new Writable({
    write(chunk, _encoding, done) {
      tell(String(chunk));
      done();
    },
  });
  let text = "";
  const give = (_request: unknown, response: { end(text: string): void }) => response.end(text);
  const { url } = await platformServer(t, { list: [give], getmsglist: [give], getupstreammsg: [give] });
  const log = pino({ level: "trace" }, destination);
  const observe = (request: object) => tell(inspect(request));
  const platform = wechat({ wechatApiUrl: url, wechatPageUrl: url, proxyEnv: {}, observe, log });
  let kept = 0;
  const keepRaw = (raw: { api: string; fault: string; body: string }) => {
    kept += 1;
    tell(`${raw.api} ${raw.fault} ${platform.withoutPersonalData(raw.body)}`);
  };
  const session = platform.open({ code: "yunxi", appId: "wx1" }, somePorts({ keepRaw }));
  const outcomes = { answers: 0, errors: 0 };
  await fc.assert(
    fc.asyncProperty(answer, fc.constantFrom(...CALLS), fc.nat(), async (hostile, call, at) => {
      text = hostile;
      // One that breaks off is no JSON and would be asked for again after a pause; what is kept of it is the same.
      told.splice(0, told.length, platform.withoutPersonalData(hostile.slice(0, at % hostile.length)));
      try {
        await call(session);
        outcomes.answers += 1;
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        tell(inspect(error, { depth: null, showHidden: true }));
        outcomes.errors += 1;
      }
      for (const line of told) assert.doesNotMatch(line, CANARY);
    }),
    { numRuns: 800 },
  );
  assert.ok(outcomes.answers > 50 && outcomes.errors > 50 && kept > 50, JSON.stringify({ ...outcomes, kept }));
});

test("an answer that breaks off in the middle of a text is not quoted", async (t) => {
  const told: string[] = [];
  const broken = `{"errcode":0,"recordlist":[{"openid":"${OPENID}","opercode":2003,"text":"${TEXT}`;
  const { url } = await platformServer(t, { list: [broken], getmsglist: [broken], getupstreammsg: [broken] });
  const ports = { bookRepeat: async () => Promise.reject(platformError("45009", { api: "any", now: new Date() })) };
  const session = openSession({ url, ports, observe: (request) => told.push(inspect(request)) });
  const errors = await Promise.all(CALLS.map((call) => failureOf(call(session))));
  for (const error of errors) {
    assert.equal(error.code, "not_json");
    told.push(inspect(error, { depth: null, showHidden: true }));
  }
  assert.ok(told.length > errors.length);
  for (const line of told) assert.doesNotMatch(line, CANARY);
});

test("of a kept answer the codes and counts stay that tell what was wrong, and nothing of persons", () => {
  const records = [{ openid: OPENID, opercode: 2003, text: TEXT, time: TIME, worker: 1001 }];
  const comments = [{ user_comment_id: 3, openid: OPENID, create_time: TIME, content: TEXT, reply: { content: TEXT } }];
  const veiled = withoutPersonalData(JSON.stringify({ comment: comments, total: 7, recordlist: records, number: 1 }));
  assert.equal(
    veiled.replace(/\s+/g, " "),
    '{ "comment": [ { "user_comment_id": (1 digits), "openid": "(13 characters)", "create_time": (10 digits), ' +
      '"content": "(30 characters)", "reply": { "content": "(30 characters)" } } ], "total": 7, "recordlist": [ { ' +
      '"openid": "(13 characters)", "opercode": 2003, "text": "(30 characters)", "time": (10 digits), ' +
      '"worker": (4 digits) } ], "number": 1 }',
  );
});
