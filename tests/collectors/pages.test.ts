import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { addDays, dayOf } from "../../src/calendar.ts";
import { after, bizOf, coverage, DAY, HOUR, keys, type Pages, startPages } from "../support/pages.ts";

const SHORT = "https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw";

test("what a page says is stored, the statistics' title and day stay, and the exact second moves the deadline", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "100_1", 2);
  const publishedAt = new Date("2026-11-18T01:02:03Z");
  county.answers.set("1/100_1", { publishedAt, form: "picture", original: false, length: 12, images: 9 });
  assert.equal((await county.visit()).outcome, "succeeded");
  const { title, publish_date, published_at, form, original, length, images, state } = await county.article("100_1");
  assert.deepEqual(
    { title, publish_date, published_at, form, original, length, images, state },
    {
      ...{ title: "100_1", publish_date: "2026-11-18", published_at: publishedAt, form: "picture" },
      ...{ original: false, length: 12, images: 9, state: "ok" },
    },
  );
  const current = await county.db.selectFrom("account_current").select("last_published_at").executeTakeFirst();
  assert.deepEqual(current?.last_published_at, publishedAt);
  assert.deepEqual(await coverage(county), ["a1 pages 2026-11-20 final"]);

  // A later page that leaves facts out takes none back.
  county.answers.set("1/100_1", { publishedAt: null, form: null, original: null, length: 13, images: null });
  county.clock.now = await county.due();
  await county.live(7);
  const later = await county.article("100_1");
  assert.deepEqual([later.published_at, later.form, later.length, later.images], [publishedAt, "picture", 13, 9]);
});

test("a backlog is read ten pages a visit, newest first, each once", async (t) => {
  const county = await startPages(t);
  for (let n = 0; n < 60; n++) await county.publish(1, `${100 + n}_1`, 60 - n);
  for (let visit = 1; visit <= 6; visit++) {
    assert.ok((await county.due()) <= county.clock.now, `visit ${visit} is due at once`);
    const report = await county.visit();
    assert.deepEqual([report.outcome, report.delayed], ["succeeded", visit < 6]);
    assert.equal(county.reads.length, visit * 10);
    assert.deepEqual(await coverage(county), [`a1 pages 2026-11-20 ${visit < 6 ? "provisional" : "final"}`]);
  }
  assert.deepEqual(
    keys(county),
    Array.from({ length: 60 }, (_, n) => `1/${159 - n}_1`),
  );
  assert.ok((await county.due()) > county.clock.now);
});

test("pages are looked at weekly until the article is thirty days old, and never again", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "100_1", 1);
  await county.publish(1, "90_1", 40);
  county.answers.set("1/100_1", { publishedAt: new Date("2026-11-19T02:00:00Z") });
  county.answers.set("1/90_1", { publishedAt: new Date("2026-10-11T02:00:00Z") });
  await county.live(40, 360);
  assert.deepEqual(keys(county).sort(), [...Array(5).fill("1/100_1"), "1/90_1"]);
  assert.equal((await county.article("100_1")).page_due_at, null);
});

test("a takedown is seen within a week, and a page that comes back is ok again", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "100_1", 1);
  await county.publish(1, "101_1", 1);
  await county.live(0);
  county.answers.set("1/100_1", { state: "deleted", reason: "deleted by publisher", publishedAt: null, form: null });
  county.answers.set("1/101_1", { state: "violation", reason: "violation", publishedAt: null, form: null });
  await county.live(7, 60);
  const deleted = await county.article("100_1");
  assert.deepEqual([deleted.state, deleted.state_reason, deleted.form], ["deleted", "deleted by publisher", "article"]);
  assert.ok(deleted.published_at);
  assert.equal((await county.article("101_1")).state, "violation");
  county.answers.delete("1/100_1");
  await county.live(7);
  const restored = await county.article("100_1");
  assert.deepEqual([restored.state, restored.state_reason], ["ok", null]);
});

test("a page that tells nothing takes nothing back and is tried after 1 h, 6 h, then daily", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "100_1", 1);
  await county.visit();
  county.answers.set("1/100_1", { state: "unknown", reason: "link expired", publishedAt: null });
  county.clock.now = await county.due();
  await county.live(6.5, 60);
  county.reads.length = 0;
  const seen: number[] = [];
  for (let look = 0; look < 4; look++) {
    const { page_fetched_at, page_due_at, state, state_reason, published_at } = await county.article("100_1");
    assert.ok(page_fetched_at && page_due_at && published_at);
    if (look > 0) assert.deepEqual([state, state_reason], ["ok", "link expired"]);
    seen.push((page_due_at.getTime() - page_fetched_at.getTime()) / HOUR);
    county.clock.now = page_due_at;
    await county.visit();
  }
  assert.deepEqual(seen, [167, 1, 6, 24]);
  county.answers.set("1/100_1", { state: "unknown", reason: "rumor", publishedAt: null });
  county.clock.now = after(county, DAY);
  await county.visit();
  const hidden = await county.article("100_1");
  assert.deepEqual([hidden.state, hidden.state_reason, hidden.form], ["unknown", "rumor", "article"]);
  county.answers.set("1/100_1", { state: "account_gone", reason: "migrated" });
  county.clock.now = after(county, 2 * DAY);
  await county.visit();
  const gone = await county.article("100_1");
  assert.deepEqual([gone.state, gone.state_reason, gone.form], ["unknown", "account gone", "article"]);
});

