import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import {
  articlesOf,
  countyWithList,
  coverageOf,
  dataTimestamps,
  HOUR_MS,
  type ListItem,
  listedOf,
  look,
  minutes,
  NOON,
  pass,
  publish,
} from "../support/publications.ts";

test("the first visit walks over the whole list, and the list is then the platform's own", async (t) => {
  const { county, asked } = await countyWithList(t);
  for (const code of ["media-centre", "health", "maternity-hospital", "education"]) {
    asked.length = 0;
    await look(county, code);
    const listed = await listedOf(county, code);
    assert.ok(listed.length > 0);
    assert.deepEqual(
      asked,
      Array.from({ length: Math.ceil(listed.length / 20) }, (_, page) => page * 20),
      code,
    );
    const { rows } = await sql<{ object_id: string; updated: string; articles: number }>`
      select object_id, extract(epoch from max(p.updated_at))::text as updated, count(*)::integer as articles
      from publication p join account a on a.id = p.account_id where a.code = ${code} group by object_id`.execute(
      county.db,
    );
    assert.deepEqual(
      rows.map((stored) => [stored.object_id, Number(stored.updated), stored.articles]).sort(),
      listed.map((object) => [object.article_id, object.update_times.at(-1), object.articles.length]).sort(),
      code,
    );
    assert.deepEqual(await coverageOf(county, code), { "list 2026-11-20": "final", "walk 2026-11-20": "final" });
  }
});

test("an identical list costs one call and writes no row again", async (t) => {
  const { county, asked } = await countyWithList(t);
  const code = "media-centre";
  await look(county, code);
  const written = async () => {
    const { rows } = await sql<{ row: string }>`
      select p.xmin::text || p.object_id || p.position as row from publication p
      union all select a.xmin::text || a.msgid from article a
      union all select c.xmin::text || c.account_id from account_current c order by 1`.execute(county.db);
    return rows.map(({ row }) => row);
  };
  const before = await written();
  assert.ok(before.length > 100);
  asked.length = 0;
  await look(county, code);
  assert.deepEqual(asked, [0]);
  assert.deepEqual(await written(), before);
});

test("a burst is read down to what is known, and a week after the last walk the whole list is", async (t) => {
  const { county, asked } = await countyWithList(t);
  const code = "media-centre";
  await look(county, code);
  const total = (await sql`select distinct object_id from publication`.execute(county.db)).rows.length;
  pass(county, minutes(30));
  for (let second = 10; second < 35; second++) await publish(county, code, `2026-11-20T04:20:${second}Z`);
  asked.length = 0;
  await look(county, code);
  assert.deepEqual(asked, [0, 20]);
  const stored = await sql`select distinct object_id from publication`.execute(county.db);
  assert.equal(stored.rows.length, total + 25);

  county.clock.now = new Date("2026-11-26T15:59:00Z");
  asked.length = 0;
  await look(county, code);
  const due = asked.length;
  county.clock.now = new Date("2026-11-26T16:01:00Z");
  asked.length = 0;
  await look(county, code);
  const { rows } = await sql`select distinct object_id from publication`.execute(county.db);
  assert.equal(asked.length, Math.ceil(rows.length / 20), "all pages a week after the walk's day");
  assert.ok(due < asked.length, `${due} pages a day before`);
});

test("a visit that is cut short leaves nothing unread behind what it has read", async (t) => {
  const { county, asked, hands } = await countyWithList(t);
  const code = "media-centre";
  hands.edit = (list, offset) => {
    if (offset >= 40) Object.assign(list, { item: "broken" });
  };
  assert.equal((await look(county, code)).outcome, "failed");
  assert.deepEqual(await coverageOf(county, code), {
    "list 2026-11-20": "final",
    "walk 2026-11-20": "provisional at_40",
  });
  hands.edit = () => {};
  asked.length = 0;
  await look(county, code);
  assert.deepEqual(asked.slice(0, 3), [0, 40, 60], "the walk goes on where it was");
  assert.equal((await coverageOf(county, code))["walk 2026-11-20"], "final");

  pass(county, minutes(10));
  for (let second = 10; second < 55; second++) await publish(county, code, `2026-11-20T04:05:${second}Z`);
  hands.edit = (list, offset) => {
    if (offset === 20) Object.assign(list, { item: "broken" });
  };
  assert.equal((await look(county, code)).outcome, "failed");
  hands.edit = () => {};
  asked.length = 0;
  await look(county, code);
  assert.deepEqual(asked, [0, 20, 40], "what the broken look stored does not pass for known");
});

test("a new object far down the list is found through the platform's own count", async (t) => {
  const { county, asked, hands } = await countyWithList(t);
  const code = "media-centre";
  await look(county, code);
  pass(county, 24 * HOUR_MS);
  const [published] = await publish(county, code, "2026-11-21T03:50:00Z");
  let hidden: ListItem | undefined;
  hands.edit = (list, offset) => {
    // The platform shows the one below it in its place.
    const [first, below] = list.item ?? [];
    if (offset === 0 && first && below) {
      hidden = first;
      list.item?.splice(0, 1, below);
    }
    if (offset === 60 && hidden) list.item?.unshift(hidden);
  };
  asked.length = 0;
  await look(county, code);
  assert.deepEqual(asked, [0, 20, 40, 60]);
  assert.ok((await articlesOf(county, code)).has(published?.msgid ?? ""));
});

test("an answer without anything where there was something is not believed before the next day", async (t) => {
  const { county, hands } = await countyWithList(t);
  const code = "health";
  await look(county, code);
  hands.edit = (list) => Object.assign(list, { total_count: 0, item_count: 0, item: [] });
  county.clock.now = new Date("2026-11-27T04:00:00Z");
  await look(county, code);
  const first = await coverageOf(county, code);
  assert.equal(first["list 2026-11-27"], "provisional empty");
  assert.equal(first["walk 2026-11-27"], undefined);
  assert.equal((await dataTimestamps(county, code)).publications, Date.parse(NOON) / 1000);
  county.clock.now = new Date("2026-11-28T04:00:00Z");
  await look(county, code);
  assert.equal((await coverageOf(county, code))["list 2026-11-28"], "final");
});
