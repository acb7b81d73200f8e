import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Answer,
  DAY,
  errorBody,
  failureOf,
  memoryTokens,
  openPlatform,
  openSession,
  platformServer,
  somePorts,
  tokenBody,
} from "./support.ts";

const ACCOUNT = { code: "yunxi", appId: "wx0000000000000001" };
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);

/** Accepts tokens from `accepted` on, like a platform that has forgotten the older ones. */
const acceptFrom = (accepted: number, refusal: number): Answer => {
  return (request, response) => {
    const number = Number(/access_token=token-(\d+)/.exec(request.url ?? "")?.[1]);
    response.end(number >= accepted ? '{"list":[]}' : errorBody(refusal));
  };
};

test("fifty visits at once of two processes ask for one token", async (t) => {
  const slow: Answer = (_request, response) => void setTimeout(() => response.end(tokenBody("token-1")), 300);
  const { url, count, asked } = await platformServer(t, { stable_token: [slow] });
  const { tokens, state } = memoryTokens();
  const processes = [openPlatform({ url }), openPlatform({ url })];
  const visits = Array.from({ length: 50 }, (_, index) =>
    processes[index % 2]?.open(ACCOUNT, somePorts({ tokens })).statistics.summary(DAY, DAY),
  );
  await Promise.all(visits);
  assert.equal(count("stable_token"), 1);
  assert.equal(count("getbizsummary"), 50);
  assert.deepEqual([state.claims, state.saves], [1, 1]);
  assert.deepEqual(new Set(asked.map(({ token }) => token)), new Set([null, "token-1"]));
});

test("accounts do not share a token", async (t) => {
  const { url, count } = await platformServer(t, {});
  const platform = openPlatform({ url });
  for (const appId of ["wx1", "wx2"]) {
    await platform.open({ code: appId, appId }, somePorts()).statistics.summary(DAY, DAY);
  }
  assert.equal(count("stable_token"), 2);
});

test("the token is asked for in normal mode, with the secret in the body and nothing in the URL", async (t) => {
  const { url, asked } = await platformServer(t, {});
  await openSession({ url }).statistics.summary(DAY, DAY);
  assert.equal(asked[0]?.token, null);
  assert.deepEqual(JSON.parse(asked[0]?.body ?? ""), {
    grant_type: "client_credential",
    appid: ACCOUNT.appId,
    secret: "0123456789abcdef0123456789abcdef",
    force_refresh: false,
  });
});

test("a stored token is used while more than its last 290 seconds are left, then renewed", async (t) => {
  const { url, asked } = await platformServer(t, {});
  for (const [seconds, token] of [
    [295, "stored"],
    [285, "token-1"],
    [-5, "token-2"],
  ] as const) {
    const { tokens } = memoryTokens({ token: "stored", expiresAt: inSeconds(seconds) });
    await openSession({ url, ports: { tokens } }).statistics.summary(DAY, DAY);
    assert.equal(asked.at(-1)?.token, token);
  }
});

test("while another process renews it, a token that is still good is used without waiting", async (t) => {
  const { url, asked } = await platformServer(t, {});
  const { tokens, state } = memoryTokens({ token: "stored", expiresAt: inSeconds(120) });
  state.claimed = true;
  await openSession({ url, ports: { tokens } }).statistics.summary(DAY, DAY);
  assert.deepEqual(
    asked.map(({ token }) => token),
    ["stored"],
  );
});

test("a process looks at the shared token once a minute, and again when the token has ended", async (t) => {
  const { url, asked } = await platformServer(t, {});
  let now = Date.parse("2026-03-10T02:00:00Z");
  const { tokens, state } = memoryTokens({ token: "stored", expiresAt: new Date(now + 100_000) });
  let reads = 0;
  const read = () => {
    reads += 1;
    return tokens.read();
  };
  const ports = somePorts({ tokens: { ...tokens, read }, now: () => new Date(now) });
  const { statistics } = openPlatform({ url }).open(ACCOUNT, ports);
  state.claimed = true;
  const looks: (number | string | null | undefined)[][] = [];
  for (const elapsedMs of [0, 59_999, 1, 39_999, 1]) {
    now += elapsedMs;
    if (now >= Date.parse("2026-03-10T02:01:40Z")) state.claimed = false;
    await statistics.summary(DAY, DAY);
    looks.push([reads, asked.at(-1)?.token]);
  }
  assert.deepEqual(looks, [
    [1, "stored"],
    [1, "stored"],
    [2, "stored"],
    [2, "stored"],
    [3, "token-1"],
  ]);
});

