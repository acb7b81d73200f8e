import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Kysely, sql } from "kysely";
import { startOf } from "../../src/calendar.ts";
import { type ArticleLook, type KeptComment, saveArticleLook, watchedComments } from "../../src/store/comments.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { migrated } from "../support/migrated.ts";

const AT = new Date("2026-11-20T04:00:00Z");
const time = (hour: number) => new Date(AT.getTime() + (hour - 12) * 3_600_000);

async function open(t: TestContext): Promise<{ db: Kysely<Database>; id: number }> {
  const { url } = await migrated.create(t);
  const db = openDatabase(url);
  t.after(() => db.destroy());
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  const { rows } = await sql<{ id: number }>`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || n, 'd', 'a', 'wechat', 'wx' || n, 'running', 'x', now() from generate_series(1, 2) n
    returning id`.execute(db);
  for (const { id } of rows) {
    for (const [msgid, date] of [
      ["1_1", "2026-11-19"],
      ["2_1", "2026-11-18"],
      ["3_1", "2026-09-20"],
    ] as const) {
      await db
        .insertInto("article")
        .values({
          ...{ account_id: id, msgid, publish_date: date, title: null, url: null, notified: true },
          first_seen_at: AT,
        })
        .execute();
    }
  }
  return { db, id: rows[0]?.id ?? 0 };
}

const kept = (id: string, changes: Partial<KeptComment> = {}): KeptComment => ({
  ...{ id, receivedAt: time(8), person: "p", length: 4, question: true, repliedAt: null },
  ...changes,
});
const look = (comments: KeptComment[], changes: Partial<ArticleLook> = {}): ArticleLook => ({
  ...{ at: AT, comments, whole: true, outcome: { lookedAt: AT, found: comments.length, code: null } },
  ...changes,
});
const caseOf = (db: Kysely<Database>, id: string) =>
  db.selectFrom("reply_case").selectAll().where("comment_id", "=", id).executeTakeFirstOrThrow();
const judge = (db: Kysely<Database>) => db.updateTable("reply_case").set({ judged_by: "x" }).execute();

test("the first reply is the earliest that was ever told, and only a change of it asks for a new verdict", async (t) => {
  const { db, id } = await open(t);
  await saveArticleLook(db, id, "1_1", look([kept("7")]));
  const steps = [
    [null, null, false],
    [time(11), time(11), true],
    [time(12), time(11), false],
    [null, time(11), false],
    [time(11), time(11), false],
    [time(9), time(9), true],
  ] as const;
  for (const [told, expected, unjudged] of steps) {
    await judge(db);
    await saveArticleLook(db, id, "1_1", look([kept("7", { repliedAt: told, length: 9, question: false })]));
    const row = await caseOf(db, "7");
    assert.deepEqual(
      [row.first_reply_at, row.judged_by, row.length, row.question],
      [expected, unjudged ? null : "x", 4, true],
    );
  }
});

test("a comment vanishes from a whole look only, keeps a manual exclusion, and is back when it is seen again", async (t) => {
  const { db, id } = await open(t);
  await saveArticleLook(db, id, "1_1", look([kept("7"), kept("8", { repliedAt: time(9) })]));
  await saveArticleLook(db, id, "2_1", look([kept("9")]));
  await saveArticleLook(db, id + 1, "1_1", look([kept("10")]));
  await db
    .updateTable("reply_case")
    .set({ excluded_at: time(10), excluded_reason: "spam" })
    .where("comment_id", "=", "7")
    .execute();
  const vanished = async () => {
    const rows = await db.selectFrom("reply_case").select(["comment_id", "vanished_at"]).orderBy("id").execute();
    return rows.map((row) => `${row.comment_id} ${row.vanished_at?.toISOString() ?? ""}`.trim());
  };
  await saveArticleLook(db, id, "1_1", look([], { whole: false }));
  assert.deepEqual(await vanished(), ["7", "8", "9", "10"]);
  await saveArticleLook(db, id, "1_1", look([kept("8")]));
  assert.deepEqual(await vanished(), [`7 ${AT.toISOString()}`, "8", "9", "10"]);
  await saveArticleLook(db, id, "1_1", look([], { at: time(14) }));
  assert.deepEqual(await vanished(), [`7 ${AT.toISOString()}`, `8 ${time(14).toISOString()}`, "9", "10"]);
  await saveArticleLook(db, id, "1_1", look([kept("7"), kept("8", { repliedAt: time(11) })], { whole: false }));
  assert.deepEqual(await vanished(), ["7", "8", "9", "10"]);
  const { excluded_at, excluded_reason, first_reply_at } = await caseOf(db, "7");
  assert.deepEqual([excluded_at, excluded_reason, first_reply_at], [time(10), "spam", null]);
  assert.deepEqual((await caseOf(db, "8")).first_reply_at, time(9));
});

