import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { clean } from "../../src/alerts/channels/escape.ts";
import { channelOf } from "../../src/alerts/channels/index.ts";
import { plainText } from "../../src/alerts/channels/markup.ts";
import { type AlertEntry, composeAlerts } from "../../src/alerts/compose.ts";
import { paginate } from "../../src/alerts/paginate.ts";
import { at, BOARDS_URL, type EntryFields, entryOf, NOW } from "./entries.ts";

const GOLDEN = new URL("../golden/alerts/", import.meta.url);

const compose = (entries: readonly AlertEntry[], boardsUrl: string | null = BOARDS_URL) =>
  composeAlerts(entries, { boardsUrl, now: NOW });

function mail(entries: readonly AlertEntry[], boardsUrl?: string | null): string {
  const pages = paginate(compose(entries, boardsUrl), channelOf("email"), 1);
  return pages.map(({ message }) => `${plainText(message, clean)}\n`).join("");
}

const PASSED = { lastPublishedAt: at("2026-11-06 09:30"), deadlineAt: at("2026-11-20 09:30") };
const DARK = {
  dataUntil: at("2026-11-20 24:00"),
  errorCode: "40164",
  errorReason:
    "本系统服务器的出口 IP 1.2.3.4 不在该公众号的 IP 白名单中：请登录微信公众平台（mp.weixin.qq.com），在“设置与开发 → 开发接口管理 → 基本配置 → IP 白名单”中加入。",
};
const OVER = { kind: "resolved" as const, endedAt: at("2026-11-23 11:58") };
const system = (alert: string, fields: EntryFields = {}): EntryFields => ({
  ...{ alert, severity: "critical", facts: null },
  ...fields,
});

/** What is told, by the name of its golden file. */
const SINGLE: Record<string, EntryFields> = {
  "publish-due-info": { severity: "info", facts: { deadlineAt: at("2026-11-27 09:00") } },
  "publish-due-warning": {},
  "publish-due-warning-changed": { kind: "changed" },
  "publish-due-warning-unproven": {
    facts: { deadlineAt: at("2026-11-23 09:30"), lastPublishedAt: at("2026-11-09 09:30") },
  },
  "publish-due-info-changed": { kind: "changed", severity: "info", facts: { deadlineAt: at("2026-11-26 15:00") } },
  "publish-due-critical": { severity: "critical", facts: PASSED },
  "publish-due-critical-changed": { kind: "changed", severity: "critical", facts: PASSED },
  "publish-due-critical-never-published": {
    severity: "critical",
    facts: { ...PASSED, lastPublishedAt: null, deadlineAt: at("2026-11-21 24:00") },
  },
  "publish-due-resolved": {
    ...OVER,
    facts: { lastPublishedAt: at("2026-11-23 09:05"), deadlineAt: at("2026-12-07 09:05") },
  },
  "publish-due-resolved-closed": { ...OVER, facts: { lifecycle: "closed", deadlineAt: null } },
  "replies-overdue": { alert: "AccountRepliesOverdue" },
  "replies-overdue-resolved": {
    ...OVER,
    alert: "AccountRepliesOverdue",
    facts: { overdueCases: 0, openCases: 2, oldestOpenAt: null },
  },
  blind: { alert: "AccountBlind", facts: DARK },
  "blind-never-seen": {
    alert: "AccountBlind",
    facts: { dataUntil: null, lastPublishedAt: null, deadlineAt: null },
  },
  "blind-resolved": { ...OVER, alert: "AccountBlind" },
  "credentials-rejected": { alert: "AccountCredentialsRejected", facts: DARK },
  "credentials-rejected-resolved": { ...OVER, alert: "AccountCredentialsRejected" },
  "credentials-rejected-resolved-other-fault": {
    ...OVER,
    alert: "AccountCredentialsRejected",
    facts: { errorCode: "timeout", errorReason: "微信服务器没有答复，系统会自动重试。" },
  },
  "verification-expiring": { alert: "AccountVerificationExpiring" },
  "verification-expired": {
    alert: "AccountVerificationExpiring",
    facts: { verificationExpiresAt: at("2026-11-21 24:00") },
  },
  "verification-expiring-resolved": {
    ...OVER,
    alert: "AccountVerificationExpiring",
    facts: { verificationExpiresAt: at("2027-12-20 24:00") },
  },
  "collection-stalled": system("CollectionStalled"),
  "collection-stalled-resolved": system("CollectionStalled", OVER),
  "planner-stalled": system("PlannerStalled"),
  "planner-stalled-resolved": system("PlannerStalled", OVER),
  "queue-backlog": system("QueueBacklog", { severity: "warning", subject: "statistics" }),
  "queue-backlog-resolved": system("QueueBacklog", { ...OVER, severity: "warning", subject: "statistics" }),
  "notifications-failing": system("NotificationsFailing", { subject: "county-wecom" }),
  "notifications-failing-resolved": system("NotificationsFailing", { ...OVER, subject: "county-wecom" }),
  "notifications-waiting": system("NotificationsFailing"),
  "notifications-waiting-resolved": system("NotificationsFailing", OVER),
  "holiday-calendar-ending": system("HolidayCalendarEnding", { severity: "warning" }),
  "holiday-calendar-ending-resolved": system("HolidayCalendarEnding", { ...OVER, severity: "warning" }),
  watchdog: system("Watchdog"),
  "watchdog-resolved": system("Watchdog", OVER),
  "own-rule-of-an-account": { alert: "AccountFollowersFalling", severity: "info" },
  "own-rule": system("DiskFilling", { severity: "warning", subject: "/var" }),
  "own-rule-changed": system("DiskFilling", { kind: "changed" }),
  "own-rule-resolved": system("DiskFilling", OVER),
};

