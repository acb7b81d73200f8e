import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Insertable, type Kysely, sql } from "kysely";
import { pino } from "pino";
import { type HolidayYear, loadHolidays } from "../../src/calendar/holidays.ts";
import { createWorkCalendar } from "../../src/calendar/working.ts";
import { addDays, dayOf, startOf } from "../../src/calendar.ts";
import type { ChoreVisit } from "../../src/collectors/chore.ts";
import { figures, percentileRows } from "../../src/collectors/figures.ts";
import { judgeCases } from "../../src/collectors/replies/judge.ts";
import { loadRuleSets, type RuleSets } from "../../src/rules/sets.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { readWorkCalendar } from "../../src/store/holidays.ts";
import { readDurations, savePercentiles } from "../../src/store/replyFigures.ts";
import { migrated } from "../support/migrated.ts";

const RULE_SETS = loadRuleSets();
const HOLIDAYS = loadHolidays();
const HOUR_MS = 3_600_000;
/** The view goes by the database's clock. */
const NOW = new Date(Math.floor(Date.now() / 1_000) * 1_000);
const WINDOW = startOf(addDays(dayOf(NOW), -29));
/** Monday to Friday the whole year, so that what the test says does not depend on when it runs. */
const plainYear = (year: number): HolidayYear => ({ year, title: "t", number: "n", source: "s", off: [], work: [] });
const THIS_YEAR = Number(dayOf(NOW).slice(0, 4));
const EVER = [THIS_YEAR - 1, THIS_YEAR, THIS_YEAR + 1].map(plainYear);

type Case = Partial<Insertable<Database["reply_case"]>>;

async function startAccounts(t: TestContext, codes: Record<string, string>) {
  const { url } = await migrated.create(t);
  const db = openDatabase(url, { max: 4 });
  t.after(() => db.destroy());
  const ids: Record<string, number> = {};
  for (const [code, department] of Object.entries(codes)) {
    await sql`insert into department values (${department}, ${`${department}局`}) on conflict do nothing`.execute(db);
    const { rows } = await sql<{ id: number }>`
      insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
      values (${code}, ${department}, ${`${code}号`}, 'wechat', ${`wx-${code}`}, 'running', 'national-2019', ${NOW})
      returning id`.execute(db);
    ids[code] = rows[0]?.id ?? 0;
    await db
      .insertInto("reply_channel")
      .values({ account_id: ids[code], channel: "comment", state: "measurable", until: NOW })
      .execute();
  }
  let comments = 0;
  const add = async (code: string, receivedAt: Date, rest: Case = {}) => {
    const row = {
      ...{ account_id: ids[code] ?? 0, channel: "comment" as const, received_at: receivedAt, msgid: "1_1" },
      ...{ comment_id: `c${++comments}`, length: 9, question: true, first_reply_at: null, first_seen_at: NOW },
    };
    await db
      .insertInto("reply_case")
      .values({ ...row, ...rest })
      .execute();
  };
  return { db, ids, add };
}

const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
const ahead = (hours: number) => ago(-hours);

async function figuresOf(db: Kysely<Database>, scope: string, code: string) {
  const { rows } = await sql<Record<string, unknown>>`
    select * from v_reply_figures where scope = ${scope} and code = ${code}`.execute(db);
  assert.equal(rows.length, 1);
  return rows[0] ?? {};
}

function choreVisit(db: Kysely<Database>, now = NOW, ruleSets: RuleSets = RULE_SETS, holidays = EVER): ChoreVisit {
  return {
    ...{ db, now, ruleSets, log: pino({ level: "silent" }) },
    calendar: () => readWorkCalendar(db, holidays),
    save: (write) => db.transaction().execute(write),
  };
}

const picked = (row: Record<string, unknown>, names: string) => names.split(" ").map((name) => row[name]);

