import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "cheerio";
import fc from "fast-check";
import { type Kysely, sql } from "kysely";
import type { Severity } from "../../src/model.ts";
import type { Database } from "../../src/store/database.ts";
import { readStatus, type Status, type StatusAccount } from "../../src/store/statusPage.ts";
import type { Alerting } from "../../src/web/alertsNote.ts";
import { html } from "../../src/web/html.ts";
import { statusPage, unavailablePage } from "../../src/web/page.ts";
import { addAccount, insertCounty, NOW, openTestDatabase, POISON } from "../metrics/county.ts";

const DAY_MS = 86_400_000;

const ACCOUNT: StatusAccount = {
  account: "a",
  name: "云溪发布",
  departmentName: "云溪县人民政府办公室",
  lifecycle: "running",
  lastPublishedAt: new Date("2026-11-22T01:30:07Z"),
  publishDeadlineAt: new Date("2026-12-06T01:30:07Z"),
  dataUntil: new Date("2026-11-22T16:00:00Z"),
  articles7d: 6,
  readers7d: 1_910,
  followers: 52_310,
  errorCode: null,
  errorReason: null,
  openCases: null,
  overdueCases: null,
  repliesAsOf: null,
  commentState: null,
  messageState: null,
  commentCode: null,
  messageCode: null,
  oldestOverdue: [],
};

const ALERTING = { webhook: true, routes: true };
const ALERTS = { watchdogSeenAt: NOW, open: { info: 0, warning: 0, critical: 0 } };

const render = (...accounts: Partial<StatusAccount>[]) => {
  const status = { accounts: accounts.map((account) => ({ ...ACCOUNT, ...account })), plannerTickedAt: NOW };
  return load(statusPage({ ...status, alerts: ALERTS }, NOW, ALERTING));
};

const rowsOf = (page: ReturnType<typeof load>, table: number) =>
  page("table")
    .eq(table)
    .find("tbody tr")
    .toArray()
    .map((row) =>
      page(row)
        .find("td")
        .toArray()
        .map((cell) => page(cell).text()),
    );

/** One account with an overdue question, an open one and thanks; another without any function; one hidden. */
async function insertReplies(db: Kysely<Database>): Promise<void> {
  const rows = await db.selectFrom("account").select(["code", "id"]).execute();
  const id = (code: string) => rows.find((row) => row.code === code)?.id ?? 0;
  const until = new Date("2026-11-23T03:10:00Z");
  await db
    .insertInto("reply_channel")
    .values([
      { account_id: id("rsj-fwh"), channel: "comment", state: "measurable", until },
      { account_id: id("rsj-fwh"), channel: "message", state: "absent", code: "65400", checked_at: until },
      { account_id: id("wlj"), channel: "comment", state: "absent", code: "88000", checked_at: until },
      { account_id: id("wlj"), channel: "message", state: "absent", code: "65400", checked_at: until },
    ])
    .execute();
  await db
    .insertInto("article")
    .values({
      account_id: id("rsj-fwh"),
      msgid: "1_1",
      publish_date: "2025-03-01",
      title: POISON,
      url: null,
      first_seen_at: NOW,
    })
    .execute();
  const comment = {
    ...{ account_id: id("rsj-fwh"), channel: "comment" as const, msgid: "1_1", length: 9, first_seen_at: NOW },
    ...{
      first_reply_at: null,
      received_at: new Date("2025-03-03T01:30:00Z"),
      due_at: new Date("2025-03-17T16:00:00Z"),
    },
  };
  await db
    .insertInto("reply_case")
    .values([
      { ...comment, comment_id: "1", question: true },
      { ...comment, comment_id: "2", question: false },
      { ...comment, comment_id: "3", question: true, first_reply_at: NOW },
    ])
    .execute();
}

test("an empty register says in Chinese how to import one", async (t) => {
  const { db } = await openTestDatabase(t);
  const page = statusPage(await readStatus(db), NOW, ALERTING);
  assert.match(page, /<h1>政务微信矩阵<\/h1>/);
  assert.match(page, /npx govmatrix account import 登记表\.csv/);
  assert.equal(load(page)("table").length, 0);
});

