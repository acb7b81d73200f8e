import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { inspect } from "node:util";
import { pino } from "pino";
import { wechat } from "../../../src/platforms/wechat/index.ts";
import { type Answer, DAY, errorBody, failureOf, platformServer, somePorts, tokenBody } from "./support.ts";

const TOKEN = "canary-token";
const SECRET = "canary-secret";

const FAULTS: Record<string, Answer> = {
  reset: (request) => request.socket.destroy(),
  truncated: (_request, response) => {
    response.writeHead(200, { "content-length": 99 }).write(`{"${TOKEN}`, () => response.destroy());
  },
  gateway: (request, response) => response.writeHead(502).end(`<html>${request.url} ${TOKEN}</html>`),
  garbage: `{"a": ${TOKEN} ${SECRET}`,
  quoted: errorBody(48001, `invalid credential ${TOKEN} ${SECRET}`),
  refused: errorBody(40001, TOKEN),
  shape: JSON.stringify({ list: [{ ref_date: TOKEN }] }),
  type: JSON.stringify({ list: TOKEN, errcode: `${SECRET}` }),
  oversized: (_request, response) => response.end(Buffer.alloc(21 * 1024 * 1024, SECRET)),
  redirect: (request, response) => response.writeHead(302, { location: `http://127.0.0.1:1${request.url}` }).end(),
};

test("neither token nor secret reaches a log line or an error, even unredacted and at trace level", async (t) => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = pino({ level: "trace" }, destination);
  const observed: unknown[] = [];
  const failOf = async (answers: Record<string, Answer[]>) => {
    const { url } = await platformServer(t, answers);
    const observe = (request: unknown) => observed.push(request);
    const platform = wechat({ wechatApiUrl: url, wechatPageUrl: url, proxyEnv: {}, observe, log });
    const session = platform.open({ code: "yunxi", appId: "wx1" }, somePorts({ secret: async () => SECRET }));
    return await failureOf(session.statistics.summary(DAY, DAY));
  };
  const errors = await Promise.all(
    Object.values(FAULTS).flatMap((fault) => [
      failOf({ stable_token: [tokenBody(TOKEN)], getbizsummary: [fault] }),
      failOf({ stable_token: [fault] }),
    ]),
  );
  assert.equal(errors.length, 2 * Object.keys(FAULTS).length);
  const told = [
    ...errors.map((error) => inspect(error, { depth: null, showHidden: true })),
    ...lines,
    inspect(observed),
  ];
  assert.ok(lines.length > errors.length);
  for (const text of told) assert.doesNotMatch(text, /canary|access_token=|127\.0\.0\.1/);
});
