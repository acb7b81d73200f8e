import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Kysely, sql } from "kysely";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { saveAccountDays, saveArticles } from "../../src/store/statistics.ts";
import { migrated } from "../support/migrated.ts";

const seenAt = new Date("2026-11-20T00:10:00Z");
const figures = { readers: 5, sharers: 0, likes: 1, zaikan: null, comments: 2, favourites: 3 };

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

/** Versions and locks of all rows: a row that is locked or rewritten shows in xmax, xmin or ctid. */
const versions = async (db: Kysely<Database>) => {
  const parts = ["account_day", "article", "article_day"].map(
    (table) => sql`select xmin::text, xmax::text, ctid::text, tableoid::text from ${sql.table(table)}`,
  );
  const { rows } = await sql`${sql.join(parts, sql` union all `)} order by 4, 3`.execute(db);
  return rows;
};

test("an identical pass neither writes nor locks a row", async (t) => {
  const { db, id } = await open(t);
  const days = Array.from({ length: 30 }, (_, index) => ({
    day: `2026-10-${String(index + 1).padStart(2, "0")}`,
    articlesPublished: 2,
    ...figures,
  }));
  const curve = days.map(({ day }) => ({
    day,
    ...figures,
    newFollowers: 1,
    praiseFen: 0,
    deliveryRate: 0.0316,
    finishRate: 0.5871,
    averageReadSeconds: 49.8,
  }));
  const article = {
    id: "9007199254740993_1",
    publishDate: "2026-10-01",
    title: "停水通知",
    url: null,
    notified: true,
    curve,
  };
  await saveAccountDays(db, id, days, seenAt);
  await saveArticles(db, id, [article], seenAt);
  const before = await versions(db);
  assert.equal(before.length, 61);
  for (let pass = 0; pass < 3; pass++) {
    await saveAccountDays(db, id, days, new Date());
    await saveArticles(db, id, [article], new Date());
  }
  assert.deepEqual(await versions(db), before);
});

test("what changed is updated, what a later answer leaves out stays known, and first_seen_at never moves", async (t) => {
  const { db, id } = await open(t);
  const day = { day: "2026-10-01", articlesPublished: 2, ...figures };
  await saveAccountDays(db, id, [day], seenAt);
  await saveAccountDays(db, id, [{ ...day, readers: 7, likes: null, articlesPublished: null }], new Date());
  const row = await db.selectFrom("account_day").selectAll().executeTakeFirstOrThrow();
  assert.deepEqual(
    [row.readers, row.likes, row.zaikan, row.articles_published, row.first_seen_at.toISOString()],
    [7, 1, null, 2, seenAt.toISOString()],
  );
});

test("a key that occurs twice in one answer is written once", async (t) => {
  const { db, id } = await open(t);
  const day = { day: "2026-10-01", articlesPublished: 2, ...figures };
  await saveAccountDays(db, id, [day, { ...day, readers: 9 }], seenAt);
  const rows = await db.selectFrom("account_day").select("readers").execute();
  assert.deepEqual(rows, [{ readers: 9 }]);
});

test("passes side by side neither fail nor lose a row", async (t) => {
  const { db, id } = await open(t);
  const days = Array.from({ length: 28 }, (_, index) => `2026-10-${String(index + 1).padStart(2, "0")}`);
  const pass = (seed: number) =>
    saveAccountDays(
      db,
      id,
      days.toSorted(() => seed - 4).map((day) => ({ day, articlesPublished: seed, ...figures })),
      seenAt,
    );
  await Promise.all(Array.from({ length: 9 }, (_, seed) => pass(seed)));
  assert.equal((await db.selectFrom("account_day").selectAll().execute()).length, 28);
});