test("the county's accounts stand in order of risk, those that cannot be seen apart with their reason", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await addAccount(db, { code: "planned", name: "筹建号", department: "rsj", lifecycle: "planned" });
  await insertReplies(db);
  const page = load(statusPage(await readStatus(db), NOW, ALERTING));
  assert.deepEqual(rowsOf(page, 0), [
    [
      POISON,
      '云溪县"文化\\旅游"局\n',
      "3 天（2026-11-26 24:00）",
      "2026-11-12（11 天前）",
      "0",
      "12",
      "—",
      "—无留言功能未启用客服",
      "—",
      "2026-11-22 24:00",
    ],
    [
      ...["云溪人社", "云溪县人力资源和社会保障局", "12 天（2026-12-06 09:30）", "2026-11-22（1 天前）"],
      ...["6", "910", "52,310", "2", "1", "2026-11-22 24:00回复 2026-11-23 11:10"],
    ],
  ]);
  assert.deepEqual(rowsOf(page, 1), [
    [
      ...["云溪人社", "云溪县人力资源和社会保障局", "1"],
      `留言（《${POISON}》）：2025-03-03 09:30 收到，应于 2025-03-17 24:00 前回复（编号 1）`,
      "2026-11-23 11:10",
    ],
  ]);
  assert.deepEqual(rowsOf(page, 2), [
    ["云溪新开", '云溪县"文化\\旅游"局\n', "尚未取得数据，等待首次采集完成。", "—", "—"],
    [
      ...["云溪就业", "云溪县人力资源和社会保障局", "AppSecret 已失效：请在公众平台重置后，用 account set 重新登记。"],
      ...["2026-11-09（14 天前）", "2026-11-18 24:00"],
    ],
  ]);
  const text = page("body").text();
  assert.match(text, /可见账号 2 个，暂时无法采集 2 个，筹建中 1 个/);
  assert.match(text, /数据截至 2026-11-22 24:00。回复数据截至 2026-11-23 11:10。/);
  assert.match(text, /仅供运营参考，不作为考核评价依据/);
  assert.ok(!text.includes("云溪旧号"), "closed");
});

test("what cannot be measured says why, and a channel that is merely absent does not hide the other's cases", () => {
  const cells = (account: Partial<StatusAccount>) => rowsOf(render(account), 0)[0]?.slice(7, 9);
  assert.deepEqual(cells({}), ["—", "—"]);
  assert.deepEqual(cells({ messageState: "hidden" }), ["—私信由服务器接管，无法测量", "—"]);
  assert.deepEqual(cells({ messageCode: "unsettled" }), ["—私信尚未确认能否统计", "—"]);
  const counted = (account: Partial<StatusAccount>) => {
    const both = { commentState: "measurable", messageState: "measurable" } as const;
    return cells({ openCases: 1_200, overdueCases: 0, repliesAsOf: NOW, ...both, ...account });
  };
  assert.deepEqual(counted({}), ["1,200", "0"]);
  assert.deepEqual(counted({ messageState: "absent" }), ["1,200", "0"]);
  assert.deepEqual(counted({ commentState: "absent" }), ["1,200无留言功能", "0"]);
});

test("beside a channel that counts, one of which nothing is known is named", () => {
  const note = (account: Partial<StatusAccount>) => rowsOf(render({ openCases: 0, ...account }), 0)[0]?.[7];
  const comments = { commentState: "measurable", messageState: null } as const;
  assert.equal(note({ ...comments, messageCode: "48001" }), "0私信暂时无法读取，未计入");
  assert.equal(note({ ...comments, messageCode: null }), "0私信尚未读取，未计入");
  assert.equal(note({ ...comments, messageCode: "unsettled" }), "0私信尚未确认能否统计");
  const messages = { commentState: null, messageState: "measurable" } as const;
  assert.equal(note({ ...messages, commentCode: "48001" }), "0留言暂时无法读取，未计入");
  assert.equal(note({ ...messages, commentCode: null }), "0留言尚未读取，未计入");
  assert.equal(note({ ...messages, commentCode: "48001", openCases: null }), "—", "nobody takes a dash for nothing");
});