for (const refusal of [40001, 40014, 42001]) {
  test(`a token refused with ${refusal} is renewed once, and the call is made again`, async (t) => {
    const { url, count } = await platformServer(t, {
      stable_token: [tokenBody("token-2")],
      getbizsummary: [acceptFrom(2, refusal)],
    });
    const { tokens, state } = memoryTokens({ token: "token-1", expiresAt: inSeconds(3600) });
    const { statistics } = openSession({ url, ports: { tokens } });
    assert.deepEqual((await statistics.summary(DAY, DAY)).rows, []);
    assert.deepEqual([count("stable_token"), count("getbizsummary")], [1, 2]);
    assert.equal(state.stored?.token, "token-2");
  });
}

test("when another process has renewed it already, its token is used without asking", async (t) => {
  const { url, count } = await platformServer(t, { getbizsummary: ['{"list":[]}', acceptFrom(2, 40001)] });
  const { tokens, state } = memoryTokens({ token: "token-1", expiresAt: inSeconds(3600) });
  const { statistics } = openSession({ url, ports: { tokens } });
  await statistics.summary(DAY, DAY);
  state.stored = { token: "token-2", expiresAt: inSeconds(7200) };
  await statistics.summary(DAY, DAY);
  assert.deepEqual([count("stable_token"), count("getbizsummary")], [0, 3]);
});

test("two calls whose token is refused at once renew it together", async (t) => {
  const { url, count } = await platformServer(t, {
    stable_token: [tokenBody("token-2")],
    getusersummary: [acceptFrom(2, 40001)],
    getusercumulate: [acceptFrom(2, 40001)],
  });
  const { tokens } = memoryTokens({ token: "token-1", expiresAt: inSeconds(3600) });
  await openSession({ url, ports: { tokens } }).statistics.followers(DAY, DAY);
  assert.equal(count("stable_token"), 1);
});

test("a platform that insists on the token it refuses is left for later", async (t) => {
  const { url, count } = await platformServer(t, {
    stable_token: [tokenBody("token-1")],
    getbizsummary: [errorBody(40001)],
  });
  const { tokens, state } = memoryTokens({ token: "token-1", expiresAt: inSeconds(3600) });
  const error = await failureOf(openSession({ url, ports: { tokens } }).statistics.summary(DAY, DAY));
  assert.deepEqual([error.code, error.name, error.retry], ["40001", "TokenRejected", "later"]);
  assert.deepEqual([count("stable_token"), count("getbizsummary")], [1, 1]);
  assert.equal(state.claimed, false);
});

test("a token refused twice is not renewed twice", async (t) => {
  const { url, count } = await platformServer(t, { getbizsummary: [errorBody(42001)] });
  const error = await failureOf(openSession({ url }).statistics.summary(DAY, DAY));
  assert.deepEqual([error.code, error.retry], ["42001", "later"]);
  assert.deepEqual([count("stable_token"), count("getbizsummary")], [2, 2]);
});

test("visits that wait for a token fail like the one that asked, and ask nothing", async (t) => {
  const refuse: Answer = (_request, response) => void setTimeout(() => response.end(errorBody(40125)), 250);
  const { url, count, asked } = await platformServer(t, { stable_token: [refuse] });
  const { tokens, state } = memoryTokens();
  const processes = [openPlatform({ url }), openPlatform({ url }), openPlatform({ url })];
  const errors = await Promise.all(
    processes.flatMap((platform) => [
      failureOf(platform.open(ACCOUNT, somePorts({ tokens })).statistics.summary(DAY, DAY)),
      failureOf(platform.open(ACCOUNT, somePorts({ tokens })).statistics.articles(DAY)),
    ]),
  );
  for (const error of errors) {
    assert.deepEqual(
      [error.code, error.name, error.retry, error.scope],
      ["40125", "SecretInvalid", "never", "account"],
    );
  }
  assert.equal(count("stable_token"), 1);
  assert.equal(asked.length, 1);
  assert.deepEqual([state.claimed, state.claims, state.failure?.code], [false, 1, "40125"]);
});