test("an account's counts are those of the window, the excluded beside them, and open questions by age add up", async (t) => {
  const { db, add } = await startAccounts(t, { a: "d1", b: "d1" });
  const deadlines = (warn: number, amber: number, red: number, due: number) => ({
    ...{ warn_at: ahead(warn), amber_at: ahead(amber), red_at: ahead(red), due_at: ahead(due) },
  });
  await add("a", ago(5), { first_reply_at: ago(1) });
  await add("a", ago(5), { first_reply_at: ago(1), question: false });
  await add("a", ago(5), { question: false, ...deadlines(-4, -3, -2, -1) });
  await add("a", ago(5), deadlines(1, 2, 3, 4));
  await add("a", ago(6), deadlines(-1, 2, 3, 4));
  await add("a", ago(7), deadlines(-2, -1, 3, 4));
  await add("a", ago(8), deadlines(-3, -2, -1, 4));
  await add("a", ago(9), deadlines(-4, -3, -2, -1));
  await add("a", ago(10));
  await add("a", ago(5), { vanished_at: NOW });
  await add("a", ago(5), { excluded_at: NOW, first_reply_at: NOW });
  await add("a", new Date(WINDOW.getTime() - 1_000), deadlines(-4, -3, -2, -1));
  await add("b", WINDOW, { first_reply_at: NOW });

  const counts = "received answered open overdue excluded questions questions_answered questions_open reply_rate";
  const ages = "open_in_time open_warn open_amber open_red open_overdue open_unknown";
  const a = await figuresOf(db, "account", "a");
  assert.deepEqual(picked(a, counts), [9, 2, 7, 1, 2, 7, 1, 6, 1 / 7]);
  assert.deepEqual(picked(a, ages), [1, 1, 1, 1, 1, 1]);
  assert.deepEqual(a.oldest_open_at, new Date(WINDOW.getTime() - 1_000), "however long ago");
  assert.deepEqual(picked(a, "name accounts accounts_measurable p50_seconds"), ["a号", 1, 1, null]);
  const d1 = await figuresOf(db, "department", "d1");
  assert.deepEqual(picked(d1, counts), [10, 3, 7, 1, 2, 8, 2, 6, 1 / 4]);
  assert.deepEqual(picked(d1, "name accounts accounts_measurable"), ["d1局", 2, 2]);
});

test("what was never seen is null, and departments and the county say of how many accounts they tell", async (t) => {
  const { db, add } = await startAccounts(t, { a: "d1", b: "d1", c: "d2", old: "d1" });
  await add("a", ago(5), { first_reply_at: ago(1) });
  await add("b", ago(5));
  await add("c", ago(5));
  await add("old", ago(5));
  await sql`update account set lifecycle = 'closed' where code = 'old'`.execute(db);
  await sql`update reply_channel set state = 'hidden' from account a where a.id = account_id and a.code = 'b'`.execute(
    db,
  );
  await sql`update reply_channel set until = null from account a where a.id = account_id and a.code = 'c'`.execute(db);
  const names = "received open questions reply_rate oldest_open_at accounts accounts_measurable";
  assert.deepEqual(picked(await figuresOf(db, "account", "b"), names), [null, null, null, null, null, 1, 0]);
  assert.deepEqual(picked(await figuresOf(db, "account", "c"), names), [null, null, null, null, null, 1, 0]);
  assert.deepEqual(picked(await figuresOf(db, "department", "d1"), names), [1, 0, 1, 1, null, 2, 1]);
  assert.deepEqual(picked(await figuresOf(db, "department", "d2"), names), [null, null, null, null, null, 1, 0]);
  assert.deepEqual(picked(await figuresOf(db, "county", ""), names), [1, 0, 1, 1, null, 3, 1]);
  const { rows } = await sql`select from v_reply_figures where code = 'old'`.execute(db);
  assert.equal(rows.length, 0);
  await sql`update account set lifecycle = 'closed'`.execute(db);
  assert.deepEqual(picked(await figuresOf(db, "county", ""), names), [null, null, null, null, null, 0, 0]);
});