test("the same comment under two articles is one case, and belongs to the one that still shows it", async (t) => {
  const { db, id } = await open(t);
  await saveArticleLook(db, id, "1_1", look([kept("7")]));
  await saveArticleLook(db, id, "2_1", look([kept("7"), kept("7", { receivedAt: time(9) })]));
  assert.equal((await db.selectFrom("reply_case").select("id").execute()).length, 2, "another time is another comment");
  assert.equal((await caseOf(db, "7")).msgid, "1_1");
  for (let pass = 0; pass < 2; pass++) {
    await saveArticleLook(db, id, "1_1", look([]));
    await saveArticleLook(db, id, "2_1", look([kept("7"), kept("7", { receivedAt: time(9) })]));
  }
  const rows = await db.selectFrom("reply_case").select(["msgid", "vanished_at"]).execute();
  assert.deepEqual(rows, [
    { msgid: "2_1", vanished_at: null },
    { msgid: "2_1", vanished_at: null },
  ]);
  await saveArticleLook(db, id + 1, "1_1", look([kept("7")]));
  assert.equal((await db.selectFrom("reply_case").select("id").execute()).length, 3, "each account has its own");
});

test("an article that answers with another one's comments keeps its own", async (t) => {
  const { db, id } = await open(t);
  await saveArticleLook(db, id, "1_1", look([kept("7")]));
  await saveArticleLook(db, id, "2_1", look([kept("8")]));
  const vanished = async () => (await caseOf(db, "8")).vanished_at;
  await saveArticleLook(db, id, "2_1", look([kept("7", { repliedAt: time(9) })]));
  assert.equal(await vanished(), null);
  assert.deepEqual((await caseOf(db, "7")).first_reply_at, time(9));
  await saveArticleLook(db, id, "2_1", look([kept("9")]));
  assert.deepEqual(await vanished(), AT);
});

test("an identical look writes and locks no case, and draws no id", async (t) => {
  const { db, id } = await open(t);
  const comments = Array.from({ length: 60 }, (_, index) =>
    kept(String(index), { repliedAt: index % 2 ? time(9) : null }),
  );
  await saveArticleLook(db, id, "1_1", look(comments));
  const versions = async () =>
    (await sql`select xmin::text, xmax::text, ctid::text from reply_case order by id`.execute(db)).rows;
  const first = await versions();
  for (let pass = 0; pass < 3; pass++) await saveArticleLook(db, id, "1_1", look(comments, { at: time(14) }));
  assert.deepEqual(await versions(), first);
  await saveArticleLook(db, id, "1_1", look([...comments, kept("60")]));
  const { rows } = await sql<{ gap: number }>`select max(id) - min(id) as gap from reply_case`.execute(db);
  assert.equal(Number(rows[0]?.gap), 60);
  assert.deepEqual(await db.selectFrom("comment_look").select(["found", "looked_at"]).execute(), [
    { found: 61, looked_at: AT },
  ]);
});

test("a comment that is older than cases are kept for makes none", async (t) => {
  const { db, id } = await open(t);
  const days = (count: number) => new Date(AT.getTime() - count * 86_400_000);
  await saveArticleLook(
    db,
    id,
    "1_1",
    look([kept("1", { receivedAt: days(401) }), kept("2", { receivedAt: days(399) })]),
  );
  const rows = await db.selectFrom("reply_case").select("comment_id").execute();
  assert.deepEqual(rows, [{ comment_id: "2" }]);
});

