import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "cheerio";
import fc from "fast-check";
import { type Kysely, sql } from "kysely";
import { addDays } from "../../src/calendar.ts";
import type { Severity } from "../../src/model.ts";
import type { Database } from "../../src/store/database.ts";
import { readStatus, type Status, type StatusAccount } from "../../src/store/statusPage.ts";
import type { Alerting } from "../../src/web/alertsNote.ts";
import { html } from "../../src/web/html.ts";
import { statusPage, unavailablePage } from "../../src/web/page.ts";
import { stateOf } from "../../src/web/state.ts";
import { addAccount, insertCounty, NOW, openTestDatabase, POISON } from "../metrics/county.ts";

const DAY_MS = 86_400_000;

const ACCOUNT: StatusAccount = {
  account: "a",
  name: "云溪发布",
  department: "xfb",
  departmentName: "云溪县人民政府办公室",
  lifecycle: "running",
  lastPublishedAt: new Date("2026-11-22T01:30:07Z"),
  publishDeadlineAt: new Date("2026-12-06T01:30:07Z"),
  dataUntil: new Date("2026-11-22T16:00:00Z"),
  publications: {},
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
        .find("th, td")
        .toArray()
        .map((cell) => page(cell).text()),
    );

/** The summary's figures by their labels. */
const tilesOf = (page: ReturnType<typeof load>) =>
  Object.fromEntries(
    page(".tiles div")
      .toArray()
      .map((tile) => [page(tile).find("dt").text(), page(tile).find("dd").text()]),
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
  const CLEAN = '文旅"云溪"\\n<script>alert(1)</script> \'&amp;';
  assert.deepEqual(rowsOf(page, 0), [
    [
      `${CLEAN} 云溪县"文化\\旅游"局`,
      "3 天 2026-11-26 24:00",
      "2026-11-12（11 天前）",
      "—",
      "0",
      "12",
      "—",
      "— 无留言功能 未启用客服",
      "—",
      "2026-11-22 24:00",
    ],
    [
      ...["云溪人社 云溪县人力资源和社会保障局", "12 天 2026-12-06 09:30", "2026-11-22（1 天前）", "—"],
      ...["6", "910", "52,310", "2", "1", "2026-11-22 24:00 回复 2026-11-23 11:10"],
    ],
  ]);
  assert.deepEqual(rowsOf(page, 1), [
    [
      ...["云溪人社 云溪县人力资源和社会保障局", "1"],
      `留言（《${CLEAN}》）：2025-03-03 09:30 收到，应于 2025-03-17 24:00 前回复（编号 1）`,
      "2026-11-23 11:10",
    ],
  ]);
  assert.deepEqual(rowsOf(page, 2), [
    ['云溪新开 云溪县"文化\\旅游"局', "尚未取得数据，等待首次采集完成。", "—", "—"],
    [
      ...["云溪就业 云溪县人力资源和社会保障局", "AppSecret 已失效：请在公众平台重置后，用 account set 重新登记。"],
      ...["2026-11-09（14 天前）", "2026-11-18 24:00"],
    ],
  ]);
  assert.deepEqual(tilesOf(page), {
    ...{ 正常: "1 个", 临近超期: "1 个", 待核实: "0 个", 已超期: "0 个", 采集不到: "2 个" },
    ...{ "待回复（含非提问）": "2 条", 超时未回复: "1 条" },
  });
  const text = page("body").text();
  assert.match(text, /3\/4 个账号有数据，1\/4 个可统计回复。另有筹建中 1 个。/);
  assert.match(text, /数据截至 2026-11-22 24:00（最早的账号截至 2026-11-18 24:00）。回复数据截至 2026-11-23 11:10。/);
  assert.match(text, /仅供运营参考，不作为考核评价依据/);
  assert.ok(!text.includes("云溪旧号"), "closed");
});

