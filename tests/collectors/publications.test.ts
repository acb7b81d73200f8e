import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { nextSlot } from "../../src/collectors/schedule.ts";
import { type County, startCounty } from "../support/county.ts";

const HOUR_MS = 3_600_000;
/** 12:00 on a Friday in Asia/Shanghai. */
const NOON = "2026-11-20T04:00:00Z";
const API = "freepublish_batchget";

interface ListItem {
  article_id: string;
  update_time: number;
  content: { news_item: { url: string; is_deleted: boolean; title: string }[] };
}
interface ListAnswer {
  total_count: number;
  item_count: number;
  item?: ListItem[];
}

/** A county whose lists of publications pass through `edit`; `asked` holds the offsets of the calls. */
async function countyWithList(t: Parameters<typeof startCounty>[0], now = NOON) {
  const asked: number[] = [];
  const hands: { edit: (list: ListAnswer, offset: number) => void } = { edit: () => {} };
  const county = await startCounty(t, {
    accounts: 22,
    now,
    edit({ api, request, answer }) {
      if (api !== "batchget") return;
      const offset = Number(request.offset);
      asked.push(offset);
      hands.edit(answer as unknown as ListAnswer, offset);
    },
  });
  return { county, asked, hands };
}

const look = async (county: County, code: string) => {
  const report = (await county.collect([code], "publications")).get(code);
  assert.ok(report);
  return report;
};

async function appidOf(county: County, code: string): Promise<string> {
  const account = county.db.selectFrom("account").select("app_id").where("code", "=", code);
  return (await account.executeTakeFirstOrThrow()).app_id;
}

async function publish(county: County, code: string, at: string, rest: object = {}) {
  const published = (await county.call("publish", {
    appid: await appidOf(county, code),
    notified: false,
    at,
    ...rest,
  })) as {
    articles: { msgid: string; published_at: number }[];
  };
  return published.articles;
}

interface AccountRow {
  last_published_at: Date | null;
  last_notified_at: Date | null;
  publish_deadline_at: Date | null;
  statistics_as_of: Date | null;
}

async function row<Row>(county: County, code: string, view: string): Promise<Row> {
  const { rows } = await sql<Row>`select * from ${sql.table(view)} where account = ${code}`.execute(county.db);
  assert.ok(rows[0]);
  return rows[0];
}
const accountOf = (county: County, code: string) => row<AccountRow>(county, code, "v_account");

interface ArticleRow {
  article: string;
  publish_date: string;
  published_at: Date | null;
  notified: boolean | null;
  state: string;
  state_reason: string | null;
  title: string;
}

async function articlesOf(county: County, code: string): Promise<Map<string, ArticleRow>> {
  const { rows } = await sql<ArticleRow>`select * from v_article where account = ${code}`.execute(county.db);
  return new Map(rows.map((article) => [article.article, article]));
}

async function coverageOf(county: County, code: string): Promise<Record<string, string>> {
  const { rows } = await sql<{ part: string; day: string; state: string; code: string | null }>`
    select part, day, state, code from v_coverage
    where account = ${code} and collector = 'publications' order by day`.execute(county.db);
  return Object.fromEntries(
    rows.map((entry) => [`${entry.part} ${entry.day}`, `${entry.state} ${entry.code ?? ""}`.trim()]),
  );
}

async function dueOf(county: County, code: string): Promise<Date> {
  const { rows } = await sql<{ next_due_at: Date }>`
    select next_due_at from visit v join account a on a.id = v.account_id
    where a.code = ${code} and v.collector = 'publications'`.execute(county.db);
  assert.ok(rows[0]);
  return rows[0].next_due_at;
}

async function dataTimestamps(county: County, code: string): Promise<Record<string, number>> {
  const { readExposition } = await import("../../src/store/exposition.ts");
  const { visits } = await readExposition(county.db, county.clock.now);
  const rows = visits
    .flatMap((page) => page.rows)
    .filter((visit) => visit.account === code && visit.dataUntil !== null);
  return Object.fromEntries(rows.map((visit) => [visit.collector, Number(visit.dataUntil)]));
}

