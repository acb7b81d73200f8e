import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { test } from "node:test";
import type { ChannelSettings } from "../../../src/alerts/channels/channel.ts";
import { createSendHttp } from "../../../src/alerts/channels/http.ts";
import { channelOf, sendMessage } from "../../../src/alerts/channels/index.ts";
import { answering } from "../../support/answering.ts";
import { type RobotKind, type Robots, startRobots } from "../../support/robots.ts";
import { context, message } from "./messages.ts";

const KEY = "canary-key-5f1d";
const SECRET = "SECcanary+secret/7b";
const KINDS: RobotKind[] = ["wecom", "dingtalk", "feishu", "hook"];

function settingsAt(robots: Robots, kind: RobotKind, signingSecret: string | null = SECRET): ChannelSettings {
  const url = robots.add(kind, KEY, kind === "wecom" ? null : signingSecret);
  if (kind === "wecom") return { type: kind, url };
  if (kind === "hook") return { type: "webhook", url, signingSecret: signingSecret ?? "" };
  return { type: kind, url, signingSecret };
}

const send = (settings: ChannelSettings, given = message()) =>
  sendMessage(given, settings, context({ now: new Date(), http: createSendHttp({}, 400) }));

for (const kind of KINDS) {
  test(`${kind} accepts a signed message, and people read the whole of it`, async (t) => {
    const robots = await startRobots(t);
    const sent = await send(settingsAt(robots, kind));
    assert.deepEqual([sent.failure, sent.retryAfterMs], [null, null], sent.answer);
    const [accepted, ...others] = robots.accepted(KEY);
    assert.ok(accepted);
    assert.deepEqual(others, []);
    for (const words of [
      "更新预警（2 个账号）",
      "两天内须更新",
      "云溪水务",
      "已 12 天未更新",
      "须留意",
      "如已发布请忽略",
    ]) {
      assert.ok(accepted.content.includes(words), `${words} in ${accepted.content}`);
    }
    assert.ok(accepted.content.includes("https://grafana.test/d/govmatrix-account?var-account=water"));
    assert.deepEqual(accepted.mentions, []);
  });

  test(`${kind}: only the robot's own word is success, and no answer tells a secret`, async (t) => {
    const robots = await startRobots(t, { rateLimits: false });
    const settings = settingsAt(robots, kind);
    const secrets = kind === "wecom" ? [] : [SECRET, encodeURIComponent(SECRET)];
    const echo = ["refused", "url" in settings ? settings.url : "", `key=${KEY}`, ...secrets].join(" ");
    const code = kind === "hook" ? "http_403" : "40031";
    const cases = [
      [{ errcode: kind === "hook" ? 403 : 40031, errmsg: echo }, code],
      ["http_500", "http_500"],
      ["html", kind === "hook" ? null : "not_json"],
      ["dead", "ECONNRESET"],
      [{ slowMs: 3_000 }, "timeout"],
      ["ok", null],
    ] as const;
    for (const [mode, failure] of cases) {
      robots.setMode(KEY, mode);
      const sent = await send(settings);
      assert.equal(sent.failure, failure, JSON.stringify(mode));
      assert.doesNotMatch(JSON.stringify(sent), /canary|SECcan/, JSON.stringify(mode));
      assert.ok(sent.answer.length <= 500);
    }
    robots.setMode(KEY, "http_429");
    const limited = await send(settings);
    assert.equal(limited.failure, "http_429");
    assert.ok((limited.retryAfterMs ?? 0) >= 60_000);
  });

  test(`${kind}: nobody listens, or nobody knows the robot`, async (t) => {
    const robots = await startRobots(t);
    const settings = settingsAt(robots, kind);
    const elsewhere = { ...settings, url: robots.url.replace(/\d+$/, "1") } as ChannelSettings;
    assert.equal((await send(elsewhere)).failure, "ECONNREFUSED");
    const unknown = {
      ...settings,
      url: "url" in settings ? settings.url.replace(KEY, "other") : "",
    } as ChannelSettings;
    const { failure, answer } = await send(unknown);
    assert.equal(failure, { wecom: "93000", dingtalk: "300005", feishu: "19001", hook: "http_404" }[kind]);
    assert.notEqual(answer, "");
  });
}

test("a wrong signature is the robot's own number", async (t) => {
  const robots = await startRobots(t);
  for (const kind of ["dingtalk", "feishu", "hook"] as const) {
    const settings = { ...settingsAt(robots, kind), signingSecret: "another" } as ChannelSettings;
    assert.equal((await send(settings)).failure, { dingtalk: "310000", feishu: "19021", hook: "http_401" }[kind]);
  }
});

test('each of the numbers by which a robot says "too often" is waited for', async (t) => {
  const robots = await startRobots(t);
  for (const [kind, errcode, waitMs] of [
    ["wecom", 45009, 60_000],
    ["dingtalk", 130101, 600_000],
    ["dingtalk", 410100, 600_000],
    ["feishu", 11232, 60_000],
  ] as const) {
    const settings = settingsAt(robots, kind);
    robots.setMode(KEY, { errcode, errmsg: "slow down" });
    assert.equal((await send(settings)).retryAfterMs, waitMs, `${kind} ${errcode}`);
  }
});