async function list(county: Pages, rows: Record<string, unknown>[]) {
  for (const [position, row] of rows.entries()) {
    await sql`
      insert into publication (account_id, object_id, position, title, url, updated_at, deleted, first_seen_at)
      select 1, 'o1', ${position + 1}, 'of the list', r.url, r.updated_at, false, ${county.clock.now}
      from jsonb_to_record(${JSON.stringify(row)}::jsonb) as r (url text, updated_at timestamptz)`.execute(county.db);
  }
}

test("a short link of the publications list becomes its article with the page's second", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "90_1", 3);
  await county.publish(1, "91_2", 0, { title: null, notified: null });
  await list(county, [
    { url: SHORT, updated_at: "2026-11-20T00:05:00Z" },
    { url: `${SHORT}2`, updated_at: "2026-11-20T00:05:00Z" },
    { url: `${SHORT}3`, updated_at: "2026-11-20T00:05:00Z" },
    { url: `${SHORT}4`, updated_at: "2026-11-20T00:05:00Z" },
  ]);
  const biz = bizOf(1);
  const publishedAt = new Date("2026-11-19T15:59:59Z");
  county.answers.set(SHORT, { articleId: "91_1", biz, publishedAt });
  county.answers.set(`${SHORT}2`, { articleId: "91_2", biz, publishedAt });
  county.answers.set(`${SHORT}3`, { articleId: "91_3", biz: "MzAforeign000000==" });
  county.answers.set(`${SHORT}4`, { state: "deleted", publishedAt: null, title: null });
  const report = await county.visit();
  assert.equal(report.error?.code, "foreign_page");
  assert.equal(keys(county).at(-1), "1/90_1", "older than what the list brought");

  const fresh = await county.article("91_1");
  assert.deepEqual(
    [fresh.publish_date, fresh.published_at, fresh.notified, fresh.in_statistics, fresh.title, fresh.state],
    ["2026-11-19", publishedAt, false, false, "title of the page", "ok"],
  );
  const known = await county.article("91_2");
  assert.deepEqual(
    [known.publish_date, known.published_at, known.notified, known.in_statistics, known.title],
    ["2026-11-20", publishedAt, false, true, "of the list"],
  );
  const rows = await county.db
    .selectFrom("publication")
    .select(["msgid", "page_tried_at"])
    .orderBy("position")
    .execute();
  assert.deepEqual(
    rows.map((row) => row.msgid),
    ["91_1", "91_2", null, null],
  );
  assert.ok(rows.every((row) => row.page_tried_at));
  const articles = await county.db.selectFrom("article").select("msgid").execute();
  assert.equal(articles.length, 3);

  county.reads.length = 0;
  await county.live(33, 360);
  const tries = keys(county).filter((key) => key === `${SHORT}4`).length;
  assert.ok(tries > 20 && tries < 40, `${tries} tries of a link that tells nothing`);
});

test("a second that contradicts what is known of the publication is not believed, and the rest of the page is", async (t) => {
  const county = await startPages(t);
  const seconds: [msgid: string, days: number, inStatistics: boolean, second: string, believed: boolean][] = [
    ["101_1", 3, true, "2026-11-18T15:59:59Z", true],
    ["102_1", 3, true, "2026-11-19T02:00:00Z", false],
    ["103_1", 3, true, "2001-09-09T01:46:40Z", false],
    ["104_1", 0, true, "2286-11-20T17:46:39Z", false],
    ["105_1", 0, true, "2026-11-20T00:21:00Z", false],
    ["106_1", 0, true, "2026-11-20T00:19:00Z", true],
    ["201_1", 9, false, "2026-11-13T02:00:00Z", true],
    ["202_1", 9, false, "2026-11-15T02:00:00Z", false],
    ["203_1", 9, false, "2024-05-06T02:00:00Z", true],
    ["204_1", 9, false, "2001-09-09T01:46:40Z", false],
    ["205_1", 0, false, "2026-11-20T00:21:00Z", false],
  ];
  for (const [index, [msgid, days, inStatistics, second]] of seconds.entries()) {
    await county.publish(1, msgid, days, { in_statistics: inStatistics });
    county.answers.set(`1/${msgid}`, { publishedAt: new Date(second) });
    if (!inStatistics) {
      await sql`
        insert into publication (account_id, object_id, position, url, updated_at, deleted, msgid, first_seen_at)
        values (1, ${`o${index}`}, 1, 'u', ${after(county, -days * DAY)}, false, ${msgid}, ${county.clock.now})`.execute(
        county.db,
      );
    }
  }
  while ((await county.visit()).delayed);
  for (const [msgid, days, inStatistics, second, believed] of seconds) {
    const { published_at, publish_date, form } = await county.article(msgid);
    assert.deepEqual([published_at, form], [believed ? new Date(second) : null, "article"], msgid);
    const listed = addDays(dayOf(county.clock.now), -days);
    assert.equal(publish_date, believed && !inStatistics ? dayOf(new Date(second)) : listed, msgid);
  }
});