const overdueCase = (id: number, receivedAt: string) => ({
  ...{ id, channel: "message" as const, title: null },
  ...{ receivedAt: new Date(receivedAt), dueAt: new Date("2026-11-20T16:00:00Z") },
});

test("overdue cases stand by how long somebody waits, twenty accounts at most, and of faulty accounts too", () => {
  const accounts = Array.from({ length: 23 }, (_, index) => ({
    ...{ name: `号${index}`, overdueCases: 4, repliesAsOf: NOW },
    oldestOverdue: [overdueCase(index, `2026-10-${String(30 - index).padStart(2, "0")}T01:00:00Z`)],
  }));
  const page = render(...accounts, { name: "无超时", overdueCases: 0 });
  const rows = rowsOf(page, 1);
  assert.deepEqual(
    rows.map(([name]) => name),
    accounts
      .map(({ name }) => name)
      .reverse()
      .slice(0, 20),
  );
  assert.deepEqual(rows[0]?.slice(2), [
    ...["4", "私信：2026-10-08 09:00 收到，应于 2026-11-20 24:00 前回复（编号 22）", "2026-11-23 12:00"],
  ]);
  assert.match(page("body").text(), /另有 3 个账号有超时未回复.*case list --state overdue/);
  assert.match(page("body").text(), /私信请用客服功能（网页端客服）回复，在后台“私信”里直接回复的统计不到/);
  assert.match(page("body").text(), /只有提问、咨询、投诉、求助等需要答复的才会计为超时/);

  const two = [overdueCase(1, "2026-10-01T01:00:00Z"), overdueCase(2, "2026-10-02T01:00:00Z")];
  const faulty = render({ errorCode: "1", errorReason: "故障", overdueCases: 2, oldestOverdue: two });
  assert.equal(faulty("h2").first().text(), "超时未回复（按等待时间由长到短）");
  assert.equal(faulty("table").first().find("td div").length, 2);
  assert.equal(render({ overdueCases: 0 })("table").length, 1);
});

test("three overdue cases of an account are read, the oldest, and none that v_reply_case does not call overdue", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const { id: rsj } = await db
    .selectFrom("account")
    .select("id")
    .where("code", "=", "rsj-fwh")
    .executeTakeFirstOrThrow();
  const { id: old } = await db.selectFrom("account").select("id").where("code", "=", "old").executeTakeFirstOrThrow();
  const common = { account_id: rsj, channel: "message" as const, length: 9, first_seen_at: NOW, first_reply_at: null };
  const due = { ...common, question: true, due_at: new Date("2025-03-17T16:00:00Z") };
  const received = (hour: number) => ({ received_at: new Date(Date.UTC(2025, 2, 3, hour)), person: `p${hour}` });
  const until = NOW;
  await db
    .insertInto("reply_channel")
    .values([
      { account_id: rsj, channel: "message", state: "measurable", until },
      { account_id: rsj, channel: "comment", state: null, code: "48001", until },
      { account_id: old, channel: "message", state: "measurable", until },
    ])
    .execute();
  await db
    .insertInto("reply_case")
    .values([
      { ...due, ...received(1), channel: "comment", msgid: "1_1", comment_id: "1" },
      { ...due, ...received(9) },
      { ...due, ...received(8) },
      { ...due, ...received(7) },
      { ...due, ...received(6) },
      { ...due, ...received(5), first_reply_at: NOW },
      { ...due, ...received(4), excluded_at: NOW, excluded_reason: "广告" },
      { ...due, ...received(3), vanished_at: NOW },
      { ...due, ...received(2), question: false },
      { ...due, ...received(1), due_at: null },
      { ...due, ...received(0), due_at: new Date("2100-01-01T00:00:00Z") },
      { ...due, ...received(6), account_id: old },
    ])
    .execute();
  const { accounts } = await readStatus(db);
  const told = accounts.filter(({ oldestOverdue }) => oldestOverdue.length > 0);
  assert.deepEqual(
    told.map(({ account, oldestOverdue }) => [
      account,
      oldestOverdue.map(({ receivedAt }) => receivedAt.getUTCHours()),
    ]),
    [["rsj-fwh", [6, 7, 8]]],
  );
  assert.deepEqual([told[0]?.overdueCases, told[0]?.commentState, told[0]?.commentCode], [4, null, "48001"]);
  const { rows: view } = await sql<{ hour: number }>`
    select extract(hour from received_at at time zone 'UTC')::integer as hour
    from v_reply_case where state = 'overdue' order by 1`.execute(db);
  assert.deepEqual(
    view.map(({ hour }) => hour),
    [6, 7, 8, 9],
  );

  await db.updateTable("reply_channel").set({ state: "hidden", code: "callback" }).execute();
  const { accounts: hidden } = await readStatus(db);
  assert.ok(hidden.every(({ oldestOverdue, overdueCases }) => oldestOverdue.length === 0 && overdueCases === null));
});