test("what cannot be measured says why, and a channel that is merely absent does not hide the other's cases", () => {
  const cells = (account: Partial<StatusAccount>) => rowsOf(render(account), 0)[0]?.slice(7, 9);
  assert.deepEqual(cells({}), ["—", "—"]);
  assert.deepEqual(cells({ messageState: "hidden" }), ["— 私信由服务器接管，无法测量", "—"]);
  assert.deepEqual(cells({ messageCode: "unsettled" }), ["— 私信尚未确认能否统计", "—"]);
  const counted = (account: Partial<StatusAccount>) => {
    const both = { commentState: "measurable", messageState: "measurable" } as const;
    return cells({ openCases: 1_200, overdueCases: 0, repliesAsOf: NOW, ...both, ...account });
  };
  assert.deepEqual(counted({}), ["1,200", "0"]);
  assert.deepEqual(counted({ messageState: "absent" }), ["1,200", "0"]);
  assert.deepEqual(counted({ commentState: "absent" }), ["1,200 无留言功能", "0"]);
});

test("beside a channel that counts, one of which nothing is known is named", () => {
  const note = (account: Partial<StatusAccount>) => rowsOf(render({ openCases: 0, ...account }), 0)[0]?.[7];
  const comments = { commentState: "measurable", messageState: null } as const;
  assert.equal(note({ ...comments, messageCode: "48001" }), "0 私信暂时无法读取，未计入");
  assert.equal(note({ ...comments, messageCode: null }), "0 私信尚未读取，未计入");
  assert.equal(note({ ...comments, messageCode: "unsettled" }), "0 私信尚未确认能否统计");
  const messages = { commentState: null, messageState: "measurable" } as const;
  assert.equal(note({ ...messages, commentCode: "48001" }), "0 留言暂时无法读取，未计入");
  assert.equal(note({ ...messages, commentCode: null }), "0 留言尚未读取，未计入");
  assert.equal(note({ ...messages, commentCode: "48001", openCases: null }), "—", "nobody takes a dash for nothing");
});

const headingsOf = (page: ReturnType<typeof load>) =>
  page("h2")
    .toArray()
    .map((heading) => page(heading).text());

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
    rows.map(([name]) => name?.split(" ")[0]),
    accounts
      .map(({ name }) => name)
      .reverse()
      .slice(0, 20),
  );
  assert.deepEqual(rows[0]?.slice(1), [
    ...["4", "私信：2026-10-08 09:00 收到，应于 2026-11-20 24:00 前回复（编号 22）", "2026-11-23 12:00"],
  ]);
  assert.match(page("body").text(), /另有 3 个账号有超时未回复.*case list --state overdue/);
  assert.match(page("body").text(), /私信请用客服功能（网页端客服）回复，在后台“私信”里直接回复的统计不到/);
  assert.match(page("body").text(), /只有提问、咨询、投诉、求助等需要答复的才会计为超时/);

  const two = [overdueCase(1, "2026-10-01T01:00:00Z"), overdueCase(2, "2026-10-02T01:00:00Z")];
  const faulty = render({ errorCode: "1", errorReason: "故障", dataUntil: null, overdueCases: 2, oldestOverdue: two });
  assert.deepEqual(headingsOf(faulty), ["概况", "超时未回复（1 个账号）", "采集故障（1 个账号）"]);
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
    rowsOf(render({ publishDeadlineAt: deadline, ...account }), 0)[0]?.[1];
  assert.equal(cell({ dataUntil: deadline }), "已超期 12 小时 2026-11-22 24:00");
  assert.equal(
    cell({ dataUntil: new Date(deadline.getTime() - DAY_MS) }),
    "期限已到，数据尚未覆盖，待核实 2026-11-22 24:00",
  );
  assert.match(cell({ publishDeadlineAt: new Date(NOW.getTime() + 3_600_000) }) ?? "", /^不足 1 天/);
  assert.equal(cell({ publishDeadlineAt: null }), "—");
  assert.equal(cell({ publishDeadlineAt: null, lifecycle: "closing" }), "不设期限");
});

test("unknown figures are dashes and zeros are zeros", () => {
  const [row] = rowsOf(render({ articles7d: 0, readers7d: null, followers: null, lastPublishedAt: null }), 0);
  assert.deepEqual(row?.slice(2, 7), ["—", "—", "0", "—", "—"]);
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
  ).map(([name]) => name?.split(" ")[0]);
  assert.deepEqual(names, ["近", "远", "无", "无二"]);
});

