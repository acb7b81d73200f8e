import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { type ApiCall, callApi } from "../../../src/platforms/wechat/call.ts";
import { platformError } from "../../../src/platforms/wechat/errors.ts";
import { createPost } from "../../../src/platforms/wechat/http.ts";
import { type Answer, DAY, errorBody, failureOf, openSession, platformServer } from "./support.ts";

function someCall(changes: Partial<ApiCall<string>>): ApiCall<string> {
  return {
    account: "yunxi",
    api: "x",
    path: "/x",
    json: {},
    deadlineMs: 5_000,
    signal: new AbortController().signal,
    now: () => new Date(),
    read: () => "read",
    ...changes,
  };
}

const client = (apiUrl: string) => ({
  post: createPost({}),
  apiUrl,
  observe: () => {},
  log: pino({ level: "silent" }),
});

test("all attempts and pauses together end with the deadline", async (t) => {
  const hang: Answer = () => {};
  for (const [answers, code] of [
    [[errorBody(-1)], "-1"],
    [[errorBody(-1), hang], "timeout"],
  ] as const) {
    const { url, count } = await platformServer(t, { x: [...answers] });
    const startedAt = performance.now();
    assert.equal((await failureOf(callApi(client(url), someCall({ deadlineMs: 900 })))).code, code);
    assert.equal(count("x"), 2);
    assert.ok(performance.now() - startedAt < 1_100);
  }
});

test("a path below the platform's address is kept, and the token is encoded", async (t) => {
  const paths: string[] = [];
  const note: Answer = (request, response) => {
    paths.push(request.url ?? "");
    response.end("{}");
  };
  const { url } = await platformServer(t, { x: [note] });
  assert.equal(await callApi(client(`${url}/proxy/`), someCall({ token: "a+b/c=&d" })), "read");
  assert.deepEqual(paths, ["/proxy/x?access_token=a%2Bb%2Fc%3D%26d"]);
});

test("each request beyond the first is booked before it goes out, one with a renewed token too", async (t) => {
  const { url, count } = await platformServer(t, {
    getbizsummary: [errorBody(-1), errorBody(-1), errorBody(40001), '{"list":[],"is_delay":false}'],
  });
  const requests: number[] = [];
  const bookRepeat = async (api: string) => void requests.push(count(api));
  await openSession({ url, ports: { bookRepeat } }).statistics.summary(DAY, DAY);
  assert.deepEqual(requests, [1, 2, 3]);
  assert.equal(count("stable_token"), 2);
});

test("without a call left nothing is put again: a fault of the platform stays what it was, a new token has to wait", async (t) => {
  const none = platformError("45009", { api: "getbizsummary", now: new Date() });
  for (const [code, told] of [
    [-1, "-1"],
    [40001, "45009"],
  ] as const) {
    const { url, count } = await platformServer(t, { getbizsummary: [errorBody(code)] });
    const bookRepeat = () => Promise.reject(none);
    const failure = await failureOf(openSession({ url, ports: { bookRepeat } }).statistics.summary(DAY, DAY));
    assert.deepEqual([failure.code, count("getbizsummary")], [told, 1]);
  }
});