test("silence is stated only when the data reach the deadline", () => {
  const deadline = new Date("2026-11-22T16:00:00Z");
  const cell = (account: Partial<StatusAccount>) =>
    rowsOf(render({ publishDeadlineAt: deadline, ...account }), 0)[0]?.[2];
  assert.equal(cell({ dataUntil: deadline }), "已超期 1 天（2026-11-22 24:00）");
  assert.equal(
    cell({ dataUntil: new Date(deadline.getTime() - DAY_MS) }),
    "期限已到，数据尚未覆盖，待核实（2026-11-22 24:00）",
  );
  assert.match(cell({ publishDeadlineAt: new Date(NOW.getTime() + 3_600_000) }) ?? "", /^不足 1 天/);
  assert.equal(cell({ publishDeadlineAt: null }), "—");
  assert.equal(cell({ publishDeadlineAt: null, lifecycle: "closing" }), "不设期限");
});

test("unknown figures are dashes and zeros are zeros", () => {
  const [row] = rowsOf(render({ articles7d: 0, readers7d: null, followers: null, lastPublishedAt: null }), 0);
  assert.deepEqual(row?.slice(3, 7), ["—", "0", "—", "—"]);
});

test("accounts without a deadline come last", () => {
  const names = rowsOf(
    render(
      { name: "无", publishDeadlineAt: null },
      { name: "远", publishDeadlineAt: new Date(NOW.getTime() + 9 * DAY_MS) },
      { name: "无二", publishDeadlineAt: null },
      { name: "近", publishDeadlineAt: new Date(NOW.getTime() + DAY_MS) },
    ),
    0,
  ).map(([name]) => name);
  assert.deepEqual(names, ["近", "远", "无", "无二"]);
});

test("a fault without a reason shows its code", () => {
  assert.equal(rowsOf(render({ errorCode: "48001", errorReason: null }), 0)[0]?.[2], "采集失败（代码 48001）。");
});

test("whatever a name holds, it becomes text and never markup", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const { markup } = html`<p title="${value}">${value}</p>`;
      assert.match(markup, /^<p title="[^<>"']*">[^<>"']*<\/p>$/);
    }),
    { numRuns: 300 },
  );
  const page = render(
    { name: POISON, departmentName: '"><img src=x onerror=alert(1)>' },
    { errorCode: "1", errorReason: POISON },
    {
      overdueCases: 1,
      oldestOverdue: [{ ...overdueCase(1, "2026-10-01T01:00:00Z"), channel: "comment", title: POISON }],
    },
  );
  assert.equal(page("script, img").length, 0);
});

