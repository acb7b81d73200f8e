import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kysely, sql } from "kysely";
import { addDays, dayOf, startOf } from "../../../src/calendar.ts";
import type { Database } from "../../../src/store/database.ts";
import { addAccount, openTestDatabase } from "../../metrics/county.ts";

const TODAY = dayOf(new Date());
const THIS_MONDAY = addDays(TODAY, -((new Date(`${TODAY}T00:00:00Z`).getUTCDay() + 6) % 7));
const monday = (weeksAgo: number) => addDays(THIS_MONDAY, -7 * weeksAgo);
const NO_FIGURES = { sharers: null, likes: null, zaikan: null, comments: null, favourites: null };

async function county(db: Kysely<Database>): Promise<void> {
  for (const [code, name] of [
    ["edu", "教育局"],
    ["water", "水利局"],
  ] as const) {
    await db.insertInto("department").values({ code, name }).execute();
  }
}

/** A row of `readers` and `articles` on the week's Monday; `days` of it are final, and `listed` of them in articles. */
async function week(
  db: Kysely<Database>,
  account: number,
  weeksAgo: number,
  readers: number | null,
  days = 7,
  articles: number | null = 1,
  listed = days,
) {
  await db
    .insertInto("account_day")
    .values({
      ...{ account_id: account, stat_date: monday(weeksAgo), articles_published: articles, readers, ...NO_FIGURES },
      first_seen_at: new Date(),
    })
    .execute();
  for (const [part, final] of [
    ["summary", days],
    ["articles", listed],
  ] as const) {
    for (let day = 0; day < final; day += 1) {
      await db
        .insertInto("coverage")
        .values({
          ...{ account_id: account, collector: "statistics", part, day: addDays(monday(weeksAgo), day) },
          ...{ state: "final", code: null, fetched_at: new Date(), age: null },
        })
        .execute();
    }
  }
}

test("weeks add up per department, tell how many accounts are known, and leave unknown figures unknown", async (t) => {
  const { db } = await openTestDatabase(t);
  await county(db);
  const seen = await addAccount(db, { code: "seen", name: "a", department: "edu" });
  const partly = await addAccount(db, { code: "partly", name: "b", department: "edu" });
  await addAccount(db, { code: "blind", name: "c", department: "water" });
  const closed = await addAccount(db, { code: "closed", name: "d", department: "water", lifecycle: "closed" });
  await week(db, seen, 1, 100);
  await week(db, partly, 1, 40, 6);
  await week(db, closed, 1, 900);
  await week(db, seen, 2, null);
  await week(db, partly, 2, 7);
  await week(db, seen, 0, 5, 1);
  await db.insertInto("department").values({ code: "quiet", name: "档案馆" }).execute();
  const quiet = await addAccount(db, { code: "quiet", name: "e", department: "quiet" });
  await week(db, quiet, 1, 0, 7, 0);
  await week(db, quiet, 2, 0, 6, 0);
  // Counted where no row tells the number, not in addition to one; the weeks' ends are Sundays in Asia/Shanghai.
  const article = { notified: true, title: null, url: null, first_seen_at: new Date() };
  for (const [msgid, publish_date, in_statistics] of [
    ["1_1", monday(1), true],
    ["2_1", addDays(monday(1), 6), true],
    ["3_1", addDays(monday(1), 5), false],
    ["4_1", monday(0), true],
  ] as const) {
    await db
      .insertInto("article")
      .values({ ...article, account_id: seen, msgid, publish_date, in_statistics })
      .execute();
  }
  const { rows } = await sql<Record<string, unknown>>`
    select department_name, weeks_ago, week::text as week, articles, readers, accounts, accounts_covered
    from v_department_week order by weeks_ago, department`.execute(db);
  const water = { department_name: "水利局", articles: null, readers: null, accounts: 1, accounts_covered: 0 };
  const none = { ...water, department_name: "档案馆" };
  const edu = { department_name: "教育局", accounts: 2 };
  assert.deepEqual(rows, [
    { ...edu, weeks_ago: 0, week: monday(0), articles: 1, readers: null, accounts_covered: 0 },
    { ...none, weeks_ago: 0, week: monday(0) },
    { ...water, weeks_ago: 0, week: monday(0) },
    { ...edu, weeks_ago: 1, week: monday(1), articles: 3, readers: 100, accounts_covered: 1 },
    { ...none, weeks_ago: 1, week: monday(1), articles: 0, readers: 0, accounts_covered: 1 },
    { ...water, weeks_ago: 1, week: monday(1), articles: 1, readers: 900, accounts: 2, accounts_covered: 1 },
    { ...edu, weeks_ago: 2, week: monday(2), articles: 2, readers: 7, accounts_covered: 2 },
    { ...none, weeks_ago: 2, week: monday(2) },
    { ...water, weeks_ago: 2, week: monday(2) },
  ]);
});

