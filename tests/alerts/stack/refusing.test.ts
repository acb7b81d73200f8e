import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../../src/store/database.ts";
import { migrated } from "../../support/migrated.ts";
import { eventually } from "../../support/process.ts";
import { startRobots } from "../../support/robots.ts";
import { report } from "../../support/rounds.ts";
import { startStack } from "../../support/stack.ts";
import { registerAccounts, setStates } from "../../support/stackCounty.ts";
import { namedIn } from "../../support/stackWatch.ts";

const FAILING = /渠道发送失败/;

test("who answers 200 with an error inside is tried again, gone round, and reported on another channel until it recovers", async (t) => {
  const robots = await startRobots(t);
  const { url } = await migrated.create(t);
  const db = openDatabase(url, { max: 4 });
  t.after(() => db.destroy());
  const accounts = ["一", "二", "三"].map((number, index) => ({
    ...{ code: `water-${index}`, name: `云溪水务${number}站`, department: "water" },
  }));
  const [first, second, third] = accounts as [(typeof accounts)[0], (typeof accounts)[0], (typeof accounts)[0]];
  await registerAccounts(db, accounts);
  const channel = (name: string, type: "wecom" | "feishu" | "dingtalk") =>
    [
      name,
      {
        type,
        url: robots.add(type, name, type === "wecom" ? null : name),
        ...(type !== "wecom" && { signingSecret: name }),
      },
    ] as const;
  const stack = await startStack(t, {
    databaseUrl: url,
    factor: 120,
    pace: {
      roundMs: 500,
      gatherMs: 1_000,
      quietMs: 2_000,
      windowMs: 10_000,
      backoffMs: 2_000,
      backoffCeilingMs: 8_000,
      calmMs: 8_000,
    },
    routes: {
      channels: Object.fromEntries([
        channel("water-wecom", "wecom"),
        channel("water-feishu", "feishu"),
        channel("county-wecom", "wecom"),
        channel("county-dingtalk", "dingtalk"),
      ]),
      duty: [{ channel: "county-wecom" }, { channel: "county-dingtalk" }],
      departments: { water: [{ name: "张三", via: [{ channel: "water-wecom" }, { channel: "water-feishu" }] }] },
    },
  });
  const content = (robot: string) =>
    robots
      .accepted(robot)
      .map((message) => message.content)
      .join("\n---\n");
  const wait = async (what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 60_000) => {
    try {
      await eventually(what, condition, timeoutMs);
    } catch (error) {
      const alerts = (await stack.alerts()).map(({ labels, state }) => `${Object.values(labels).join(" ")} ${state}`);
      throw new Error(`${error}\n${alerts.join("\n")}\n${stack.notifier.output().slice(-3_000)}`);
    }
  };
  const value = async (expression: string) => (await stack.query(expression))[0]?.value ?? null;
  const fires = async (name: string) =>
    (await stack.alerts()).some(
      ({ labels, state }) =>
        labels.alertname === "NotificationsFailing" && labels.channel === name && state === "firing",
    );
  await wait(
    "Prometheus sees the accounts",
    async () => (await value("count(govmatrix_account_info)")) === accounts.length,
  );
  const sent = 'govmatrix_notifications_total{channel="water-wecom"}';
  await wait("messages are counted from the start", async () => (await value(sent)) === 0);

  robots.setMode("water-wecom", { errcode: 93000, errmsg: "invalid webhook url" });
  robots.setMode("county-wecom", "html");
  const startedAt = performance.now();
  await setStates(db, new Map([[first.code, "warning"]]));
  await wait("the department is told on its second channel", () => content("water-feishu").includes(first.name));
  const aroundSeconds = (performance.now() - startedAt) / 1_000;
  const refused = robots.requests("water-wecom");
  assert.equal(refused.length, 3, "tried three times before the next channel");
  assert.ok(refused.every((request) => !request.accepted && request.content.includes(first.name)));

  const failures = 'sum(govmatrix_notification_failures_total{channel="water-wecom",reason="93000"})';
  await wait("Prometheus counts the failures", async () => (await value(failures)) === 3);
  await wait(
    "Prometheus sees the channel down",
    async () => ((await value('govmatrix_notification_channel_failures{channel="water-wecom"}')) ?? 0) >= 3,
  );
  await wait("NotificationsFailing fires", () => fires("water-wecom"));
  // The duty group's first channel refuses as well: about that one nobody waits for it.
  const reported = (name: string) =>
    robots
      .accepted("county-dingtalk")
      .some((message) => FAILING.test(message.content) && message.content.includes(name));
  await wait("the duty group hears of the department's channel", () => reported("water-wecom"));
  await wait("the duty group hears of its own channel", () => reported("county-wecom"));

  robots.setMode("water-wecom", "ok");
  robots.setMode("county-wecom", "ok");
  await setStates(db, new Map([[second.code, "warning"]]));
  // What arrives while a target still has to wait goes round it; the next one finds it well.
  await wait("the next is told", () => [content("water-feishu"), content("water-wecom")].join().includes(second.name));
  await setStates(db, new Map([[third.code, "warning"]]));
  await wait("the channel is used again", () => content("water-wecom").includes(third.name));
  await wait(
    "Prometheus sees the channel up",
    async () => (await value('govmatrix_notification_channel_failures{channel="water-wecom"}')) === 0,
  );
  await wait(
    "NotificationsFailing ends",
    async () => !(await fires("water-wecom")) && !(await fires("county-wecom")),
    120_000,
  );
  const ended = (name: string) =>
    ["county-wecom", "county-dingtalk"].some((robot) =>
      robots.accepted(robot).some((message) => /恢复|解除/.test(message.content) && message.content.includes(name)),
    );
  await wait("the duty group hears the end", () => ended("water-wecom") && ended("county-wecom"), 60_000);

  const heard = namedIn(
    [...robots.accepted("water-wecom"), ...robots.accepted("water-feishu")],
    accounts.map(({ name }) => name),
  );
  assert.deepEqual([...heard.values()], [1, 1, 1], "each account is told once");
  assert.equal(robots.accepted("water-wecom").length + refused.length, robots.requests("water-wecom").length);
  report(t, "refused with HTTP 200: tries before the next channel", `${refused.length}`, "3");
  report(t, "refused with HTTP 200: told twice, lost", "0, 0", "0, 0");
  report(t, "refused with HTTP 200: around in, durations shortened", `${aroundSeconds.toFixed(0)} s`, "60 s");
});
