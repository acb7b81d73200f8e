import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kysely, sql } from "kysely";
import type { CoverageState } from "../../../src/model.ts";
import type { Database } from "../../../src/store/database.ts";
import { days, insertAccount, NOW } from "../../alerts/support.ts";
import { openTestDatabase } from "../../metrics/county.ts";
import { viewAt } from "../../support/viewAt.ts";

function cover(db: Kysely<Database>, accountId: number, part: string, dates: string[], state: CoverageState = "final") {
  return sql`
    insert into coverage (account_id, collector, part, day, state, fetched_at)
    select ${accountId}, 'statistics', ${part}, day, ${state}, ${NOW} from unnest(${dates}::date[]) day`.execute(db);
}

async function addDay(db: Kysely<Database>, accountId: number, date: string, articles: number | null, readers = 10) {
  await sql`
    insert into account_day (account_id, stat_date, articles_published, readers, first_seen_at)
    values (${accountId}, ${date}, ${articles}, ${readers}, ${NOW})`.execute(db);
}

async function publish(
  db: Kysely<Database>,
  accountId: number,
  article: { msgid: string; date: string; title: string | null; at?: string; form?: string },
  curve: Record<string, number> = {},
) {
  const { msgid, date, title, at = null, form = null } = article;
  await sql`
    insert into article (account_id, msgid, publish_date, title, published_at, form, first_seen_at, in_statistics)
    values (${accountId}, ${msgid}, ${date}, ${title}, ${at}, ${form}, ${NOW}, true)`.execute(db);
  for (const [day, readers] of Object.entries(curve)) {
    await sql`
      insert into article_day (account_id, msgid, stat_date, readers)
      values (${accountId}, ${msgid}, ${day}, ${readers})`.execute(db);
  }
}

const values = (rows: readonly Record<string, unknown>[]) => rows.map((row) => Object.values(row));

test("an account's day is told by whatever knows of it, and is 0 only when it is final", async (t) => {
  const { db } = await openTestDatabase(t);
  const id = await insertAccount(db, "a");
  await addDay(db, id, "2026-11-16", null, 5);
  await addDay(db, id, "2026-11-17", 2);
  await sql`insert into followers (account_id, stat_date, followers, gained, lost) values (${id}, '2026-11-18', 7, 2, 1)`.execute(
    db,
  );
  await publish(db, id, { msgid: "1_1", date: "2026-11-16", title: "t" });
  await cover(db, id, "summary", ["2026-11-16", "2026-11-19", "2026-11-20"]);
  await cover(db, id, "articles", ["2026-11-16", "2026-11-19", "2026-11-21"]);
  await cover(db, id, "summary", ["2026-11-22"], "failed");
  const { rows } = await sql<Record<string, unknown>>`
    select stat_date, articles_published, readers, followers, followers_gained, followers_lost, provisional
    from v_account_day order by stat_date`.execute(db);
  assert.deepEqual(values(rows), [
    ["2026-11-16", 1, 5, null, null, null, false],
    ["2026-11-17", 2, 10, null, null, null, true],
    ["2026-11-18", null, null, 7, 2, 1, true],
    ["2026-11-19", 0, 0, null, null, null, false],
    ["2026-11-20", null, 0, null, null, null, false],
  ]);
});

test("the publishing calendar has a row per week from Monday on, and days that are not complete are empty", async (t) => {
  const { db } = await openTestDatabase(t);
  const id = await insertAccount(db, "a");
  for (const [date, articles] of [
    ["2026-11-15", 1],
    ["2026-11-16", 3],
    ["2026-11-17", 4],
  ] as const)
    await addDay(db, id, date, articles);
  await cover(db, id, "summary", ["2026-11-15", "2026-11-16", "2026-11-22"]);
  await cover(db, id, "articles", ["2026-11-22"]);
  const { rows } = await sql<Record<string, unknown>>`
    select week, monday, tuesday, wednesday, thursday, friday, saturday, sunday
    from v_publishing_calendar where account = 'a' order by week`.execute(db);
  assert.deepEqual(values(rows), [
    ["2026-11-09", null, null, null, null, null, null, 1],
    ["2026-11-16", 3, null, null, null, null, null, 0],
  ]);
});