test("a week whose articles nobody counted to the end is unknown and not covered, its readers are known", async (t) => {
  const { db } = await openTestDatabase(t);
  await county(db);
  const known = await addAccount(db, { code: "known", name: "a", department: "edu" });
  const untold = await addAccount(db, { code: "untold", name: "b", department: "edu" });
  const alone = await addAccount(db, { code: "alone", name: "c", department: "water" });
  await week(db, known, 1, 10, 7, 14);
  await week(db, untold, 1, 5, 7, null, 0);
  await week(db, alone, 1, 3, 7, null, 6);
  await week(db, alone, 2, 3, 7, null, 0);
  await week(db, alone, 3, 3, 7, 0, 6);
  const { rows } = await sql<Record<string, unknown>>`
    select department, weeks_ago, articles, readers::integer, accounts_covered || '/' || accounts as covered
    from v_department_week where weeks_ago > 0 and readers is not null
    order by weeks_ago, department`.execute(db);
  assert.deepEqual(rows, [
    { department: "edu", weeks_ago: 1, articles: 14, readers: 15, covered: "1/2" },
    { department: "water", weeks_ago: 1, articles: null, readers: 3, covered: "0/1" },
    { department: "water", weeks_ago: 2, articles: null, readers: 3, covered: "0/1" },
    { department: "water", weeks_ago: 3, articles: null, readers: 3, covered: "0/1" },
  ]);
});

test("closing an account leaves the weeks before as they were, and it is not expected after", async (t) => {
  const { db } = await openTestDatabase(t);
  await county(db);
  const stays = await addAccount(db, { code: "stays", name: "a", department: "edu" });
  const leaves = await addAccount(db, { code: "leaves", name: "b", department: "edu" });
  const early = await addAccount(db, { code: "early", name: "c", department: "water" });
  for (const weeksAgo of [1, 2, 3, 4, 5]) await week(db, stays, weeksAgo, 100);
  for (const weeksAgo of [1, 2, 3, 4, 5]) await week(db, leaves, weeksAgo, 50);
  for (const weeksAgo of [2, 3, 4, 5]) await week(db, early, weeksAgo, 50);
  const told = async () => {
    const weeks = await sql`select * from v_department_week where weeks_ago > 0 and accounts_covered > 0
      order by weeks_ago, department`.execute(db);
    const trend = await sql`select * from v_reader_trend where accounts_compared > 0 order by department`.execute(db);
    return [weeks.rows, trend.rows];
  };
  const before = await told();
  assert.equal(before[0]?.length, 9);
  await db.updateTable("account").set({ lifecycle: "closed" }).where("id", "in", [leaves, early]).execute();
  assert.deepEqual(await told(), before);
  const { rows } = await sql<{ department: string; weeks_ago: number; accounts: number }>`
    select department, weeks_ago, accounts from v_department_week where weeks_ago < 2
    order by weeks_ago, department`.execute(db);
  assert.deepEqual(rows, [
    { department: "edu", weeks_ago: 0, accounts: 1 },
    { department: "edu", weeks_ago: 1, accounts: 2 },
  ]);
  const trend = await sql`select department from v_reader_trend`.execute(db);
  assert.deepEqual(trend.rows, [{ department: "edu" }]);
});

test("departments of one name are told apart by their codes, in all that compares them", async (t) => {
  const { db } = await openTestDatabase(t);
  await county(db);
  await db.insertInto("department").values({ code: "edu2", name: "教育局" }).execute();
  for (const department of ["edu", "edu2", "water"]) {
    const id = await addAccount(db, { code: department, name: department, department });
    await week(db, id, 1, 10);
    await db
      .insertInto("reply_channel")
      .values({ account_id: id, channel: "comment", state: "measurable", until: new Date() })
      .execute();
    const at = startOf(monday(1));
    await db
      .insertInto("reply_case")
      .values({
        ...{ account_id: id, channel: "comment", comment_id: "1", received_at: at, length: 1, question: true },
        first_seen_at: at,
      })
      .execute();
  }
  for (const view of ["v_department_week", "v_reader_trend", "v_department_reply_week", "v_reply_waiting"]) {
    const { rows } = await sql<{ department_name: string }>`
      select distinct on (department) department_name from ${sql.table(view)} order by department`.execute(db);
    assert.deepEqual(
      rows.map((row) => row.department_name),
      ["教育局（edu）", "教育局（edu2）", "水利局"],
      view,
    );
  }
});

