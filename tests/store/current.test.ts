import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Kysely, sql } from "kysely";
import { refreshCurrent } from "../../src/collectors/current.ts";
import { loadRuleSets } from "../../src/rules/sets.ts";
import { settleDaysWithoutRow } from "../../src/store/coverage.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { savePublications } from "../../src/store/publications.ts";
import { migrated } from "../support/migrated.ts";
import { linkOf } from "../support/pages.ts";

const NOW = new Date("2026-11-20T00:10:00Z");
const RULE_SETS = loadRuleSets();

async function startAccounts(t: TestContext, count: number) {
  const { url } = await migrated.create(t);
  const connect = () => {
    const db = openDatabase(url);
    t.after(() => db.destroy());
    return db;
  };
  const db = connect();
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || n, 'd', 'a', 'wechat', 'wx' || n, 'running', 'national-2019', ${NOW}
    from generate_series(1, ${count}) n`.execute(db);
  return { db, connect };
}

const cover = (db: Kysely<Database>, from: string, to: string) =>
  sql`
    insert into coverage (account_id, collector, part, day, state, fetched_at)
    select a.id, 'statistics', part, day::date, 'final', ${NOW}
    from account a, unnest(array['summary', 'articles']) part,
      generate_series(${from}::date, ${to}::date, '1 day') day`.execute(db);

const refresh = (db: Kysely<Database>) => db.transaction().execute((trx) => refreshCurrent(trx, null, RULE_SETS));

async function list(db: Kysely<Database>, accountId: number, articleId: string, at: string) {
  const publication = { objectId: `o${articleId}`, position: 1, title: "t", url: linkOf(accountId, articleId) };
  const known = { articleId, updatedAt: new Date(at), deleted: false };
  await db.transaction().execute((trx) => savePublications(trx, accountId, [{ ...publication, ...known }], [], NOW));
}

async function verdicts(db: Kysely<Database>) {
  const rows = await db
    .selectFrom("account_current")
    .select(["publish_deadline_at", "data_until"])
    .orderBy("account_id")
    .execute();
  return rows.map((row) => [row.publish_deadline_at?.toISOString(), row.data_until?.toISOString()]);
}

test("an old publication in the list leaves a silent account as overdue as it was", async (t) => {
  const { db } = await startAccounts(t, 3);
  await cover(db, "2026-10-21", "2026-11-19");
  await list(db, 2, "77_1", "2026-07-10T02:00:00Z");
  await list(db, 3, "78_1", "2026-10-19T02:00:00Z");
  await refresh(db);
  const silent = ["2026-11-03T16:00:00.000Z", "2026-11-19T16:00:00.000Z"];
  assert.deepEqual(await verdicts(db), [silent, silent, silent]);
});

test("a day without a row is settled by the statistics' own list, whatever the list of publications dates to it", async (t) => {
  const { db } = await startAccounts(t, 2);
  await cover(db, "2026-10-21", "2026-11-19");
  await sql`
    update coverage set state = 'provisional', code = 'no_row' where part = 'summary' and day = '2026-11-05'`.execute(
    db,
  );
  await list(db, 1, "77_1", "2026-11-05T02:00:00Z");
  await db
    .insertInto("article")
    .values({
      ...{ account_id: 2, msgid: "78_1", publish_date: "2026-11-05", title: "t", url: null, notified: true },
      ...{ first_seen_at: NOW, in_statistics: true },
    })
    .execute();
  for (const id of [1, 2]) await settleDaysWithoutRow(db, id, ["no_row"]);
  const { rows } = await sql<{ state: string }>`
    select state from coverage where part = 'summary' and day = '2026-11-05' order by account_id`.execute(db);
  assert.deepEqual(
    rows.map((row) => row.state),
    ["final", "provisional"],
  );
  await refresh(db);
  assert.deepEqual((await verdicts(db))[0], ["2026-11-03T16:00:00.000Z", "2026-11-19T16:00:00.000Z"]);
});

test("of two first closings of an account at once the later reads what the earlier wrote", async (t) => {
  const { db, connect } = await startAccounts(t, 1);
  const other = connect();
  await cover(db, "2026-10-21", "2026-11-19");
  const entered = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const earlier = db.transaction().execute(async (trx) => {
    await refreshCurrent(trx, [1], RULE_SETS);
    await trx
      .insertInto("followers")
      .values({ account_id: 1, stat_date: "2026-11-19", followers: 7, gained: 0, lost: 0 })
      .execute();
    await refreshCurrent(trx, [1], RULE_SETS);
    entered.resolve();
    await mayCommit.promise;
  });
  await entered.promise;
  const later = other.transaction().execute((trx) => refreshCurrent(trx, [1], RULE_SETS));
  await waitUntilBlocked(db);
  mayCommit.resolve();
  await Promise.all([earlier, later]);
  const { followers } = await db.selectFrom("account_current").select("followers").executeTakeFirstOrThrow();
  assert.equal(followers, 7);
});

/** Until a statement of this database waits for another's lock. */
async function waitUntilBlocked(db: Kysely<Database>): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("the second that the view shows of an article is the one that the account is judged by", async (t) => {
  const { db } = await startAccounts(t, 3);
  await cover(db, "2026-10-21", "2026-11-19");
  const seconds = ["2026-11-18T03:00:00Z", "2026-11-19T03:00:00Z", null];
  for (const [index, second] of seconds.entries()) {
    await list(db, index + 1, "77_1", "2026-11-18T02:00:00Z");
    await sql`
      update article set published_at = ${second}, in_statistics = true where account_id = ${index + 1}`.execute(db);
  }
  await refresh(db);
  const { rows } = await sql<{ published_at: Date | null; last_published_at: Date | null }>`
    select r.published_at, a.last_published_at from v_article r join v_account a using (account)
    order by account`.execute(db);
  assert.deepEqual(
    rows.map((row) => [row.published_at?.toISOString(), row.last_published_at?.toISOString()]),
    [
      ["2026-11-18T03:00:00.000Z", "2026-11-18T03:00:00.000Z"],
      // A second of another day is that of an edit: then only the day is known.
      [undefined, "2026-11-18T16:00:00.000Z"],
      ["2026-11-18T02:00:00.000Z", "2026-11-18T02:00:00.000Z"],
    ],
  );
});

test("a time of the list counts until the statistics tell its day without the article: then it was an edit", async (t) => {
  const { db } = await startAccounts(t, 3);
  await cover(db, "2026-10-21", "2026-11-19");
  await list(db, 2, "81_1", "2026-11-15T02:00:00Z");
  await list(db, 3, "82_1", "2026-11-20T00:05:00Z");
  await refresh(db);
  const [none, edited, fresh] = await verdicts(db);
  assert.deepEqual(edited, none);
  assert.deepEqual(fresh, ["2026-12-04T00:05:00.000Z", "2026-11-19T16:00:00.000Z"]);
});

test("the article list alone does not refute the list of publications while the day's summary is provisional", async (t) => {
  const { db } = await startAccounts(t, 2);
  await cover(db, "2026-10-21", "2026-11-19");
  await list(db, 2, "83_1", "2026-11-19T15:24:00Z");
  const summary = sql`update coverage set state = 'provisional' where part = 'summary' and day = '2026-11-19'`;
  await summary.execute(db);
  await refresh(db);
  assert.equal((await verdicts(db))[1]?.[0], "2026-12-03T15:24:00.000Z");
  await sql`update coverage set state = 'final'`.execute(db);
  await refresh(db);
  const [none, edited] = await verdicts(db);
  assert.deepEqual(edited, none);
});