test("curves of articles have names of their own, also where titles repeat or lack", async (t) => {
  const { db } = await openTestDatabase(t);
  const id = await insertAccount(db, "a");
  const long = "关于进一步做好全县冬季森林防火工作的通告";
  await publish(db, id, { msgid: "1_1", date: "2026-11-16", title: `${long}一` }, { "2026-11-16": 5, "2026-11-18": 9 });
  await publish(db, id, { msgid: "1_2", date: "2026-11-16", title: `${long}二` }, { "2026-11-16": 6 });
  await publish(db, id, { msgid: "2_1", date: "2026-11-17", title: null }, { "2026-11-17": 7 });
  await publish(db, id, { msgid: "3_1", date: "2026-11-18", title: "没有数据" });
  const { rows } = await sql<Record<string, unknown>>`
    select label, age_days, readers from v_article_curve where account = 'a' order by article, stat_date`.execute(db);
  assert.deepEqual(values(rows), [
    ["11-16 关于进一步做好全县冬季森林防火…", 1, 5],
    ["11-16 关于进一步做好全县冬季森林防火…", 3, 9],
    ["11-16 关于进一步做好全县冬季森林防火…（2）", 1, 6],
    ["11-17 （无标题）", 1, 7],
  ]);
});

test("articles compare by their readers after seven days, the hour is Beijing's, and what is not known yet is empty", async (t) => {
  const { db } = await openTestDatabase(t);
  const id = await insertAccount(db, "a");
  const evening = { msgid: "1_1", date: "2026-11-02", title: "t", at: "2026-11-02T12:30:00Z", form: "article" };
  await publish(db, id, evening, { "2026-11-02": 10, "2026-11-08": 40, "2026-11-09": 50 });
  const night = { msgid: "2_1", date: "2026-11-03", title: "t", at: "2026-11-02T16:10:00Z", form: "video" };
  await publish(db, id, night, { "2026-11-07": 30, "2026-11-20": 90 });
  await publish(db, id, { msgid: "3_1", date: "2026-11-18", title: "t" }, { "2026-11-18": 8, "2026-11-22": 20 });
  const { rows } = await sql<Record<string, unknown>>`
    select article, hour, form_name, readers_7d from v_article_reach where account = 'a' order by article`.execute(db);
  assert.deepEqual(values(rows), [
    ["1_1", 20, "图文", 40],
    ["2_1", 0, "视频", 30],
    ["3_1", null, "未知", null],
  ]);
});

test("each collector of an account says how its last visit went, and which days are missing", async (t) => {
  const { db } = await openTestDatabase(t);
  const id = await insertAccount(db, "a", { errorCode: "40125" });
  const visit = { account_id: id, next_due_at: NOW, lease_id: null, leased_until: null, started_at: NOW };
  const well = { error_code: null, error_reason: null, error_detail: null };
  await db
    .insertInto("visit")
    .values([
      { ...visit, ...well, collector: "pages", finished_at: NOW, succeeded_at: days(-1) },
      { ...visit, ...well, collector: "replies", finished_at: null, succeeded_at: null },
    ])
    .execute();
  await cover(db, id, "summary", ["2026-11-21", "2026-11-22"], "failed");
  await cover(db, id, "articles", ["2026-11-22", "2026-10-01"], "failed");
  await cover(db, id, "followers", ["2026-11-22"], "unavailable");
  await cover(db, id, "articles", ["2026-11-10"], "unavailable");
  const rows = await viewAt(db, "v_account_collector", NOW);
  const told = rows.map((row) => [
    ...[row.collector, row.state, row.succeeded_at, row.error_reason],
    ...[row.failed_days, row.failed_from, row.failed_until, row.parts_unavailable],
  ]);
  assert.deepEqual(
    told.sort((one, other) => String(one[0]).localeCompare(String(other[0]))),
    [
      ["pages", "succeeded", days(-1), null, 0, null, null, null],
      ["replies", "waiting", null, null, 0, null, null, null],
      ["statistics", "failed", null, "请核对 AppSecret。", 2, "2026-11-21", "2026-11-22", "用户数据"],
    ],
  );
});
