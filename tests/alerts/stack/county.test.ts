import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { dayOf, daysBetween } from "../../../src/calendar.ts";
import { countyEnvironment } from "../../support/cli.ts";
import { type County, startCounty, type TruthAccount } from "../../support/county.ts";
import { eventually } from "../../support/process.ts";
import { type RobotKind, type Robots, startRobots } from "../../support/robots.ts";
import { report } from "../../support/rounds.ts";
import { type Stack, startStack } from "../../support/stack.ts";
import { neverStandsStill } from "../../support/stackCounty.ts";
import type { StackRoutes } from "../../support/stackRoutes.ts";

type Account = TruthAccount & { name: string; silent_since: string | null };

/** What the contact of an account reads first, and by which robot. */
interface Expected {
  kind: RobotKind;
  words: RegExp;
  duty: boolean;
}

const MINUTES_TO_MIDNIGHT = 5;
const RESOLVED = /更新提醒已解除/;
/** 14 days of silence are allowed. */
const BY_SILENCE: Record<number, Expected> = {
  11: { kind: "wecom", words: /距更新期限.*更新期限：/s, duty: false },
  13: { kind: "dingtalk", words: /距更新期限.*更新期限：/s, duty: false },
  16: { kind: "feishu", words: /已超过更新期限/, duty: true },
};
const BY_SPECIAL: Record<string, Expected> = {
  never_posted: { kind: "wecom", words: /已超过更新期限/, duty: true },
  rotated_secret: { kind: "wecom", words: /接口访问被微信平台拒绝/, duty: true },
  not_allow_listed: { kind: "feishu", words: /接口访问被微信平台拒绝/, duty: true },
  unverified: { kind: "wecom", words: /采集不到数据/, duty: true },
};

/** Days of silence move at midnight: nothing begins shortly before. */
async function untilTheDayIsLong(): Promise<void> {
  while (dayOf(new Date()) !== dayOf(new Date(Date.now() + MINUTES_TO_MIDNIGHT * 60_000))) await sleep(1_000);
}

const silenceOf = ({ silent_since }: Account) =>
  silent_since === null ? null : daysBetween(silent_since, dayOf(new Date()));

function expectedOf(account: Account): Expected | null {
  return BY_SILENCE[silenceOf(account) ?? -1] ?? BY_SPECIAL[account.special ?? ""] ?? null;
}

/** Each account has a robot of its own, and the duty group one. */
async function ownContacts(county: County, accounts: readonly Account[], robots: Robots): Promise<StackRoutes> {
  const channels: StackRoutes["channels"] = { duty: { type: "wecom", url: robots.add("wecom", "duty") } };
  for (const account of accounts) {
    const kind = expectedOf(account)?.kind ?? "wecom";
    const signed = kind === "wecom" ? {} : { signingSecret: `secret of ${account.code}` };
    const url = robots.add(kind, account.code, signed.signingSecret ?? null);
    channels[account.code] = { type: kind as "wecom", url, ...signed };
    await county.db
      .updateTable("account")
      .set({ contact_channel: account.code })
      .where("code", "=", account.code)
      .execute();
  }
  return { channels, duty: [{ channel: "duty" }] };
}

const counts = (robots: Robots, accounts: readonly Account[]) =>
  new Map(accounts.map(({ code }) => [code, robots.accepted(code).length]));

async function told(stack: Stack, what: string, condition: () => boolean, timeoutMs: number): Promise<void> {
  try {
    await eventually(what, condition, timeoutMs);
  } catch (error) {
    const alerts = (await stack.alerts()).map(({ labels, state }) => `${Object.values(labels).join(" ")} ${state}`);
    throw new Error(`${error}\n${alerts.join("\n")}\n${stack.notifier.output().slice(-3_000)}`);
  }
}

