import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadRoutes } from "../../src/alerts/routes.ts";
import { UserError } from "../../src/errors.ts";
import { ROOT } from "../support/cli.ts";

const WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=canary-key";

function directory(t: TestContext, files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), "govmatrix-routes-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  mkdirSync(join(path, "secrets"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

function faultsOf(path: string): string[] {
  try {
    loadRoutes(path);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.doesNotMatch(error.message, /canary/);
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return assert.fail("no fault was found");
}

test("the shipped example is valid and complete", (t) => {
  const path = directory(t, {
    ...{ "secrets/county-wecom": `${WECOM}\n`, "secrets/mail": "password\n", "secrets/hook": "key" },
    ...{ "secrets/water-dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=x" },
    ...{ "secrets/water-dingtalk-signing": "SECx", "secrets/culture-feishu-signing": "y" },
    ...{ "secrets/culture-feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/x" },
  });
  cpSync(join(ROOT, "docs/routes.example.yaml"), join(path, "routes.yaml"));
  const routes = loadRoutes(join(path, "routes.yaml"));
  assert.deepEqual(
    [...routes.channels].map(([name, { type }]) => [name, type]),
    [
      ["county-wecom", "wecom"],
      ["water-dingtalk", "dingtalk"],
      ["culture-feishu", "feishu"],
      ["mail", "email"],
      ["hook", "webhook"],
    ],
  );
  assert.deepEqual(routes.channels.get("county-wecom"), { type: "wecom", url: WECOM });
  assert.deepEqual(routes.channels.get("mail"), {
    ...{ type: "email", host: "smtp.example.gov.cn", port: 587, tls: "starttls", user: "govmatrix@example.gov.cn" },
    ...{ password: "password", from: "政务新媒体监测 <govmatrix@example.gov.cn>" },
  });
  assert.equal(routes.boardsUrl, null);
  assert.deepEqual(routes.duty, [
    { channel: "county-wecom", target: "zhangsan" },
    { channel: "mail", target: "duty@example.gov.cn" },
  ]);
  assert.deepEqual(routes.departments.get("water-bureau"), [
    {
      name: "李四",
      hops: [
        { channel: "water-dingtalk", target: "13800000000" },
        { channel: "mail", target: "lisi@example.gov.cn" },
      ],
    },
  ]);
  assert.equal(routes.departments.get("culture-bureau")?.length, 2);
});

test("a short file is enough, and a number without quotes is a mobile number", (t) => {
  const path = directory(t, {
    key: "http://127.0.0.1:8080/robot/send?access_token=x",
    "routes.yaml":
      "channels: {ding: {type: dingtalk, secret_file: key}}\nduty: [{channel: ding, target: 13800000000}, {channel: ding}]",
  });
  assert.deepEqual(loadRoutes(join(path, "routes.yaml")), {
    channels: new Map([
      ["ding", { type: "dingtalk", url: "http://127.0.0.1:8080/robot/send?access_token=x", signingSecret: null }],
    ]),
    duty: [
      { channel: "ding", target: "13800000000" },
      { channel: "ding", target: null },
    ],
    departments: new Map(),
    boardsUrl: null,
  });
});

test("every fault of the file's shape is told at once: where, and what was expected", (t) => {
  const path = directory(t, {
    "routes.yaml": `
boards_url: grafana
extra: 1
channels:
  Bad_Name: { type: wecom, secret_file: x }
  chat: { type: wechat, secret_file: x }
  inline: { type: wecom, url: "https://x.test/?key=canary" }
  mail: { type: email, host: "smtp x", from: nobody, user: a }
  open: { type: email, host: smtp.example.gov.cn, from: a@b.test, tls: none }
  hook: { type: webhook, url: "http://oa.example.gov.cn/canary", secret_file: x }
duty: []
departments:
  Water: [{ name: a, via: [{ channel: chat }] }]
  culture: [{ name: "", via: [] }]
`,
  });
  assert.deepEqual(faultsOf(join(path, "routes.yaml")).sort(), [
    "boards_url: expected an http:// or https:// address",
    "channels.Bad_Name: expected a name of a-z, 0-9 and -, at most 40 characters",
    "channels.chat.type: expected wecom, dingtalk, feishu, email or webhook",
    "channels.hook.url: expected an https:// address (http:// on this machine only)",
    "channels.inline.secret_file: expected text",
    "channels.inline: url is not known here",
    "channels.mail.from: expected a mail address, or: name <address>",
    "channels.mail.host: expected a host name or an address",
    "channels.mail: expected both user and secret_file, or neither",
    "channels.open.tls: expected a server on this machine, or other than none",
    "departments.Water: expected a name of a-z, 0-9 and -, at most 40 characters",
    "departments.culture.0.name: expected text",
    "departments.culture.0.via: expected at least one way",
    "duty: expected at least one way to the duty group",
    "the file: extra is not known here",
  ]);
});

test("unknown channels, targets that tell nobody or everybody, and unreadable secrets are told at once", (t) => {
  const path = directory(t, {
    ...{ empty: " \n", plain: "http://qyapi.weixin.qq.com/?key=canary", good: WECOM, nonsense: "canary" },
    two: `${WECOM}\n${WECOM}2`,
    "routes.yaml": `
channels:
  gone: { type: wecom, secret_file: secrets/gone }
  empty: { type: dingtalk, secret_file: good, signing_secret_file: empty }
  plain: { type: feishu, secret_file: plain }
  nonsense: { type: wecom, secret_file: nonsense }
  two: { type: wecom, secret_file: two }
  mail: { type: email, host: localhost, from: a@b.test, tls: none }
duty:
  - { channel: nobody }
  - { channel: mail }
  - { channel: mail, target: "a@b.test, c@d.test" }
  - { channel: gone, target: "@all" }
  - { channel: plain, target: all }
  - { channel: plain, target: 13800000000 }
departments:
  water: [{ name: 李四, via: [{ channel: empty, target: lisi }] }]
`,
  });
  assert.deepEqual(faultsOf(join(path, "routes.yaml")).sort(), [
    "channels.empty.signing_secret_file: the file is empty",
    `channels.gone.secret_file: cannot read the file (ENOENT; paths are relative to ${path})`,
    ...["nonsense", "plain", "two"].map(
      (name) =>
        `channels.${name}.secret_file: expected in the file the robot's whole https:// address (http:// on this machine only)`,
    ),
    "departments.water.0.via.0.target: expected a mobile number of 11 digits",
    "duty.0.channel: no channel nobody in channels",
    "duty.1.target: expected a mail address",
    "duty.2.target: expected a mail address",
    "duty.3.target: expected a user id or a mobile number",
    ...[4, 5].map(
      (index) =>
        `duty.${index}.target: expected an open_id or a user_id (a Feishu robot cannot mention mobile numbers)`,
    ),
  ]);
});

test("a secret in the place of a path or a name is not repeated", (t) => {
  const path = directory(t, {
    good: WECOM,
    "routes.yaml": `
channels:
  address: { type: wecom, secret_file: "${WECOM}" }
  secret: { type: dingtalk, secret_file: good, signing_secret_file: SECcanary }
duty: [{ channel: address }]
`,
    "hop.yaml": `
channels: { county: { type: wecom, secret_file: good } }
duty: [{ channel: "${WECOM}" }, { channel: 1 }]
`,
  });
  assert.deepEqual(
    faultsOf(join(path, "hop.yaml")),
    [0, 1].map((index) => `duty.${index}.channel: expected a channel's name`),
  );
  assert.deepEqual(
    faultsOf(join(path, "routes.yaml")),
    ["address.secret_file", "secret.signing_secret_file"].map(
      (key) => `channels.${key}: cannot read the file (ENOENT; paths are relative to ${path})`,
    ),
  );
});

test("a file that is no YAML, is empty or is missing is told so", (t) => {
  const path = directory(t, {
    ...{ "broken.yaml": "channels: {a: [}\nduty: canary", "empty.yaml": "" },
    "alias.yaml": "channels: *canary\nduty: []",
  });
  assert.deepEqual(faultsOf(join(path, "alias.yaml")), ["the file: an alias cannot be resolved"]);
  assert.match(faultsOf(join(path, "broken.yaml"))[0] ?? "", /^line 1: not YAML/);
  assert.deepEqual(faultsOf(join(path, "empty.yaml")), [
    "channels: expected channels by name",
    "duty: expected a list",
  ]);
  assert.throws(() => loadRoutes(join(path, "none.yaml")), /none\.yaml cannot be read \(ENOENT\)$/);
});
