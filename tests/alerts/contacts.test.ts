import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { ChannelSettings } from "../../src/alerts/channels/channel.ts";
import { contactFaults, logContactFaults } from "../../src/alerts/contacts.ts";
import { recipientsOf } from "../../src/alerts/recipients.ts";
import type { Routes } from "../../src/alerts/routes.ts";
import { contact, hop } from "./notifying.ts";

const url = "https://robot.example.gov.cn/";
const ROUTES: Routes = {
  channels: new Map<string, ChannelSettings>([
    ["wecom", { type: "wecom", url }],
    ["dingtalk", { type: "dingtalk", url, signingSecret: null }],
    ["feishu", { type: "feishu", url, signingSecret: null }],
    [
      "mail",
      {
        ...{ type: "email", host: "localhost", port: 25, tls: "none" },
        ...{ user: null, password: null, from: "govmatrix@example.gov.cn" },
      },
    ],
    ["hook", { type: "webhook", url, signingSecret: "x" }],
  ]),
  duty: [hop("wecom")],
  departments: new Map([["water", [contact(hop("hook"))]]]),
  boardsUrl: null,
};
const account = (contactChannel: string | null, contactTarget: string | null, department = "water") => ({
  ...{ code: "a", department, contactChannel, contactTarget },
});
const sentenceOf = (...contactOf: Parameters<typeof account>) =>
  contactFaults(ROUTES, [account(...contactOf)]).get("a")?.sentence ?? null;

test("a contact that its channel cannot tell or mention is a fault that names the column and what was expected", () => {
  const noChannel = "contact_channel: expected a channel of ROUTES_FILE";
  const faulty: [string | null, string | null, string | RegExp][] = [
    ["sms", "13900000001", noChannel],
    ["WeCom", null, noChannel],
    [null, "zhangsan", noChannel],
    ["mail", null, "contact_target (email): expected a mail address"],
    ["mail", "zhangsan", "contact_target (email): expected a mail address"],
    ["dingtalk", "zhangsan", "contact_target (dingtalk): expected a mobile number of 11 digits"],
    ["dingtalk", "1390000000", "contact_target (dingtalk): expected a mobile number of 11 digits"],
    ["wecom", "@all", /^contact_target \(wecom\): expected a user id/],
    ["wecom", "张三", /^contact_target \(wecom\): expected a user id/],
    ["feishu", "13900000001", /^contact_target \(feishu\): expected an open_id/],
    ["feishu", "all", /^contact_target \(feishu\): expected an open_id/],
  ];
  for (const [channel, target, expected] of faulty) {
    // Whether or not its department has contacts that hear instead.
    for (const department of ["water", "culture"]) {
      const sentence = sentenceOf(channel, target, department) ?? "";
      if (typeof expected === "string") assert.equal(sentence, expected);
      else assert.match(sentence, expected);
      if (target !== null && target !== "all") assert.ok(!sentence.includes(target), `${sentence} tells ${target}`);
    }
  }
});

test("a contact without fault is told first, and an account without its own has none", () => {
  const well: [string, string | null][] = [
    ["wecom", null],
    ["wecom", "zhangsan"],
    ["wecom", "13900000001"],
    ["dingtalk", "13900000001"],
    ["dingtalk", null],
    ["feishu", "ou_7dab8a3d3cdcc9da365777c7ad535d62"],
    ["mail", "zhangsan@example.gov.cn"],
    ["hook", "zhangsan"],
  ];
  for (const [channel, target] of well) {
    assert.equal(sentenceOf(channel, target), null, `${channel} ${target}`);
    const [first] = recipientsOf(ROUTES, account(channel, target));
    assert.deepEqual([first?.recipient, first?.hops[0]], ["account:a", { channel, target }]);
  }
  assert.equal(sentenceOf(null, null, "water"), null);
  assert.equal(sentenceOf(null, null, "culture"), null);
});

test("the log names each kind of fault once, with twenty accounts at most and how many there are", () => {
  const lines: { level: number; accounts: string[]; count: number; msg: string }[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const codes = Array.from({ length: 25 }, (_, index) => `a${index + 10}`);
  const accounts = codes.map((code) => ({ ...account("sms", "13900000001"), code }));
  logContactFaults(log, contactFaults(ROUTES, [...accounts, { ...account("mail", "13900000001"), code: "b" }]));
  assert.deepEqual(
    lines.map(({ level, accounts: named, count, msg }) => [level, named, count, msg]),
    [
      [
        ...[40, codes.slice(0, 20), 25],
        "contacts of the register cannot be reached: contact_channel: expected a channel of ROUTES_FILE",
      ],
      [40, ["b"], 1, "contacts of the register cannot be reached: contact_target (email): expected a mail address"],
    ],
  );
  assert.doesNotMatch(JSON.stringify(lines), /139/);
  logContactFaults(log, new Map());
  assert.equal(lines.length, 2);
});