test("what a robot says in plain words stays readable", async (t) => {
  const robots = await startRobots(t);
  const settings = settingsAt(robots, "dingtalk");
  robots.setMode(KEY, { errcode: 130101, errmsg: "send too fast, exceed 20 times per minute" });
  assert.match((await send(settings)).answer, /send too fast, exceed 20 times/);
});

test("the 21st message of a minute is refused, and the channel says how long to wait", async (t) => {
  const robots = await startRobots(t);
  for (const [kind, code, waitMs, allowed] of [
    ["wecom", "45009", 60_000, 20],
    ["dingtalk", "130101", 600_000, 20],
    ["feishu", "11232", 60_000, 5],
  ] as const) {
    robots.clear();
    const settings = settingsAt(robots, kind);
    const all = await Promise.all(Array.from({ length: allowed + 1 }, () => send(settings)));
    const refused = all.filter(({ failure }) => failure !== null);
    assert.deepEqual(
      refused.map(({ failure, retryAfterMs }) => [failure, retryAfterMs]),
      [[code, waitMs]],
      kind,
    );
  }
});

test("what a channel counts is what is sent, up to the last byte", async (t) => {
  const robots = await startRobots(t, { rateLimits: false });
  for (const kind of KINDS) {
    for (const mentions of kind === "wecom" ? [[], ["13800000000"]] : [[]]) {
      const settings = settingsAt(robots, kind);
      const { bytes, limitBytes } = channelOf(settings.type);
      const long = (count: number, odd = "") => {
        const lines = [[`${"务".repeat(count)}${odd}`]];
        return message({ blocks: [{ heading: "", severity: null, lines }], closing: [], mentions });
      };
      const step = bytes(long(11)) - bytes(long(10));
      const count = 10 + Math.floor((limitBytes - bytes(long(10))) / step);
      const odd = "a".repeat(Math.floor((limitBytes - bytes(long(count))) / (step / 3)));
      const full = long(count, odd);
      assert.ok(limitBytes - bytes(full) < step / 3 + 1);
      assert.equal((await send(settings, full)).failure, null, kind);
      if (kind === "wecom") assert.notEqual((await send(settings, long(count, `${odd}a`))).failure, null);
      robots.clear();
      await send(settings, message({ mentions }));
      const body = robots.accepted(KEY)[0]?.body ?? "";
      const size = { wecom: 0, dingtalk: Buffer.byteLength(body), feishu: Buffer.byteLength(body), hook: 0 }[kind];
      if (size > 0) assert.equal(bytes(message({ mentions })), size, kind);
    }
  }
});

test("each chat tool mentions people its own way", async (t) => {
  const robots = await startRobots(t);
  const cases = [
    ["wecom", ["zhangsan", "zhangsan", "lisi"], ["zhangsan", "lisi"], "markdown"],
    ["wecom", ["zhangsan", "13800000000"], ["zhangsan", "13800000000"], "text"],
    ["dingtalk", ["13800000000", "13900000000", "zhangsan"], ["13800000000", "13900000000"], "markdown"],
    ["feishu", ["ou_0123", "13800000000", "13800000000@x"], ["ou_0123"], "interactive"],
    ["hook", ["zhangsan"], ["zhangsan"], undefined],
  ] as const;
  for (const [kind, mentions, expected, type] of cases) {
    robots.clear();
    await send(settingsAt(robots, kind), message({ mentions }));
    const [accepted] = robots.accepted(KEY);
    assert.deepEqual(accepted?.mentions, expected, kind);
    const body = JSON.parse(accepted?.body ?? "{}");
    assert.equal(body.msgtype ?? body.msg_type, type);
  }
});

test("the same try carries the same id, and a stopped one ends with the signal's reason", async (t) => {
  const robots = await startRobots(t);
  const settings = settingsAt(robots, "hook");
  await send(settings);
  await send(settings);
  assert.deepEqual(
    robots.accepted(KEY).map(({ id }) => id),
    [context().id, context().id],
  );
  robots.setMode(KEY, { slowMs: 5_000 });
  const stop = new AbortController();
  const sending = sendMessage(message(), settings, context({ signal: stop.signal, now: new Date() }));
  setTimeout(() => stop.abort(new Error("going down")), 50);
  await assert.rejects(sending, /going down/);
});

test("of a webhook's answer the status decides, however long it is or whether it ends", async (t) => {
  const answers: [string, RequestListener, string | null][] = [
    ["endless", (_, response) => void response.writeHead(202).end("x".repeat(100_000)), null],
    ["broken", (_, response) => void response.writeHead(200).write("x", () => response.destroy()), null],
    ["refused", (_, response) => void response.writeHead(500).end("x".repeat(100_000)), "too_large"],
    ["none", (request) => void request.socket.destroy(), "ECONNRESET"],
  ];
  for (const [name, answer, failure] of answers) {
    const url = await answering(t, answer);
    assert.equal((await send({ type: "webhook", url, signingSecret: "s" })).failure, failure, name);
  }
  const long = await answering(t, (_, response) => void response.end(`{"errcode":0}${" ".repeat(100_000)}`));
  assert.equal((await send({ type: "wecom", url: long })).failure, "too_large", "a robot's word is needed");
});
