import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { startCounty } from "../support/county.ts";
import {
  accountOf,
  articlesOf,
  countyWithList,
  dataTimestamps,
  HOUR_MS,
  iso,
  look,
  NOON,
  publish,
} from "../support/publications.ts";

test("what is published without notice is known the same day, after one visit, and moves the deadline", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: "2026-11-20T00:31:00Z" });
  const code = "archives";
  await county.collect([code]);
  const before = await accountOf(county, code);
  county.clock.now = new Date(NOON);
  const [first, second] = await publish(county, code, "2026-11-20T03:15:07Z", { articles: 2 });
  assert.equal((await look(county, code)).outcome, "succeeded");

  const after = await accountOf(county, code);
  assert.equal(iso(after.last_published_at), "2026-11-20T03:15:07.000Z");
  assert.equal(iso(after.publish_deadline_at), "2026-12-04T03:15:07.000Z");
  assert.equal(iso(after.last_notified_at), iso(before.last_notified_at));
  assert.equal(iso(after.statistics_as_of), "2026-11-19T16:00:00.000Z", "the statistics reach no further for it");
  const articles = await articlesOf(county, code);
  for (const published of [first, second]) {
    const article = articles.get(published?.msgid ?? "");
    assert.equal(article?.publish_date, "2026-11-20");
    assert.equal(iso(article?.published_at ?? null), "2026-11-20T03:15:07.000Z");
    assert.equal(article?.notified, false);
  }
  assert.deepEqual(await dataTimestamps(county, code), {
    statistics: Date.parse("2026-11-19T16:00:00Z") / 1000,
    publications: Date.parse(NOON) / 1000,
  });

  county.clock.now = new Date("2026-11-21T00:31:00Z");
  await county.collect([code]);
  const settled = await accountOf(county, code);
  assert.equal(iso(settled.last_published_at), "2026-11-20T03:15:07.000Z", "the day's statistics keep the second");
  assert.equal(iso(settled.statistics_as_of), "2026-11-20T16:00:00.000Z");
});

test("an edit is no new publication and takes away no second", async (t) => {
  const { county, hands } = await countyWithList(t);
  const code = "archives";
  const [published] = await publish(county, code, "2026-11-20T03:15:07Z");
  await look(county, code);
  for (const editedAt of ["2026-11-20T03:55:00Z", "2026-11-22T01:00:00Z"]) {
    hands.edit = (list) => {
      for (const object of list.item ?? []) {
        object.update_time = Date.parse(editedAt) / 1000;
        for (const article of object.content.news_item) article.title = "更正后的标题";
      }
    };
    county.clock.now = new Date(Math.max(Date.parse(editedAt), county.clock.now.getTime()));
    await look(county, code);
    const article = (await articlesOf(county, code)).get(published?.msgid ?? "");
    assert.equal(article?.publish_date, "2026-11-20");
    assert.equal(iso(article?.published_at ?? null), "2026-11-20T03:15:07.000Z");
    assert.equal(article?.title, "更正后的标题");
    assert.equal(iso((await accountOf(county, code)).last_published_at), "2026-11-20T03:15:07.000Z");
  }
});

test("what the statistics say of an article stands above the list", async (t) => {
  const { county, hands } = await countyWithList(t);
  const code = "archives";
  const [published] = await publish(county, code, "2026-11-18T03:15:07Z");
  hands.edit = (list) => {
    for (const object of list.item ?? []) {
      object.update_time = Date.parse("2026-11-20T01:00:00Z") / 1000;
      for (const article of object.content.news_item) article.title = "更正后的标题";
    }
  };
  await look(county, code);
  const of = async () => (await articlesOf(county, code)).get(published?.msgid ?? "");
  assert.equal((await of())?.publish_date, "2026-11-20", "the list alone knows the day of the edit only");
  await county.collect([code]);
  const known = await of();
  assert.equal(known?.publish_date, "2026-11-18");
  assert.equal(known?.published_at, null, "the second of the edit is not that of the publication");
  await look(county, code);
  assert.deepEqual(await of(), known);
});