const named = (code: string, name: string, departmentName: string, facts: EntryFields["facts"] = {}) => ({
  ...{ code, name, departmentName },
  ...facts,
});

const MERGED: EntryFields[] = [
  { facts: named("slj", "云溪水利", "云溪县水务局") },
  { ...OVER, facts: named("jyj", "云溪教育", "云溪县教育局", { deadlineAt: at("2026-12-07 09:05") }) },
  { severity: "critical", facts: named("wlj", "文旅云溪", "云溪县文化和旅游局", PASSED) },
  {
    severity: "critical",
    facts: named("mzj", "云溪民政", "云溪县民政局", { ...PASSED, deadlineAt: at("2026-11-19 18:00") }),
  },
  { facts: named("nyj", "云溪农业农村", "云溪县农业农村局", { dataUntil: at("2026-11-21 24:00") }) },
  { alert: "AccountBlind", facts: named("zjj", "云溪住建", "云溪县住房和城乡建设局", DARK) },
  { alert: "AccountRepliesOverdue", facts: named("rsj", "云溪人社", "云溪县人力资源和社会保障局") },
  { alert: "AccountVerificationExpiring", facts: named("slj", "云溪水利", "云溪县水务局") },
  system("NotificationsFailing", { subject: "county-wecom" }),
  system("NotificationsFailing"),
  { ...OVER, alert: "AccountBlind", facts: named("wjj", "云溪卫健", "云溪县卫生健康局") },
];