test("a fault without a reason shows its code, and data that no longer come are a fault without any code", () => {
  const fault = (account: Partial<StatusAccount>) => rowsOf(render({ dataUntil: null, ...account }), 0)[0]?.[1];
  assert.equal(fault({ errorCode: "48001" }), "采集失败（代码 48001），请系统维护人员查看采集日志。");
  const hoursAgo = (hours: number) => ({ dataUntil: new Date(NOW.getTime() - hours * 3_600_000) });
  assert.match(fault(hoursAgo(60)) ?? "", /^长时间没有新数据，也没有采集报错的记录/);
  assert.deepEqual(headingsOf(render(hoursAgo(60))), ["概况", "采集故障（1 个账号）"]);
  assert.deepEqual(headingsOf(render(hoursAgo(59))), ["概况", "更新与回复"]);
});

test("a fault of today does not take away what the data of yesterday prove", () => {
  const page = render({ errorCode: "1", errorReason: "故障", publishDeadlineAt: new Date("2026-11-22T16:00:00Z") });
  assert.deepEqual(headingsOf(page), ["概况", "更新与回复", "采集故障（1 个账号）"]);
  assert.equal(tilesOf(page).已超期, "1 个");
  assert.equal(rowsOf(page, 0)[0]?.at(-1), "2026-11-22 24:00 采集有故障");
});

test("each account counts once in the summary, near from four days on, and unknown replies are a dash", () => {
  const deadline = (days: number) => ({ publishDeadlineAt: new Date(NOW.getTime() + days * DAY_MS) });
  const page = render(
    ...[deadline(4.01), deadline(4), deadline(0), deadline(-0.1), deadline(-2)],
    ...[
      { dataUntil: null, ...deadline(-9) },
      { lifecycle: "closing" as const, publishDeadlineAt: null },
    ],
  );
  assert.deepEqual(tilesOf(page), {
    ...{ 正常: "1 个", 临近超期: "1 个", 待核实: "2 个", 已超期: "1 个", 采集不到: "1 个" },
    ...{ "待回复（含非提问）": "—", 超时未回复: "—" },
  });
  assert.match(page("body").text(), /6\/7 个账号有数据，0\/7 个可统计回复。另有不设期限 1 个。/);
});

test("the page and the boards judge each account alike", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const hours = (count: number | null) =>
    count === null ? sql<null>`null::timestamptz` : sql<Date>`now() + ${count} * interval '1 hour'`;
  const instants = [null, -200, -61, -59, -20, -1, 1, 95, 97, 400];
  const lifecycles = ["running", "rectifying", "filed", "closing"] as const;
  for (const [index, deadline] of instants.entries()) {
    for (const [turn, until] of instants.slice(0, 6).entries()) {
      const lifecycle = lifecycles[(index + turn) % lifecycles.length] ?? "running";
      const id = await addAccount(db, { code: `x${index}-${turn}`, name: "号", department: "rsj", lifecycle });
      await sql`
        insert into account_current (account_id, data_until, publish_deadline_at)
        values (${id}, ${hours(until)}, ${hours(deadline)})`.execute(db);
    }
  }
  const { rows } = await sql<{ account: string; state: string }>`select account, state from v_account_risk`.execute(db);
  const { accounts } = await readStatus(db);
  const own = new Map(accounts.map((account) => [account.account, stateOf(account, new Date())]));
  const judged = rows.filter(({ account }) => own.has(account));
  assert.equal(judged.length, accounts.length);
  assert.equal(new Set(judged.map(({ state }) => state)).size, 6);
  for (const { account, state } of judged) assert.equal(own.get(account), state, account);
});

test("the sparkline draws known days, tells an unknown day from one without an article, and says it in words", () => {
  const sparkline = (...accounts: Partial<StatusAccount>[]) => {
    const page = render(...accounts);
    const cell = page("td[data-label=近30日发文]").first();
    return { text: cell.text(), label: cell.find("svg").attr("aria-label"), drawn: cell.find("path").attr("d") };
  };
  assert.deepEqual(
    sparkline({ publications: { "2026-10-23": 9, "2026-10-24": 4, "2026-11-21": null, "2026-11-22": 0 } }),
    {
      text: "4 篇（2/30 天有数据）",
      label: "30 天中 2 天有数据，共 4 篇，最多一天 4 篇，1 天没有发文",
      drawn: "M0 24v-24h3v24zM116 24v-1.5h3v1.5z",
    },
  );
  const early = sparkline({ publications: { "2026-10-23": 1, "2026-11-21": 3 } });
  assert.equal(early.drawn, "M0 24v-8h3v8zM116 24v-24h3v24z", "nobody knows yesterday yet");
  assert.equal(sparkline({ publications: {} }).text, "—");
  const whole = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [addDays("2026-10-24", index), 1]));
  assert.equal(sparkline({ publications: whole }).text, "30 篇");
});

