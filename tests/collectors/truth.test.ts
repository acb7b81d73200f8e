import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { addDays } from "../../src/calendar.ts";
import { startExposition } from "../../src/metrics/exposition.ts";
import { assertDays, assertFigures, BLIND, seen, viewRows } from "../support/compare.ts";
import { startCounty, type TruthAccount } from "../support/county.ts";

/** The last `count` days up to yesterday; a day without a row adds nothing. */
function windowSum(account: TruthAccount, yesterday: string, count: number, field: string): number {
  const first = addDays(yesterday, 1 - count);
  return account.days
    .filter((day) => day.date >= first && day.date <= yesterday)
    .reduce((sum, day) => sum + (day.summary?.[field] ?? 0), 0);
}

test("every figure in the views and in /metrics equals what the platform holds", async (t) => {
  const county = await startCounty(t, { now: "2026-11-20T03:00:00Z" });
  const reports = await county.collect();
  assert.equal(reports.size, 45);
  const yesterday = "2026-11-19";
  const first = addDays(yesterday, -29);
  const truth = await county.truth();

  for (const account of seen(truth)) {
    await assertDays(county, account, first);
    await assertFigures(county, account, first, true);
    const stored = (await viewRows(county, "v_article", account.code)).map((row) => row.article);
    const expected = account.articles.filter((article) => article.publish_date >= first);
    assert.deepEqual(stored.sort(), expected.map((article) => article.msgid).sort(), account.code);
  }

  const exposition = startExposition({ db: county.db, log: county.context.log, now: () => county.clock.now });
  t.after(() => exposition.close());
  await exposition.refresh();
  const page = Buffer.concat([...exposition.page().text]).toString("utf8");
  const sample = (metric: string, code: string, window?: string) => {
    const line = page
      .split("\n")
      .find(
        (text) => text.startsWith(`${metric}{account="${code}"`) && (!window || text.includes(`window="${window}"`)),
      );
    return line === undefined ? null : Number(line.slice(line.lastIndexOf(" ") + 1));
  };
  assert.equal(page.match(/^govmatrix_account_info\{/gm)?.length, 45);
  for (const account of truth) {
    const blind = BLIND.has(account.special ?? "");
    for (const [window, count] of Object.entries({ "1d": 1, "7d": 7, "30d": 30 })) {
      const expected = (field: string) => (blind ? null : windowSum(account, yesterday, count, field));
      assert.equal(sample("govmatrix_account_readers", account.code, window), expected("read_user"), account.code);
      assert.equal(sample("govmatrix_account_likes", account.code, window), expected("like_user"), account.code);
      assert.equal(
        sample("govmatrix_account_favourites", account.code, window),
        expected("collection_user"),
        account.code,
      );
      assert.equal(
        sample("govmatrix_account_articles_published", account.code, window),
        expected("send_page_count"),
        `${account.code} articles ${window}`,
      );
    }
    const followers = blind || !account.permissions.followers ? null : account.days.at(-1)?.followers;
    assert.equal(sample("govmatrix_account_followers", account.code), followers);
    const published = account.articles
      .map((article) => article.publish_date)
      .sort()
      .at(-1);
    const endOfDay = (day: string) => Date.parse(`${day}T16:00:00Z`) / 1000;
    const last = sample("govmatrix_account_last_publish_timestamp_seconds", account.code);
    assert.equal(last, blind || !published ? null : endOfDay(published), account.code);
    const data = sample("govmatrix_account_data_timestamp_seconds", account.code);
    assert.equal(data, blind ? null : endOfDay(yesterday), `${account.code} data`);
    const deadline = sample("govmatrix_account_publish_deadline_timestamp_seconds", account.code);
    const since = published ? endOfDay(published) : endOfDay(addDays(first, -1));
    assert.equal(deadline, blind ? null : since + 14 * 86_400, `${account.code} deadline`);
  }
});

test("the department view adds up its accounts and says how many were covered", async (t) => {
  const county = await startCounty(t, { now: "2026-11-20T03:00:00Z" });
  await county.collect();
  const { rows: departments } = await sql<Record<string, string | number>>`
    select d.department, d.readers, d.accounts_expected, d.accounts_covered, s.readers::bigint as sum, s.accounts
    from v_department_day d
    join (select department, sum(readers)::integer as readers, count(*)::integer as accounts
      from v_account_day where stat_date = '2026-11-19' group by department) s using (department)
    where stat_date = '2026-11-19'`.execute(county.db);
  assert.ok(departments.length > 10);
  for (const row of departments) {
    assert.equal(row.readers, row.sum);
    assert.equal(row.accounts_covered, row.accounts);
    assert.ok(Number(row.accounts_expected) >= Number(row.accounts_covered));
  }
});

test("a second pass over unchanged data asks nothing and changes no row", async (t) => {
  const county = await startCounty(t, { now: "2026-11-20T03:00:00Z" });
  await county.collect();
  const versions = async () => {
    const tables = ["account_day", "article", "article_day", "followers"];
    const all = await Promise.all(
      tables.map((table) =>
        sql`select xmin::text, xmax::text, ctid::text from ${sql.table(table)} order by ctid`.execute(county.db),
      ),
    );
    return all.map((result) => result.rows);
  };
  const before = await versions();
  await county.resetRequests();
  county.clock.now = new Date("2026-11-20T04:00:00Z");
  const healthy = seen(await county.truth()).map((account) => account.code);
  const reports = await county.collect(healthy);
  assert.ok([...reports.values()].every((report) => report.outcome === "succeeded"));
  assert.deepEqual(await county.requests(), {});
  assert.deepEqual(await versions(), before);
});

test("an answer that brings the same figures again changes no row", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: "2026-11-20T03:00:00Z" });
  await county.collect();
  const versions = async () => {
    const result = await sql`
      select xmin::text, ctid::text from account_day union all select xmin::text, ctid::text from article
      union all select xmin::text, ctid::text from article_day union all select xmin::text, ctid::text from followers
      order by 2, 1`.execute(county.db);
    return result.rows;
  };
  const before = await versions();
  await county.db.deleteFrom("coverage").execute();
  await county.collect(county.codes);
  assert.ok((await county.requests()).getarticletotaldetail ?? 0 > 1000);
  assert.deepEqual(await versions(), before);
});