interface PublishObject {
  article_id: string;
  visible_at: number;
  update_times: number[];
  articles: { msgid: string }[];
}

/** What the platform's list shows at this moment, by the simulator's own account. */
async function listedOf(county: County, code: string): Promise<PublishObject[]> {
  const state = await county.call(`state?detail=brief&appid=${await appidOf(county, code)}`);
  const [account] = (state as { accounts: { publications: PublishObject[] }[] }).accounts;
  const now = county.clock.now.getTime() / 1000;
  return (account?.publications ?? []).filter((object) => object.visible_at <= now);
}

const iso = (date: Date | null) => date?.toISOString() ?? null;
const minutes = (count: number) => count * 60_000;
const pass = (county: County, milliseconds: number) => {
  county.clock.now = new Date(county.clock.now.getTime() + milliseconds);
};

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

test("accounts that publish without notice are looked at every 2 hours, others every 6, at slots of their own", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: NOON });
  for (const [code, hours] of [
    ["media-centre", 2],
    ["people-hospital", 6],
  ] as const) {
    await look(county, code);
    const due = await dueOf(county, code);
    assert.equal(iso(due), iso(nextSlot(code, county.clock.now, hours)));
    assert.ok(due > county.clock.now && due.getTime() - county.clock.now.getTime() <= hours * HOUR_MS);
  }
});

test("nine days of slots: nothing stays unseen, for one call a look, the bursts' further pages and one walk", async (t) => {
  const { county, asked } = await countyWithList(t, "2026-11-19T16:00:00Z");
  for (const [code, perDay] of [
    ["media-centre", 12],
    ["archives", 4],
  ] as const) {
    county.clock.now = new Date("2026-11-19T16:00:00Z");
    await look(county, code);
    const end = new Date("2026-11-28T16:00:00Z");
    let [visits, more, walked] = [0, 0, 0];
    asked.length = 0;
    let known = (await listedOf(county, code)).length;
    for (let due = await dueOf(county, code); due < end; due = await dueOf(county, code)) {
      county.clock.now = due;
      const before = asked.length;
      await look(county, code);
      visits += 1;
      const { rows } = await sql<{ objects: number }>`
        select count(distinct object_id)::integer as objects
        from publication p join account a on a.id = p.account_id where a.code = ${code}`.execute(county.db);
      const listed = (await listedOf(county, code)).length;
      assert.equal(rows[0]?.objects, listed, `${code} ${iso(due)}`);
      const pages = Math.max(1, Math.ceil((listed - known + 5) / 20));
      const whole = Math.max(1, Math.ceil(listed / 20));
      const calls = asked.length - before;
      // Edited objects and those that stand too low may lie behind the new ones.
      if (calls === whole && calls > pages + 1) walked += 1;
      else
        assert.ok(
          calls >= Math.min(pages, whole) && calls <= pages + 1,
          `${calls} calls for ${listed - known} objects`,
        );
      more += calls - 1;
      known = listed;
    }
    assert.equal(visits, 9 * perDay, code);
    assert.equal(walked, perDay === 12 ? 1 : 0, code);
    if (perDay === 4) assert.equal(more, 0);
  }
});