test("a case counts only while its own channel can be measured, and nothing of a closed account does", async (t) => {
  const { db, ids, add } = await startAccounts(t, { a: "d1", b: "d1" });
  const due = { warn_at: ago(4), amber_at: ago(3), red_at: ago(2), due_at: ago(1) };
  const message = { channel: "message" as const, comment_id: null, person: "p" };
  await add("a", ago(90), due);
  await add("a", ago(80), { first_reply_at: ago(79) });
  await add("a", ago(70), { excluded_at: NOW });
  for (let hour = 20; hour < 30; hour++) await add("a", ago(hour), { ...message, first_reply_at: ago(hour - 2) });
  await add("a", ago(10), { ...message, ...due });
  await add("b", ago(5), due);
  const saved = { account_id: ids.a ?? 0, channel: "message" as const, state: "measurable" as const, until: ago(2) };
  await db.insertInto("reply_channel").values(saved).execute();
  const seen = async () => {
    const rows = await percentileRows(await readDurations(db, NOW), createWorkCalendar(EVER), RULE_SETS, NOW);
    await savePercentiles(db, rows, NOW);
    const counts = "received answered open overdue excluded questions_open open_overdue oldest_open_at p50_seconds";
    const { rows: accounts } = await sql<Record<string, unknown>>`select * from v_account where account = 'a'`.execute(
      db,
    );
    const { rows: states } = await sql<{ key: string }>`
      select channel || ' ' || state as key from v_reply_case where account = 'a' and first_reply_at is null
      order by 1`.execute(db);
    const { rows: percentiles } = await sql<{ cases: number }>`
      select cases from reply_percentile where scope = 'county' and clock = 'calendar'`.execute(db);
    return {
      figures: picked(await figuresOf(db, "account", "a"), counts),
      department: picked(await figuresOf(db, "department", "d1"), "received overdue"),
      account: picked(accounts[0] ?? {}, "open_cases overdue_cases replies_as_of"),
      states: states.map(({ key }) => key),
      cases: percentiles[0]?.cases,
    };
  };
  const set = (channel: string, change: object) =>
    db
      .updateTable("reply_channel")
      .set(change)
      .where("account_id", "=", ids.a ?? 0)
      .where("channel", "=", channel as "comment")
      .execute();

  const both = {
    figures: [13, 11, 2, 2, 1, 2, 2, ago(90), 7_200],
    department: [14, 3],
    account: [2, 2, ago(2)],
    states: ["comment excluded", "comment overdue", "message overdue"],
    cases: 14,
  };
  assert.deepEqual(await seen(), both);
  await set("comment", { state: "absent", code: "88000" });
  assert.deepEqual(await seen(), {
    figures: [11, 10, 1, 1, 0, 1, 1, ago(10), 7_200],
    department: [12, 2],
    account: [1, 1, ago(2)],
    states: ["comment excluded", "comment open", "message overdue"],
    cases: 12,
  });
  await set("message", { state: "hidden" });
  assert.deepEqual(await seen(), {
    figures: [null, null, null, null, null, null, null, null, null],
    department: [1, 1],
    account: [null, null, null],
    states: ["comment excluded", "comment open", "message open"],
    cases: 1,
  });
  await set("comment", { state: "measurable" });
  await set("message", { state: "measurable" });
  assert.deepEqual(await seen(), both);
  await set("message", { until: null });
  const { figures: unseen, department, account, cases } = await seen();
  assert.deepEqual([unseen, account], [Array(9).fill(null), Array(3).fill(null)], "not before each has been looked at");
  assert.deepEqual([department, cases], [[1, 1], 1]);
  await set("message", { until: NOW });
  await sql`update account set lifecycle = 'closed' where code = 'a'`.execute(db);
  const { rows } = await sql<Record<string, unknown>>`select * from v_account where account = 'a'`.execute(db);
  assert.deepEqual(picked(rows[0] ?? {}, "open_cases overdue_cases"), [null, null]);
  const { rows: overdue } = await sql`select account from v_reply_case where state = 'overdue'`.execute(db);
  assert.deepEqual(overdue, [{ account: "b" }]);
});

test("others have the event loop while many cases of one account are computed", async () => {
  const calendar = createWorkCalendar(EVER);
  const openSince = Array.from({ length: 5_000 }, (_, index) => ago(index % 700).getTime() / 1_000);
  const account = { account: "a", department: "d1", ruleSet: "national-2019", answered: [], worked: [], openSince };
  let turns = 0;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await percentileRows([account], calendar, RULE_SETS, NOW);
  clearImmediate(next);
  assert.ok(turns >= 10, `${turns} turns`);
});

test("percentiles are of question cases, by account, department and county, and go with their cases", async (t) => {
  const { db, add } = await startAccounts(t, { a: "d1", b: "d1", c: "d2" });
  for (let hour = 1; hour <= 9; hour++) await add("a", ago(200), { first_reply_at: ago(200 - hour) });
  await add("a", ago(200), { first_reply_at: ago(100), question: false });
  await add("a", ago(200), { first_reply_at: ago(100), excluded_at: NOW });
  await add("b", ago(20));
  await add("b", ago(30));
  await add("c", new Date(WINDOW.getTime() - 1_000));
  await figures.run(choreVisit(db));

  const names = "p50_seconds p50_over_seconds p90_seconds p90_over_seconds";
  const seconds = (hours: number) => hours * 3_600;
  assert.deepEqual(picked(await figuresOf(db, "account", "a"), names), [null, null, null, null], "nine are too few");
  const d1 = await figuresOf(db, "department", "d1");
  assert.deepEqual(picked(d1, names), [seconds(6), null, null, seconds(30)], "0.9 is not reached by 9 of 11");
  assert.notEqual(d1.working_p50_seconds, null);
  assert.deepEqual(d1.percentiles_as_of, NOW);
  assert.deepEqual(picked(await figuresOf(db, "county", ""), names), [seconds(6), null, null, seconds(30)]);
  const stored = () =>
    sql<{ key: string; cases: number; as_of: Date }>`
      select scope || ' ' || code || ' ' || clock as key, cases, as_of from reply_percentile order by 1`.execute(db);
  assert.deepEqual(
    (await stored()).rows.map(({ key, cases }) => `${key} ${cases}`),
    ["account a", "account b", "county ", "department d1"].flatMap((scope, index) =>
      ["calendar", "working"].map((clock) => `${scope} ${clock} ${[9, 2, 11, 11][index]}`),
    ),
  );

  await sql`update reply_case set vanished_at = now() from account a where a.id = account_id and a.code = 'a'`.execute(
    db,
  );
  const later = ahead(1);
  await figures.run(choreVisit(db, later));
  const { rows } = await stored();
  assert.deepEqual([...new Set(rows.map(({ key }) => key.split(" ")[0]))], ["account", "county", "department"]);
  assert.ok(rows.every(({ key, as_of }) => !key.includes(" a ") && as_of.getTime() === later.getTime()));
});