test("the page of a department holds its accounts alone, and one that is unknown is told in a sentence", () => {
  const accounts = [
    { ...ACCOUNT, name: "甲", department: "a&b", departmentName: "甲局", overdueCases: 1, openCases: 3 },
    { ...ACCOUNT, name: "乙", department: "b", departmentName: "乙局", overdueCases: 5, openCases: 5 },
    { ...ACCOUNT, name: "丙", department: "b", departmentName: "乙局", dataUntil: null },
  ];
  const status = { accounts, plannerTickedAt: NOW, alerts: ALERTS };
  const open = (department: string | null) => load(statusPage(status, NOW, ALERTING, department));
  const options = (page: ReturnType<typeof load>) =>
    page("option")
      .toArray()
      .map((option) => [page(option).attr("value"), page(option).text(), page(option).attr("selected") !== undefined]);
  const all = open(null);
  assert.deepEqual(options(all), [
    ["", "全部单位", false],
    ["a&b", "甲局", false],
    ["b", "乙局", false],
  ]);
  const one = open("a&b");
  assert.deepEqual(
    rowsOf(one, 0).map(([name]) => name),
    ["甲 甲局"],
  );
  assert.equal(one(".alerts").length, 0, "they are of all departments");
  assert.deepEqual([tilesOf(one)["待回复（含非提问）"], tilesOf(all)["待回复（含非提问）"]], ["3 条", "8 条"]);
  assert.deepEqual(headingsOf(one), ["概况", "更新与回复", "超时未回复（1 个账号）"]);
  assert.equal(options(one)[1]?.[2], true);
  assert.equal(one("title").text(), "甲局 · 政务微信矩阵");
  for (const code of ["none", "\u0000", "<script>", "__proto__", "\ud800"]) {
    const unknown = open(code);
    assert.match(unknown("main").text(), /没有找到这个单位/);
    assert.equal(unknown("table, script").length, 0);
    assert.equal(unknown("main a").attr("href"), "/");
    assert.equal(options(unknown).length, 3);
  }
});

test("the days of the sparkline are those that v_account_day calls final, with the same articles", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const day = (ago: number) => sql<string>`((now() at time zone 'Asia/Shanghai')::date - ${ago}::integer)`;
  const id = sql<number>`(select id from account where code = 'rsj-fwh')`;
  const days = { summary: "final final final final provisional", articles: "final final failed final final" };
  for (const [part, states] of Object.entries(days)) {
    for (const [index, state] of states.split(" ").entries()) {
      await sql`
        insert into coverage (account_id, collector, part, day, state, fetched_at)
        values (${id}, 'statistics', ${part}, ${day(index + 1)}, ${state}, now())`.execute(db);
    }
  }
  const published = [
    [1, 2],
    [4, null],
    [5, 7],
  ] as const;
  for (const [ago, articles] of published) {
    await sql`
      insert into account_day (account_id, stat_date, articles_published, first_seen_at)
      values (${id}, ${day(ago)}, ${articles}, now())`.execute(db);
  }
  for (const ago of [2, 2, 3, 4]) {
    await sql`
      insert into article (account_id, msgid, publish_date, first_seen_at, in_statistics)
      values (${id}, gen_random_uuid()::text, ${day(ago)}, now(), true)`.execute(db);
  }
  const { rows } = await sql<{ publications: Record<string, number | null> }>`
    select json_object_agg(stat_date, articles_published) as publications
    from v_account_day where account = 'rsj-fwh' and not provisional`.execute(db);
  const { accounts } = await readStatus(db);
  const { publications } = accounts.find(({ account }) => account === "rsj-fwh") ?? ACCOUNT;
  assert.deepEqual(publications, rows[0]?.publications);
  assert.deepEqual(
    Object.entries(publications)
      .sort()
      .map(([, articles]) => articles),
    [1, null, 2, 2],
  );
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
  return load(statusPage(status, NOW, { ...ALERTING, ...alerting }))(".alerts").text();
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