test("readers are compared with the same account's own weeks before, of which three must be known", async (t) => {
  const { db } = await openTestDatabase(t);
  await county(db);
  const known = await addAccount(db, { code: "known", name: "a", department: "edu" });
  for (const [index, readers] of [150, 100, 80, 120, 100].entries()) await week(db, known, index + 1, readers);
  await week(db, known, 10, 100_000);
  const young = await addAccount(db, { code: "young", name: "b", department: "edu" });
  for (const weeksAgo of [1, 2, 3]) await week(db, young, weeksAgo, 1000);
  const lost = await addAccount(db, { code: "lost", name: "c", department: "water" });
  for (const weeksAgo of [2, 3, 4, 5]) await week(db, lost, weeksAgo, 500);
  const { rows } = await sql<Record<string, unknown>>`
    select department, week::text as week, readers, typical_readers, ratio, accounts, accounts_compared
    from v_reader_trend order by department`.execute(db);
  assert.deepEqual(rows, [
    {
      ...{ department: "edu", week: monday(1), readers: 150, typical_readers: 100, ratio: 1.5 },
      ...{ accounts: 2, accounts_compared: 1 },
    },
    {
      ...{ department: "water", week: monday(1), readers: null, typical_readers: null, ratio: null },
      ...{ accounts: 1, accounts_compared: 0 },
    },
  ]);
});

test("a week's questions are answered, late, or neither yet; the median needs ten of them", async (t) => {
  const { db } = await openTestDatabase(t);
  await county(db);
  const accountId = await addAccount(db, { code: "a", name: "a", department: "edu" });
  await addAccount(db, { code: "mute", name: "b", department: "edu" });
  await addAccount(db, { code: "planned", name: "p", department: "edu", lifecycle: "planned" });
  // Of one an answer may not have been read yet; of the other messages are covered since Tuesday, comments since ever.
  const pending = await addAccount(db, { code: "pending", name: "d", department: "edu" });
  const recent = await addAccount(db, { code: "recent", name: "e", department: "edu" });
  await addAccount(db, { code: "unseen", name: "c", department: "water" });
  const looked = new Date();
  await db
    .insertInto("reply_channel")
    .values([
      { account_id: accountId, channel: "comment", state: "measurable", until: looked },
      { account_id: accountId, channel: "message", state: "measurable", until: new Date(), since: startOf(monday(2)) },
      { account_id: pending, channel: "comment", state: "measurable", until: new Date() },
      { account_id: pending, channel: "message", state: "measurable", until: null },
      { account_id: recent, channel: "comment", state: "measurable", until: new Date() },
      {
        ...{ account_id: recent, channel: "message", state: "measurable", until: new Date() },
        since: startOf(addDays(monday(1), 1)),
      },
    ])
    .execute();
  let count = 0;
  const ask = async (at: Date, replyHours: number | null, dueHours: number | null, rest: object = {}) => {
    count += 1;
    const after = (hours: number | null) => (hours === null ? null : new Date(at.getTime() + hours * 3_600_000));
    await db
      .insertInto("reply_case")
      .values({
        ...{ account_id: accountId, channel: "comment", comment_id: `${count}`, received_at: at, length: 1 },
        ...{ question: true, first_seen_at: at, first_reply_at: after(replyHours), due_at: after(dueHours) },
        ...rest,
      })
      .execute();
  };
  const first = startOf(monday(1));
  for (let hours = 1; hours <= 8; hours += 1) await ask(first, hours, 6);
  await ask(first, null, 6);
  await ask(first, null, null);
  await ask(first, null, 6, { account_id: pending });
  const message = { account_id: recent, channel: "message", comment_id: null, person: "p" };
  await ask(new Date(first.getTime() + 72 * 3_600_000), null, 6, message);
  await ask(first, 1, 6, { question: false });
  await ask(first, 1, 6, { excluded_at: new Date() });
  await ask(new Date(first.getTime() - 1), null, 24 * 365);
  await ask(startOf(monday(3)), 1, 6);
  const { rows } = await sql<Record<string, unknown>>`
    select department, weeks_ago, questions, answered, late, answer_rate, median_seconds, as_of, accounts, accounts_measurable
    from v_department_reply_week where weeks_ago > 0 order by weeks_ago, department`.execute(db);
  const edu = { department: "edu", as_of: looked, accounts: 4, accounts_measurable: 2 };
  const unseen = { questions: null, answered: null, late: null, answer_rate: null, median_seconds: null, as_of: null };
  const water = { department: "water", ...unseen, accounts: 1, accounts_measurable: 0 };
  assert.deepEqual(rows, [
    { ...edu, weeks_ago: 1, questions: 10, answered: 8, late: 3, answer_rate: 0.8, median_seconds: 5 * 3600 },
    { ...water, weeks_ago: 1 },
    { ...edu, weeks_ago: 2, questions: 1, answered: 0, late: 0, answer_rate: 0, median_seconds: null },
    { ...water, weeks_ago: 2 },
    { ...edu, weeks_ago: 3, questions: 1, answered: 1, late: 0, answer_rate: 1, median_seconds: null },
    { ...water, weeks_ago: 3 },
  ]);
});