test("one case whose working time is not known leaves no percentile on that clock", async (t) => {
  const { db, add } = await startAccounts(t, { a: "d1" });
  // More than a day each: of a night alone it is known without a calendar that it holds no office hours.
  for (let hour = 25; hour <= 36; hour++) await add("a", ago(200), { first_reply_at: ago(200 - hour) });
  await figures.run(choreVisit(db, NOW, RULE_SETS, []));
  const a = await figuresOf(db, "account", "a");
  assert.equal(a.p50_seconds, 30.5 * 3_600);
  assert.deepEqual(picked(a, "working_p50_seconds working_p50_over_seconds"), [null, null]);
});

const judgedOf = async (db: Kysely<Database>) =>
  await db
    .selectFrom("reply_case")
    .select(["warn_at", "due_at", "working_seconds", "working_days", "judged_by"])
    .orderBy("id")
    .execute();

test("cases are judged once, and again when the calendar, the rules or their account's rule set change", async (t) => {
  const { db, ids, add } = await startAccounts(t, { a: "d1", b: "d1" });
  const at = (text: string) => new Date(`${text.replace(" ", "T")}+08:00`);
  await add("a", at("2026-11-20 10:00"), { first_reply_at: at("2026-11-23 10:00") });
  await add("a", at("2026-12-28 10:00"));
  await add("b", at("2026-11-20 10:00"));
  const judge = async (accountIds: number[] | null, holidays: HolidayYear[], ruleSets: RuleSets = RULE_SETS) => {
    const calendar = await readWorkCalendar(db, holidays);
    return await db.transaction().execute((trx) => judgeCases(trx, accountIds, calendar, ruleSets));
  };
  const only2026 = HOLIDAYS.filter(({ year }) => year === 2026);
  assert.equal(await judge([ids.b ?? 0], only2026), 1);
  assert.equal(await judge(null, only2026), 2);
  assert.equal(await judge(null, only2026), 0);
  const [answered, open] = await judgedOf(db);
  assert.deepEqual(answered?.warn_at, at("2026-11-24 00:00"));
  assert.deepEqual([answered?.working_seconds, answered?.working_days], [7 * 3_600, 1]);
  assert.deepEqual(open?.warn_at, at("2026-12-30 00:00"));
  assert.deepEqual([open?.due_at, open?.working_seconds], [null, null]);

  const newYear = { name: "元旦", from: "2027-01-01", to: "2027-01-03" };
  const document = JSON.stringify({ ...plainYear(2027), off: [newYear] });
  await db.insertInto("holiday_year").values({ year: 2027, document, imported_at: NOW }).execute();
  assert.equal(await judge(null, only2026), 3);
  assert.deepEqual((await judgedOf(db))[1]?.due_at, at("2027-01-13 00:00"));

  const national = RULE_SETS.get("national-2019");
  assert.ok(national);
  const { replies } = national;
  const strict = { ...national, id: "strict", replies: { ...replies, days: { ...replies.days, warn: 2 } } };
  const both = new Map([...RULE_SETS, ["strict", strict]]);
  assert.equal(await judge(null, only2026, both), 0);
  await sql`update account set rule_set = 'strict' where code = 'b'`.execute(db);
  assert.equal(await judge(null, only2026, both), 1);
  assert.deepEqual((await judgedOf(db))[2]?.warn_at, at("2026-11-25 00:00"));
});

test("a case that somebody else is writing is left to him", async (t) => {
  const { db, add } = await startAccounts(t, { a: "d1" });
  await add("a", ago(5));
  await add("a", ago(6));
  const calendar = await readWorkCalendar(db, EVER);
  const judge = () => db.transaction().execute((trx) => judgeCases(trx, null, calendar, RULE_SETS));
  await db.transaction().execute(async (trx) => {
    await sql`update reply_case set first_reply_at = now(), judged_by = null where received_at = ${ago(5)}`.execute(
      trx,
    );
    assert.equal(await judge(), 1);
  });
  assert.equal(await judge(), 1);
  const [answered] = await judgedOf(db);
  assert.notEqual(answered?.working_days, null);
});

test("the chore is due every ten minutes", () => {
  const next = (now: string) => figures.next(new Date(now)).toISOString();
  assert.equal(next("2026-11-20T04:00:00Z"), "2026-11-20T04:10:00.000Z");
  assert.equal(next("2026-11-20T04:09:59.999Z"), "2026-11-20T04:10:00.000Z");
});