test("a deleted item keeps its row and stays a publication; a page read since has the last word", async (t) => {
  const { county, hands } = await countyWithList(t);
  const code = "archives";
  const [published] = await publish(county, code, "2026-11-20T03:15:07Z");
  const msgid = published?.msgid ?? "";
  await look(county, code);
  const state = async () => {
    const article = (await articlesOf(county, code)).get(msgid);
    return [article?.state, article?.state_reason];
  };
  const deleted = (value: boolean) => {
    hands.edit = (list) => {
      for (const object of list.item ?? []) for (const article of object.content.news_item) article.is_deleted = value;
    };
  };
  const page = (name: string) =>
    sql`update article set state = ${name}, state_reason = null, page_fetched_at = ${county.clock.now}
      where msgid = ${msgid}`.execute(county.db);
  assert.deepEqual(await state(), ["unknown", null]);
  await page("ok");
  deleted(true);
  await look(county, code);
  assert.deepEqual(await state(), ["deleted", "deleted in the publications list"]);
  assert.equal(iso((await accountOf(county, code)).last_published_at), "2026-11-20T03:15:07.000Z");
  await page("ok");
  await look(county, code);
  assert.deepEqual(await state(), ["ok", null], "the list says nothing new");
  deleted(false);
  await look(county, code);
  deleted(true);
  await look(county, code);
  assert.equal((await state())[0], "deleted");
  deleted(false);
  await look(county, code);
  assert.deepEqual(await state(), ["unknown", null], "to be seen on its page");
  await page("violation");
  deleted(true);
  await look(county, code);
  assert.equal((await state())[0], "violation");
});

test("a short link counts as a publication before anybody knows its article", async (t) => {
  const { county, hands } = await countyWithList(t);
  const code = "archives";
  hands.edit = (list) => {
    for (const object of list.item ?? [])
      for (const article of object.content.news_item) article.url = "https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw";
  };
  const [published] = await publish(county, code, "2026-11-20T03:15:07Z");
  await look(county, code);
  assert.equal((await articlesOf(county, code)).size, 0);
  assert.equal(iso((await accountOf(county, code)).last_published_at), "2026-11-20T03:15:07.000Z");

  // As the article's page tells it.
  await sql`update publication set msgid = ${published?.msgid}`.execute(county.db);
  hands.edit = (list) => {
    for (const object of list.item ?? [])
      for (const article of object.content.news_item)
        Object.assign(article, { url: "https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw", is_deleted: true });
  };
  await look(county, code);
  const article = (await articlesOf(county, code)).get(published?.msgid ?? "");
  assert.equal(article?.state, "deleted", "an answer without the article's name still means that article");
});

test("where publications without notice do not count, both times are kept and the last one with notice sets the deadline", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: "2026-11-20T00:31:00Z" });
  const sets = county.ruleSets as Map<string, NonNullable<ReturnType<typeof county.ruleSets.get>>>;
  const national = sets.get("national-2019");
  assert.ok(national);
  sets.set("national-2019", { ...national, unnotifiedCounts: false });
  const truth = await county.truth();
  for (const code of ["health", "maternity-hospital", "media-centre", "archives"]) {
    await county.collect([code]);
    await look(county, code);
    const account = await accountOf(county, code);
    const articles = truth.find((candidate) => candidate.code === code)?.articles ?? [];
    const day = articles
      .filter((article) => article.publish_type === 0)
      .map((article) => article.publish_date)
      .sort()
      .at(-1);
    const notifiedAt = day === undefined ? null : new Date(Date.parse(`${day}T00:00:00+08:00`) + 24 * HOUR_MS);
    assert.equal(iso(account.last_notified_at), iso(notifiedAt), code);
    assert.ok(account.last_published_at && account.publish_deadline_at, code);
    if (notifiedAt) {
      assert.equal(account.publish_deadline_at.getTime() - notifiedAt.getTime(), 14 * 24 * HOUR_MS, code);
      assert.ok(
        account.last_published_at >= notifiedAt ||
          account.last_published_at.getTime() > notifiedAt.getTime() - 24 * HOUR_MS,
      );
    }
    assert.equal(iso(account.statistics_as_of), "2026-11-19T16:00:00.000Z", code);
  }
  assert.equal((await accountOf(county, "maternity-hospital")).last_notified_at, null);
});