test("in the demo county each account that is due, faulty or unseen is told once at its own contact, and nobody else", async (t) => {
  await untilTheDayIsLong();
  const robots = await startRobots(t);
  const county = await startCounty(t, { accounts: 45, days: 35, seed: 1 });
  await countyEnvironment(county);
  await county.collect();
  await county.collect(undefined, "publications");
  // An hour is every account's for its first visit.
  await county.db
    .updateTable("account")
    .set({ created_at: new Date(Date.now() - 86_400_000) } as never)
    .execute();
  await neverStandsStill(county.db);

  const accounts = (await county.truth()) as Account[];
  const silent = (days: number) => accounts.filter((account) => silenceOf(account) === days);
  for (const days of [9, 11, 13, 16]) assert.equal(silent(days).length, 1, `${days} days`);
  const due = [11, 13, 16].flatMap(silent);
  const concerned = accounts.filter((account) => expectedOf(account) !== null);
  assert.equal(concerned.length, Object.keys(BY_SILENCE).length + Object.keys(BY_SPECIAL).length);

  const stack = await startStack(t, {
    ...{
      databaseUrl: county.url,
      masterKey: county.masterKey,
      factor: 120,
      pace: { quietMs: 5_000, windowMs: 20_000 },
    },
    routes: await ownContacts(county, accounts, robots),
  });
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  await told(
    stack,
    "the silent ones are told",
    () => due.every(({ code }) => robots.accepted(code).length > 0),
    60_000,
  );
  const firstSeconds = seconds();

  for (const { appid } of due) await county.call("publish", { appid, notified: false });
  const before = counts(robots, due);
  county.clock.now = new Date();
  await county.collect(
    due.map(({ code }) => code),
    "publications",
  );
  const ended = () => due.every(({ code }) => robots.accepted(code).length > (before.get(code) ?? 0));
  const publishedAt = seconds();
  await told(stack, "each is told that it is over", ended, 90_000);
  const resolvedSeconds = seconds() - publishedAt;

  await told(
    stack,
    "each contact of an account that cannot be seen is told",
    () => concerned.every(({ code }) => robots.accepted(code).length > 0),
    120_000,
  );
  // Whoever would be told twice would be told by now.
  await sleep(10_000);

  for (const account of concerned) {
    const { code, name } = account;
    const messages = robots.accepted(code);
    assert.match(messages[0]?.content ?? "", expectedOf(account)?.words ?? /^$/, code);
    for (const { content } of messages) assert.ok(content.includes(name), `${code}: ${content}`);
    assert.equal(
      messages.length,
      due.includes(account) ? 2 : 1,
      `${code}: ${messages.map(({ content }) => content).join("\n---\n")}`,
    );
    if (due.includes(account)) assert.match(messages[1]?.content ?? "", RESOLVED);
  }
  const strangers = accounts.filter((account) => !concerned.includes(account));
  assert.deepEqual(
    [...counts(robots, strangers)].filter(([, count]) => count > 0),
    [],
    "accounts that are well",
  );
  const dutyText = robots
    .accepted("duty")
    .map(({ content }) => content)
    .join("\n");
  for (const account of concerned) {
    assert.equal(
      dutyText.includes(account.name),
      expectedOf(account)?.duty ?? false,
      `the duty group, ${account.code}`,
    );
  }
  assert.deepEqual(
    robots
      .requests()
      .filter(({ accepted }) => !accepted)
      .map(({ robot }) => robot),
    [],
    "refused",
  );

  const once = (days: number) => `${robots.accepted(silent(days)[0]?.code ?? "").length - 1}`;
  report(t, "silent for 11, 13, 16 days: told at the own contact", [11, 13, 16].map(once).join(", "), "1, 1, 1");
  report(t, "silent for 9 days: told", `${robots.accepted(silent(9)[0]?.code ?? "").length}`, "0");
  report(
    t,
    "resolved after the publication became visible",
    `${due.filter(({ code }) => robots.accepted(code).length === 2).length} of 3, ${resolvedSeconds} s`,
    "3 of 3",
  );
  report(t, "told after the start of the stack, durations / 120", `${firstSeconds} s`, "60 s");
});
