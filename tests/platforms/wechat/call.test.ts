import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { type ApiCall, callApi } from "../../../src/platforms/wechat/call.ts";
import { createPost } from "../../../src/platforms/wechat/http.ts";
import { type Answer, errorBody, failureOf, platformServer } from "./support.ts";

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