test("articles are watched for their days and their open cases, each with what is known of it", async (t) => {
  const { db, id } = await open(t);
  const from = "2026-09-21";
  const watched = async () => (await watchedComments(db, id, from)).articles;
  assert.deepEqual(await watched(), [
    ...[
      { msgid: "1_1", publishDate: "2026-11-19" },
      { msgid: "2_1", publishDate: "2026-11-18" },
    ].map((row) => ({
      ...row,
      ...{ lookedAt: null, found: null, code: null, gone: false, newestOpenAt: null, openQuestion: false },
    })),
  ]);
  const praise = { question: false, receivedAt: time(9) };
  await saveArticleLook(
    db,
    id,
    "3_1",
    look([kept("7"), kept("8", praise), kept("9", { receivedAt: time(11), repliedAt: AT })]),
  );
  await saveArticleLook(db, id, "2_1", look([], { outcome: { lookedAt: AT, found: null, code: "incomplete" } }));
  const [, second, old] = await watched();
  assert.deepEqual(old, {
    ...{ msgid: "3_1", publishDate: "2026-09-20", lookedAt: AT, found: 3, code: null, gone: false },
    ...{ newestOpenAt: time(9), openQuestion: true },
  });
  assert.deepEqual([second?.lookedAt, second?.found, second?.code], [AT, null, "incomplete"]);
  await saveArticleLook(db, id, "2_1", look([], { outcome: { lookedAt: null, found: 4, code: "-1" } }));
  for (const state of ["deleted", "violation", "ok", "unknown"]) {
    await sql`update article set state = ${state} where msgid = '2_1'`.execute(db);
    const { lookedAt, found, code, gone } = (await watched())[1] ?? {};
    assert.deepEqual([lookedAt, found, code, gone], [null, 4, "-1", state === "deleted" || state === "violation"]);
  }
  await sql`update reply_case set excluded_at = now() where comment_id = '7'`.execute(db);
  assert.equal((await watched())[2]?.openQuestion, false);
  await sql`update reply_case set vanished_at = now() where comment_id = '8'`.execute(db);
  assert.equal((await watched()).length, 2, "nothing is open any more");
});

test("the newest day is told of which the statistics count more comments than are known of that day in Asia/Shanghai", async (t) => {
  const { db, id } = await open(t);
  const count = async (day: string, comments: number | null) =>
    void (await db
      .insertInto("account_day")
      .values({
        ...{ account_id: id, stat_date: day, comments, first_seen_at: AT },
        ...{ articles_published: 1, readers: 1, sharers: 1, likes: 1, zaikan: 1, favourites: 1 },
      })
      .onConflict((conflict) => conflict.columns(["account_id", "stat_date"]).doUpdateSet({ comments }))
      .execute());
  const missedOn = async () => (await watchedComments(db, id, "2026-09-21")).missedOn;
  assert.equal(await missedOn(), null);
  await count("2026-11-18", 2);
  assert.equal(await missedOn(), "2026-11-18");
  const first = { receivedAt: startOf("2026-11-18") };
  const last = { receivedAt: new Date(startOf("2026-11-19").getTime() - 1000) };
  const outside = [kept("3", { receivedAt: startOf("2026-11-19") })];
  await saveArticleLook(db, id, "1_1", look([kept("1", first), ...outside]));
  assert.equal(await missedOn(), "2026-11-18");
  await saveArticleLook(db, id, "1_1", look([kept("1", first), kept("2", last), ...outside]));
  assert.equal(await missedOn(), null);
  await sql`update reply_case set vanished_at = now(), excluded_at = now()`.execute(db);
  assert.equal(await missedOn(), null, "vanished and excluded comments are known");
  await count("2026-11-17", 1);
  await count("2026-11-19", null);
  assert.equal(await missedOn(), "2026-11-17");
  await count("2026-11-17", 0);
  await count("2026-09-20", 9);
  assert.equal(await missedOn(), null);
});
