import assert from "node:assert/strict";
import { test } from "node:test";
import { platformError, worthRepeating } from "../../../src/platforms/wechat/errors.ts";
import { FAULTS } from "../../../src/platforms/wechat/faults.ts";
import { TOKEN_FAULTS } from "../../../src/platforms/wechat/token-faults.ts";
import { TRANSPORT_FAULTS } from "../../../src/platforms/wechat/transport-faults.ts";
import { DAY, errorBody, failureOf, openSession, platformServer, RID } from "./support.ts";

const NOW = new Date("2026-03-09T15:59:30Z");

test("each error of the platform closes what it concerns, for as long as it concerns it", () => {
  const expected: Record<string, string> = {
    "-1": "soon request",
    "40001": "later account",
    "40013": "never account",
    "40125": "never account",
    "40164": "never account",
    "40243": "never account",
    "42001": "later account",
    "43002": "later request",
    "44002": "later request",
    "45009": "later quota",
    "45011": "soon quota",
    "47001": "later request",
    "47009": "never permission",
    "48001": "never permission",
    "48004": "never account",
    "50002": "never account",
    "50007": "never account",
    "61007": "never permission",
    "61024": "never account",
    "61500": "later request",
    "61501": "later request",
    "65400": "never function",
    "65416": "later request",
    "65417": "later request",
    "76022": "never permission",
    "88000": "never function",
    "88010": "later request",
    "89503": "later account",
    "12345": "later request",
    network: "soon request",
    timeout: "soon request",
    http_502: "soon request",
    http_404: "later request",
    too_large: "later request",
    unexpected_shape: "later request",
  };
  for (const [code, closes] of Object.entries(expected)) {
    const error = platformError(code, { api: "getbizsummary", now: NOW });
    assert.equal(`${error.retry} ${error.scope}`, closes, code);
    assert.equal(error.code, code);
    assert.equal(error.api, "getbizsummary");
  }
});

test("every listed fault has a CamelCase name, an English message and a Chinese reason", () => {
  for (const fault of [FAULTS, TOKEN_FAULTS, TRANSPORT_FAULTS].flatMap((table) => Object.values(table))) {
    assert.match(fault.name, /^([A-Z][a-z]+)+$/);
    assert.match(fault.message, /^[\x20-\x7e]+$/);
    assert.match(fault.reason, /^[^a-z].*[\u4e00-\u9fff].*。$/u, fault.name);
  }
});

test("the two numbers that mean two things are told apart by the call", () => {
  const onToken = platformError("40001", { api: "stable_token", now: NOW });
  assert.deepEqual([onToken.name, onToken.retry, onToken.scope], ["SecretRejected", "never", "account"]);
  assert.equal(platformError("40001", { api: "getbizsummary", now: NOW }).name, "TokenRejected");
});

test("without a token nothing can be asked, so every fault of the token call closes the account", () => {
  for (const code of ["-1", "network", "45009", "99999"]) {
    assert.equal(platformError(code, { api: "stable_token", now: NOW }).scope, "account", code);
  }
});

test("a daily quota returns at midnight in Shanghai, a minute quota after a minute", () => {
  const daily = platformError("45009", { api: "getbizsummary", now: NOW });
  assert.equal(daily.until?.toISOString(), "2026-03-09T16:00:00.000Z");
  const minute = platformError("45011", { api: "getbizsummary", now: NOW });
  assert.equal(minute.until?.toISOString(), "2026-03-09T16:00:30.000Z");
  assert.equal(worthRepeating(minute), false);
});

test("a missing allow-list entry names our IP and where to enter it", () => {
  const texts = [
    ["invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist", "203.0.113.9"],
    ["invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"],
  ] as const;
  for (const [errmsg, ip] of texts) {
    const error = platformError("40164", { api: "stable_token", now: NOW, errmsg });
    assert.ok(error.reason.includes(`出口 IP ${ip} 不在`), error.reason);
    assert.ok(error.reason.includes("IP 白名单"));
    assert.ok(error.message.endsWith(ip));
  }
  assert.ok(platformError("40164", { api: "stable_token", now: NOW }).reason.includes("出口 IP 不在"));
});

test("the support id is kept apart and the platform's own words go no further", async (t) => {
  const { url } = await platformServer(t, {
    getbizsummary: [errorBody(48001, "api unauthorized for oV5Crj-openid")],
  });
  const error = await failureOf(openSession({ url }).statistics.summary(DAY, DAY));
  assert.equal(error.rid, RID);
  assert.ok(!error.message.includes(RID) && !error.message.includes("openid"), error.message);
  assert.equal(error.message, "getbizsummary: api not authorised for this account (48001)");
});

test("an error number counts as text too and whatever the HTTP status", async (t) => {
  const { url } = await platformServer(t, {
    getbizsummary: [
      errorBody("48001"),
      (_request, response) => response.writeHead(500).end(errorBody(48001)),
      '{"errcode":98765,"errmsg":{"toString":1}}',
      '{"errcode":{"a":1}}',
      '{"errcode":[48001]}',
      '{"errcode":"bad"}',
    ],
  });
  const { statistics } = openSession({ url });
  const codes: string[] = [];
  for (let turn = 0; turn < 6; turn += 1) codes.push((await failureOf(statistics.summary(DAY, DAY))).code);
  assert.deepEqual(codes, ["48001", "48001", "98765", ...Array(3).fill("unexpected_shape")]);
});

test("success is told with errcode 0, with ok as text, and without any", async (t) => {
  const { url } = await platformServer(t, {
    getbizsummary: ['{"errcode":0,"errmsg":"ok","list":[]}', '{"errcode":"0","list":[]}', '{"list":[]}'],
  });
  const { statistics } = openSession({ url });
  for (let turn = 0; turn < 3; turn += 1) {
    assert.deepEqual(await statistics.summary(DAY, DAY), { rows: [], delayed: false });
  }
});

test("data that are not ready are a delayed answer and no error", async (t) => {
  const { url } = await platformServer(t, { getbizsummary: [errorBody(61503)], getusersummary: [errorBody(61503)] });
  const classes: (string | null)[] = [];
  const { statistics } = openSession({ url, observe: ({ errorClass }) => classes.push(errorClass) });
  assert.deepEqual(await statistics.summary(DAY, DAY), { rows: [], delayed: true });
  assert.deepEqual(await statistics.followers(DAY, DAY), { rows: [], delayed: true });
  assert.deepEqual(new Set(classes), new Set([null]));
});