test("the page holds no script, loads nothing, and fits a phone", async () => {
  const page = statusPage({ accounts: [ACCOUNT], plannerTickedAt: null, alerts: ALERTS }, NOW, ALERTING);
  for (const text of [page, unavailablePage()]) {
    const document = load(text);
    assert.equal(document("script, link, img, iframe, [src], [onclick]").length, 0);
    assert.equal(document("meta[name=viewport]").length, 1);
    assert.equal(document("html").attr("lang"), "zh-CN");
  }
});

test("ten thousand accounts are read and rendered", async (t) => {
  const { db } = await openTestDatabase(t);
  await sql`insert into department values ('d', '局')`.execute(db);
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || i, 'd', '号' || i, 'wechat', 'wx' || i, 'running', 'r', now() from generate_series(1, 10000) i`.execute(
    db,
  );
  const page = statusPage(await readStatus(db), NOW, ALERTING);
  assert.equal(page.match(/<tr>/g)?.length, 10_001);
});

/** What the page says of alerts. */
const alertsLine = (alerts: Partial<Status["alerts"]>, alerting: Partial<Alerting> = {}) => {
  const status = { accounts: [ACCOUNT], plannerTickedAt: NOW, alerts: { ...ALERTS, ...alerts } };
  return load(statusPage(status, NOW, { ...ALERTING, ...alerting }))("p")
    .eq(1)
    .text();
};

test("the page says whether alerts are on and whom they would reach", () => {
  assert.equal(
    alertsLine({}, { webhook: false }),
    "告警未启用：未设置 ALERT_WEBHOOK_TOKEN，不会收到 Alertmanager 的告警；每日提要照常发送。",
  );
  assert.equal(
    alertsLine({}, { webhook: false, routes: false }),
    "告警未启用：未设置 ALERT_WEBHOOK_TOKEN，不会收到 Alertmanager 的告警。未设置 ROUTES_FILE，告警和每日提要不会发给任何人。",
  );
  assert.equal(
    alertsLine({ open: { info: 3, warning: 0, critical: 1 } }, { routes: false }),
    "告警已启用，最近一次信号 2026-11-23 12:00。未结束的告警：严重 1 个，警告 0 个，提示 3 个。未设置 ROUTES_FILE，告警和每日提要不会发给任何人。",
  );
});

test("an Alertmanager that fell silent is named, and one that was never heard counts nothing", () => {
  const seen = (minutesAgo: number) => ({ watchdogSeenAt: new Date(NOW.getTime() - minutesAgo * 60_000) });
  assert.match(alertsLine(seen(15)), /^告警已启用，最近一次信号 2026-11-23 11:45。/);
  assert.equal(
    alertsLine(seen(15.1)),
    "告警系统失联，最近一次信号 2026-11-23 11:44。未结束的告警：严重 0 个，警告 0 个，提示 0 个（失联前所知）。",
  );
  assert.equal(alertsLine({ watchdogSeenAt: null }), "尚未收到过 Alertmanager 的信号。");
});

test("open episodes are counted by severity, and the watchdog's last sign is read", async (t) => {
  const { db } = await openTestDatabase(t);
  assert.deepEqual((await readStatus(db)).alerts, {
    watchdogSeenAt: null,
    open: { info: 0, warning: 0, critical: 0 },
  });
  const episode = (alert: string, severity: Severity, endedAt: Date | null = null) => ({
    ...{ alert, severity, firing: [severity], started_at: NOW, seen_at: NOW, ended_at: endedAt },
  });
  await db
    .insertInto("alert_episode")
    .values([
      episode("CollectionStalled", "critical"),
      episode("QueueBacklog", "warning"),
      episode("PlannerStalled", "warning"),
      episode("QueueBacklog", "critical", NOW),
    ])
    .execute();
  await db.insertInto("alert_watchdog").values({ seen_at: NOW }).execute();
  assert.deepEqual((await readStatus(db)).alerts, {
    watchdogSeenAt: NOW,
    open: { info: 0, warning: 2, critical: 1 },
  });
});