test("a claim whose holder died is taken over when it lapses", async (t) => {
  const { url, count } = await platformServer(t, {});
  const { tokens, state } = memoryTokens();
  state.claimed = true;
  setTimeout(() => {
    state.claimed = false;
  }, 400);
  await openSession({ url, ports: { tokens } }).statistics.summary(DAY, DAY);
  assert.equal(count("stable_token"), 1);
});

test("a claim that never ends is waited for no longer than twenty seconds", async (t) => {
  const { url, asked } = await platformServer(t, {});
  const { tokens, state } = memoryTokens();
  state.claimed = true;
  const clock = performance.now.bind(performance);
  let aheadMs = 0;
  t.mock.method(performance, "now", () => clock() + aheadMs);
  setTimeout(() => {
    aheadMs = 20_000;
  }, 300);
  const error = await failureOf(openSession({ url, ports: { tokens } }).statistics.summary(DAY, DAY));
  assert.deepEqual([error.code, error.retry, error.scope], ["token_wait", "soon", "account"]);
  assert.equal(asked.length, 0);
});

test("without a registered secret nothing is asked, and the reason says what is missing", async (t) => {
  const { url, asked } = await platformServer(t, {});
  const { tokens, state } = memoryTokens();
  const error = await failureOf(
    openSession({ url, ports: { tokens, secret: async () => null } }).statistics.summary(DAY, DAY),
  );
  assert.deepEqual(
    [error.name, error.code, error.scope, error.retry],
    ["SecretMissing", "no_secret", "account", "never"],
  );
  assert.match(error.reason, /^未登记 AppSecret/);
  assert.equal(asked.length, 0);
  assert.equal(state.claimed, false);
});

test("a refused secret is the account's fault on the token call alone", async (t) => {
  const { url } = await platformServer(t, { stable_token: [errorBody(40001, "invalid credential")] });
  const error = await failureOf(openSession({ url }).statistics.summary(DAY, DAY));
  assert.deepEqual(
    [error.name, error.code, error.retry, error.api],
    ["SecretRejected", "40001", "never", "stable_token"],
  );
});

test("an answer without a usable token is an unexpected shape", async (t) => {
  for (const body of ['{"expires_in":7200}', '{"access_token":"","expires_in":7200}', '{"access_token":"t"}']) {
    const { url } = await platformServer(t, { stable_token: [body] });
    const error = await failureOf(openSession({ url }).statistics.summary(DAY, DAY));
    assert.deepEqual([error.code, error.scope], ["unexpected_shape", "account"]);
  }
});

test("a visit that is stopped while it waits leaves at once; the others still get their token", async (t) => {
  const slow: Answer = (_request, response) => void setTimeout(() => response.end(tokenBody("token-1")), 500);
  const { url, count } = await platformServer(t, { stable_token: [slow] });
  const { tokens } = memoryTokens();
  const platform = openPlatform({ url });
  const controller = new AbortController();
  const stopped = platform.open(ACCOUNT, somePorts({ tokens, signal: controller.signal })).statistics.summary(DAY, DAY);
  const other = platform.open(ACCOUNT, somePorts({ tokens })).statistics.summary(DAY, DAY);
  await sleep(100);
  const reason = new Error("lease lost");
  const startedAt = performance.now();
  controller.abort(reason);
  await assert.rejects(stopped, (error) => error === reason);
  assert.ok(performance.now() - startedAt < 200);
  await other;
  assert.equal(count("stable_token"), 1);
});

test("when all who wanted a token were stopped, the claim ends and the next visit asks", async (t) => {
  const hang: Answer = () => {};
  const { url, count } = await platformServer(t, { stable_token: [hang, tokenBody("token-1")] });
  const { tokens, state } = memoryTokens();
  const platform = openPlatform({ url });
  const controller = new AbortController();
  const stopped = platform.open(ACCOUNT, somePorts({ tokens, signal: controller.signal })).statistics.summary(DAY, DAY);
  setTimeout(() => controller.abort(new Error("stopping")), 100);
  await assert.rejects(stopped, /stopping/);
  await platform.open(ACCOUNT, somePorts({ tokens })).statistics.summary(DAY, DAY);
  assert.equal(count("stable_token"), 2);
  assert.equal(state.stored?.token, "token-1");
});
