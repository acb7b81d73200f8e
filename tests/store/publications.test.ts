import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { Article, Publication } from "../../src/model.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { saveLook } from "../../src/store/pages.ts";
import { savePublications, storedPublications } from "../../src/store/publications.ts";
import { saveArticles } from "../../src/store/statistics.ts";
import { migrated } from "../support/migrated.ts";

const NOW = new Date("2026-11-20T04:00:00Z");

async function open(t: TestContext): Promise<{ db: Kysely<Database>; id: number }> {
  const { url } = await migrated.create(t);
  const db = openDatabase(url);
  t.after(() => db.destroy());
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  const { rows } = await sql<{ id: number }>`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    values ('a', 'd', 'a', 'wechat', 'wx', 'running', 'x', now()) returning id`.execute(db);
  return { db, id: rows[0]?.id ?? 0 };
}

const listed = (articleId: string, changes: Partial<Publication> = {}): Publication => ({
  objectId: `o${articleId}`,
  position: 1,
  title: "停水通知",
  url: `https://mp.weixin.qq.com/s?mid=${articleId}`,
  articleId,
  updatedAt: new Date("2026-11-18T02:00:00Z"),
  deleted: false,
  ...changes,
});

const counted = (id: string, changes: Partial<Article> = {}): Article => ({
  id,
  publishDate: "2026-11-18",
  title: "停水通知",
  url: null,
  notified: false,
  curve: [],
  ...changes,
});

async function save(db: Kysely<Database>, id: number, rows: Publication[], seenAt = NOW): Promise<void> {
  const ids = rows.map((row) => row.objectId);
  const stored = await storedPublications(db, id, ids);
  await db.transaction().execute((trx) => savePublications(trx, id, rows, stored, seenAt));
}

const articleOf = (db: Kysely<Database>, msgid: string) =>
  db.selectFrom("article").selectAll().where("msgid", "=", msgid).executeTakeFirstOrThrow();

/** Versions and locks of all rows: a row that is locked or rewritten shows in xmax, xmin or ctid. */
async function versions(db: Kysely<Database>) {
  const { rows } = await sql`
    select xmin::text, xmax::text, ctid::text, 'article' as of from article
    union all select xmin::text, xmax::text, ctid::text, 'publication' from publication order by 4, 3`.execute(db);
  return rows;
}

test("an identical page of the list neither writes nor locks a row", async (t) => {
  const { db, id } = await open(t);
  const rows = Array.from({ length: 20 }, (_, index) => listed(`${100 + index}_1`));
  await save(db, id, rows);
  await saveArticles(db, id, [counted("100_1")], NOW);
  const edited = rows.map((row) => ({ ...row, title: "更正", updatedAt: new Date("2026-11-19T02:00:00Z") }));
  await save(db, id, edited);
  const before = await versions(db);
  assert.equal(before.length, 40);
  for (let pass = 0; pass < 3; pass++) await save(db, id, edited, new Date("2026-11-21T04:00:00Z"));
  assert.deepEqual(await versions(db), before);
  assert.deepEqual(
    [(await articleOf(db, "100_1")).title, (await articleOf(db, "101_1")).title],
    ["停水通知", "更正"],
    "the statistics stand above the list",
  );
});

test("the list and the statistics of one account wait for each other in the same order", async (t) => {
  const { db, id } = await open(t);
  await save(db, id, [listed("100_1")]);
  await sql`update article set notified = null`.execute(db);
  const release = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holder = db.transaction().execute(async (trx) => {
    await sql`select from article where msgid = '100_1' for update`.execute(trx);
    held.resolve();
    await release.promise;
  });
  await held.promise;
  const statistics = db
    .transaction()
    .execute((trx) => saveArticles(trx, id, [counted("100_1"), counted("101_1")], NOW));
  await waitingFor(db, 1);
  const list = save(db, id, [listed("101_1"), listed("100_1", { title: "更正" })]);
  await waitingFor(db, 2);
  release.resolve();
  await Promise.all([holder, statistics, list]);
  assert.equal((await articleOf(db, "101_1")).in_statistics, true);
  assert.equal((await articleOf(db, "100_1")).notified, false);
});

async function waitingFor(db: Kysely<Database>, count: number): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if (rows.length === count) return;
    await sleep(10);
  }
  assert.fail(`no ${count} statements wait for a lock`);
}

test("what the list has back is looked at again, whatever was said of its page in between", async (t) => {
  const { db, id } = await open(t);
  const look = { state: null, reason: "privacy", facts: null, dueAt: null };
  for (const [msgid, state] of [
    ["100_1", null],
    ["101_1", "deleted"],
  ] as const) {
    await save(db, id, [listed(msgid, { deleted: true })]);
    assert.equal((await articleOf(db, msgid)).state, "deleted");
    await saveLook(db, id, msgid, { ...look, state }, NOW);
    const later = new Date("2026-11-21T04:00:00Z");
    await save(db, id, [listed(msgid)], later);
    const { state: now, state_reason, page_due_at } = await articleOf(db, msgid);
    assert.deepEqual([now, state_reason, page_due_at], ["unknown", null, later], msgid);
  }
  await saveLook(db, id, "100_1", { ...look, state: "deleted" }, NOW);
  await save(db, id, [listed("100_1")]);
  assert.equal((await articleOf(db, "100_1")).state, "deleted", "the list says nothing new");
});
