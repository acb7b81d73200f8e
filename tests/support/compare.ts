import assert from "node:assert/strict";
import { sql } from "kysely";
import type { County, TruthAccount } from "./county.ts";

/** Seen by nobody, so there is nothing to compare. */
export const BLIND = new Set(["unverified", "rotated_secret", "not_allow_listed"]);

export const FIELDS = {
  readers: "read_user",
  sharers: "share_user",
  likes: "like_user",
  zaikan: "zaikan_user",
  comments: "comment_count",
  favourites: "collection_user",
} as const;

const WEEK_SECONDS = 7 * 86_400;

export const seen = (accounts: TruthAccount[]) => accounts.filter((account) => !BLIND.has(account.special ?? ""));

export async function viewRows(county: County, view: string, account: string) {
  const result = await sql<
    Record<string, unknown>
  >`select * from ${sql.table(view)} where account = ${account}`.execute(county.db);
  return result.rows;
}

/**
 * Each day of the account since `first`, up to yesterday, as the platform holds it. Only the newest may be open still,
 * where it has no row and the county as a whole waits for a second morning.
 */
export async function assertDays(county: County, account: TruthAccount, first: string): Promise<void> {
  const newest = account.days.at(-1)?.date;
  const waits = (await viewRows(county, "v_coverage", account.code)).some(
    (row) => row.part === "summary" && row.code === "empty_everywhere" && row.day === newest,
  );
  const days = new Map((await viewRows(county, "v_account_day", account.code)).map((row) => [row.stat_date, row]));
  for (const day of account.days.filter((day) => day.date >= first)) {
    const row = days.get(day.date);
    const where = `${account.code} ${day.date}`;
    if (waits && day.date === newest && !day.summary) {
      assert.deepEqual([row?.readers ?? null, row?.provisional ?? true], [null, true], where);
      continue;
    }
    assert.ok(row, where);
    if (day.summary) {
      for (const [ours, theirs] of Object.entries(FIELDS)) {
        assert.equal(row[ours], day.summary[theirs] ?? null, `${where} ${ours}`);
      }
      assert.equal(row.articles_published, day.summary.send_page_count, where);
    } else {
      assert.deepEqual([row.articles_published, row.readers, row.likes], [0, 0, 0], where);
    }
    assert.equal(row.provisional, false, where);
    const followers = account.permissions.followers ? [day.followers, day.gained, day.lost] : [null, null, null];
    assert.deepEqual([row.followers, row.followers_gained, row.followers_lost], followers, where);
  }
}

/**
 * What the statistics say of each article published since `first`: to the last figure when everything was read just
 * now; else each row as it was, for old articles are not read every day.
 */
export async function assertFigures(
  county: County,
  account: TruthAccount,
  first: string,
  justRead: boolean,
): Promise<void> {
  const articles = new Map((await viewRows(county, "v_article", account.code)).map((row) => [row.article, row]));
  const curves = Map.groupBy(await viewRows(county, "v_article_day", account.code), (row) => row.article);
  for (const article of account.articles.filter((article) => article.publish_date >= first)) {
    const row = articles.get(article.msgid);
    assert.ok(row, `${account.code} ${article.msgid}`);
    assert.deepEqual(
      [row.title, row.url, row.publish_date, row.notified],
      [article.title, article.url, article.publish_date, article.publish_type === 0],
    );
    const stored = (curves.get(article.msgid) ?? []).map((point) => [point.stat_date, point.readers, point.likes]);
    const given = account.sparse_curves && justRead ? article.curve.slice(-1) : article.curve;
    const known = new Map(given.map((point) => [point.stat_date, [point.stat_date, point.read_user, point.like_user]]));
    if (justRead) {
      assert.deepEqual(stored.sort(), [...known.values()].sort(), article.msgid);
      const last = article.curve.at(-1);
      for (const [ours, theirs] of Object.entries(FIELDS)) {
        assert.equal(row[ours], last?.[theirs] ?? null, `${article.msgid} ${ours}`);
      }
    } else {
      assert.ok(stored.length > 0 || article.curve.length === 0, `${account.code} ${article.msgid} has no curve`);
      for (const point of stored)
        assert.deepEqual(point, known.get(String(point[0])), `${account.code} ${article.msgid}`);
    }
  }
}

/** What the pages say of each article that is known, exact seconds included; a takedown may go unseen for a week. */
export async function assertPages(county: County, account: TruthAccount, first: string): Promise<void> {
  const now = county.clock.now.getTime() / 1000;
  const listed = new Map(
    account.publications.flatMap((object) => object.articles.map((article) => [article.msgid, object] as const)),
  );
  const rows = new Map((await viewRows(county, "v_article", account.code)).map((row) => [row.article, row]));
  const known = account.articles.filter((article) => article.publish_date >= first || listed.has(article.msgid));
  for (const article of known) {
    const row = rows.get(article.msgid);
    const where = `${account.code} ${article.msgid} ${article.page.state} since ${article.page.since}`;
    // A short link whose page is gone leads nowhere, and the statistics do not reach back to it.
    if (!row && article.publish_date < first && article.page.state !== "ok") continue;
    assert.ok(row, where);
    const tookDown = article.page.state === "deleted" || article.page.state === "violation";
    const states = tookDown
      ? [article.page.state, ...(article.page.since > now - WEEK_SECONDS ? ["ok"] : [])]
      : article.page.state === "ok"
        ? ["ok"]
        : ["ok", "unknown"];
    assert.ok(states.includes(String(row.state)), `${where}: ${row.state} (${row.state_reason})`);
    // Taken down before anybody could look: nothing is left to tell.
    if (row.form === null && article.page.state !== "ok") continue;
    assert.deepEqual(
      [(row.published_at as Date | null)?.getTime(), row.form, row.original, row.length, row.images],
      [article.published_at * 1000, article.form, article.original, article.length, article.images],
      where,
    );
  }
  for (const id of rows.keys())
    assert.ok(
      account.articles.some((article) => article.msgid === id),
      `${account.code} ${id}`,
    );
}

/** Everything that is stored of each account that can be seen: its articles and days since `from`. */
export async function assertEqualsTruth(county: County, { from }: { from: string }): Promise<void> {
  for (const account of seen(await county.truth())) {
    await assertDays(county, account, from);
    await assertFigures(county, account, from, false);
    await assertPages(county, account, from);
  }
}