function golden(name: string, text: string): void {
  const file = new URL(`${name}.txt`, GOLDEN);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

for (const [name, fields] of Object.entries(SINGLE)) {
  test(`a message about one event reads as its golden file says: ${name}`, () => {
    golden(name, mail([entryOf(fields)]));
  });
}

test("many events in one letter read as the golden list says, and no golden file is left over", () => {
  golden("list", mail(MERGED.map(entryOf)));
  const files = readdirSync(GOLDEN).map((file) => file.replace(/\.txt$/, ""));
  assert.deepEqual(files.sort(), [...Object.keys(SINGLE), "list"].sort());
});

test("the gravest stands first and names the letter, what is over stands last, the nearest deadline leads", () => {
  const { title, sections } = compose(MERGED.slice(0, 4).map(entryOf));
  assert.equal(title, "2 个公众号更新期限已过，另有 2 项");
  assert.deepEqual(
    sections.map(({ heading, severity }) => [heading, severity]),
    [
      ["更新期限已过（2 个）", "critical"],
      ["更新期限不足两天（1 个）", "warning"],
      ["更新提醒已解除（1 个）", null],
    ],
  );
  assert.deepEqual(
    sections[0]?.items.map(({ name }) => name),
    ["云溪民政", "文旅云溪"],
  );
});

test("messages that wait though no channel failed stand apart from the channels that did", () => {
  const failing = ["county-wecom", "mail", ""].map((subject) => entryOf(system("NotificationsFailing", { subject })));
  const over = failing.map((entry) => ({ ...entry, ...OVER }));
  const { sections } = compose([...failing, ...over]);
  assert.deepEqual(
    sections.map(({ heading }) => heading),
    [
      "消息渠道发送失败（2 项）",
      "有消息等待 15 分钟以上没有发出（1 项）",
      "已解除：消息渠道发送失败（2 项）",
      "已解除：有消息等待 15 分钟以上没有发出（1 项）",
    ],
  );
  const waiting = mail([entryOf(system("NotificationsFailing"))]);
  assert.match(waiting, /notifier/);
  assert.doesNotMatch(waiting, /该渠道|密钥/);
});

test("accounts of the same name are told apart by their codes", () => {
  const facts = (code: string) => ({ facts: { code, name: "云溪发布" } });
  const { sections } = compose([entryOf(facts("a")), entryOf(facts("b")), entryOf({ facts: { code: "c", name: "" } })]);
  assert.deepEqual(
    sections.flatMap(({ items }) => items.map(({ name }) => name)),
    ["云溪发布（a）", "云溪发布（b）", "c"],
  );
});

test("links are there with an address of the boards only", () => {
  assert.match(mail([entryOf({})]), /govmatrix-account\?var-account=slj/);
  assert.doesNotMatch(mail(MERGED.map(entryOf), null) + mail([entryOf({})], null), /http|看板|全部告警/);
});

test("a reminder that the data have overtaken says what they prove", () => {
  const text = mail([entryOf({ severity: "warning", facts: PASSED })]);
  assert.match(text, /^云溪水利已超过更新期限\n/);
  assert.match(text, /确认期限内没有更新/);
});

test("what came back before its end could be told is not told as well", () => {
  const told = (alert: string, facts: EntryFields["facts"]) =>
    mail([entryOf({ ...OVER, alert, facts: facts ?? null })]);
  assert.match(told("AccountRepliesOverdue", {}), /目前又有 3 条留言超时未回复（数据截至 2026-11-23 11:10）/);
  for (const dataUntil of [null, at("2026-11-20 24:00")]) {
    const text = told("AccountBlind", { dataUntil });
    assert.match(text, /目前又采集不到数据/);
    assert.doesNotMatch(text, /已恢复/);
  }
  const rejected = told("AccountCredentialsRejected", DARK);
  assert.match(rejected, /目前又被微信平台拒绝/);
  assert.doesNotMatch(rejected, /已恢复/);
});

test("what is unknown is told as unknown, never as 0", () => {
  const unknown = {
    ...{ lastPublishedAt: null, deadlineAt: null, dataUntil: null, openCases: null, overdueCases: null },
    ...{ repliesAsOf: null, oldestOpenAt: null, errorCode: null, errorReason: null, verificationExpiresAt: null },
  };
  for (const alert of Object.values(SINGLE).map(({ alert = "AccountPublishDue" }) => alert)) {
    for (const severity of ["info", "warning", "critical"] as const) {
      for (const kind of ["fired", "changed", "resolved"] as const) {
        const entry = entryOf({ alert, severity, kind, facts: unknown });
        const text = mail([entry], null) + mail([entry, entry], null);
        assert.doesNotMatch(text, /null|undefined|NaN|Invalid|(?<![\d:.-])0 /, `${alert} ${kind}`);
      }
    }
  }
});

test("replies are told as counts, and nothing is told of readers or likes", () => {
  for (const fields of [...Object.values(SINGLE), ...MERGED])
    assert.doesNotMatch(mail([entryOf(fields)]), /阅读|点赞|在看/);
});