test("when the day's calls would not last, the looks stand further apart, and a walk leaves them theirs", async (t) => {
  const { county, asked } = await countyWithList(t, "2026-11-19T16:00:01Z");
  const code = "media-centre";
  const limit = async (left: number) => {
    await sql`delete from api_budget`.execute(county.db);
    await sql`insert into api_budget (app_id, api, day, daily_limit, used, used_by_others)
      select app_id, ${API}, '2026-11-20', 100, 60, ${40 - left} from account where code = ${code}`.execute(county.db);
  };
  await limit(7);
  await look(county, code);
  const slots = (hours: number) => 24 / hours - (nextSlot(code, county.clock.now, hours) < county.clock.now ? 1 : 0);
  assert.equal(asked.length, 7 - slots(6), "pages of the walk");
  for (const [left, hours] of [
    [14, 2],
    [10, 3],
    [7, 4],
    [5, 6],
    [2, 6],
  ] as const) {
    await sql`update coverage set state = 'final' where part = 'walk'`.execute(county.db);
    await limit(left);
    await look(county, code);
    assert.equal(iso(await dueOf(county, code)), iso(nextSlot(code, county.clock.now, hours)), `${left} calls left`);
  }
  await limit(1);
  assert.equal((await look(county, code)).outcome, "succeeded");
  assert.equal(iso(await dueOf(county, code)), iso(nextSlot(code, new Date("2026-11-20T16:00:00Z"), 2)));
});

test("a used-up quota is waited for till midnight, other faults with growing distance, and neither loses anything", async (t) => {
  const { county } = await countyWithList(t);
  const code = "health";
  await look(county, code);
  const before = await accountOf(county, code);
  pass(county, 24 * HOUR_MS);
  const appid = await appidOf(county, code);
  for (const [fault, wait] of [
    [{ errcode: -1 }, minutes(1)],
    ["truncated", null],
    [{ status: 502, html: true }, null],
  ] as const) {
    await county.call("faults", { api: API, appid, probability: 1, fault });
    const report = await look(county, code);
    assert.equal(report.outcome, "failed");
    assert.match(report.error?.reason ?? "", /\p{Script=Han}/u);
    assert.match((await coverageOf(county, code))["list 2026-11-21"] ?? "", /^failed /);
    const away = (await dueOf(county, code)).getTime() - county.clock.now.getTime();
    assert.ok(away > 0 && away <= 2 * HOUR_MS);
    if (wait !== null) assert.equal(away, wait);
    await county.clearFaults();
  }
  await county.call("faults", { api: API, appid, probability: 1, fault: { errcode: 45009 } });
  assert.equal((await look(county, code)).error?.code, "45009");
  const due = (await dueOf(county, code)).getTime() - Date.parse("2026-11-21T16:00:00Z");
  assert.ok(due >= 0 && due < minutes(25));
  await county.clearFaults();
  assert.deepEqual(await accountOf(county, code), before);
  assert.equal((await dataTimestamps(county, code)).publications, Date.parse(NOON) / 1000);
  county.clock.now = await dueOf(county, code);
  assert.equal((await look(county, code)).outcome, "succeeded");
});

test("an account without the permission is no failure: asked again after a week, and nothing is claimed of it", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: NOON });
  const code = "health";
  const appid = await appidOf(county, code);
  const permissions = (publications: boolean) =>
    county.call("account", { appid, set: { permissions: { publications } } });
  await permissions(false);
  const report = await look(county, code);
  assert.equal(report.outcome, "succeeded");
  assert.equal(report.unavailable[0]?.code, "48001");
  assert.deepEqual(await coverageOf(county, code), { "list 2026-11-20": "unavailable 48001" });
  assert.deepEqual(await dataTimestamps(county, code), {});
  const week = Date.parse(NOON) + 7 * 24 * HOUR_MS;
  const due = await dueOf(county, code);
  assert.ok(due.getTime() >= week && due.getTime() <= week + 6 * HOUR_MS);
  await permissions(true);
  county.clock.now = due;
  assert.equal((await look(county, code)).unavailable.length, 0);
  assert.ok((await accountOf(county, code)).last_published_at);
});

test("a rejected secret fails the visit without a call of the list", async (t) => {
  const { county, asked } = await countyWithList(t);
  const report = await look(county, "water");
  assert.equal(report.outcome, "failed");
  assert.deepEqual(asked, []);
  assert.match((await coverageOf(county, "water"))["list 2026-11-20"] ?? "", /^failed /);
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
