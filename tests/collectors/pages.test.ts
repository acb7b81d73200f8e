import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { waitFor } from "../support/county.ts";
import { networkFault, type Pages, startPages } from "../support/pages.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SHORT = "https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw";

const keys = (county: Pages) => county.reads.map((read) => read.key);
const after = (county: Pages, milliseconds: number) => new Date(county.clock.now.getTime() + milliseconds);

async function coverage(county: Pages) {
  const { rows } = await sql<{ row: string }>`
    select account || ' ' || part || ' ' || day || ' ' || state || coalesce(' ' || code, '') as row
    from v_coverage where collector = 'pages' order by account, day`.execute(county.db);
  return rows.map(({ row }) => row);
}

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
  county.answers.set("1/100_1", { state: "account_gone", reason: "migrated" });
  county.clock.now = after(county, DAY);
  await county.visit();
  const gone = await county.article("100_1");
  assert.deepEqual([gone.state, gone.state_reason, gone.form], ["unknown", "account gone", "article"]);
});

test("a captcha closes the pages of all accounts for an hour, and says nothing about any article", async (t) => {
  const county = await startPages(t, { accounts: 3 });
  for (const account of [1, 2, 3]) for (const n of [1, 2, 3]) await county.publish(account, `10${n}_1`, n);
  county.answers.set("1/102_1", { state: "captcha", reason: "verification" });
  const before = await county.article("102_1");
  const report = await county.visit(1);
  assert.deepEqual([report.outcome, report.error?.code, report.error?.retry], ["failed", "captcha", "later"]);
  assert.match(report.error?.reason ?? "", /一小时后自动重试/);
  assert.deepEqual(keys(county), ["1/101_1", "1/102_1"]);
  assert.deepEqual(await county.article("102_1"), before);

  for (const account of [2, 3]) {
    const other = await county.visit(account);
    assert.deepEqual([other.outcome, other.delayed], ["succeeded", true]);
    assert.ok((await county.due(account)) >= after(county, HOUR));
  }
  assert.deepEqual(await coverage(county), ["a1 pages 2026-11-20 failed captcha"]);
  county.answers.clear();
  await county.live(50 / 1440, 10);
  assert.equal(county.reads.length, 2, "nothing is read while the bucket is closed");
  await county.live(0.5 / 24, 10);
  assert.equal(county.reads.length, 10);
  assert.equal((await county.article("102_1")).state, "ok");
});

test("a page of another account or article is refused and named, and the visit goes on", async (t) => {
  const county = await startPages(t);
  await sql`update account set original_id = 'gh_0a1b2c3d4e5f'`.execute(county.db);
  for (const n of [1, 2, 3, 4]) await county.publish(1, `10${n}_1`, n);
  county.answers.set("1/101_1", { biz: "MzAforeign000000==" });
  county.answers.set("1/102_1", { articleId: "999_1" });
  county.answers.set("1/103_1", { originalId: "gh_ffffffffffff" });
  county.answers.set("1/104_1", { originalId: "gh_0a1b2c3d4e5f" });
  const report = await county.visit();
  assert.deepEqual([report.outcome, report.error?.code, report.error?.scope], ["failed", "foreign_page", "request"]);
  assert.equal(county.reads.length, 4);
  for (const msgid of ["101_1", "102_1", "103_1"]) {
    const { state, state_reason, published_at, page_fetched_at, page_due_at } = await county.article(msgid);
    assert.deepEqual([state, state_reason, published_at], ["unknown", "foreign page", null]);
    assert.ok(page_fetched_at && page_due_at && page_due_at > county.clock.now);
  }
  assert.equal((await county.article("104_1")).state, "ok");
  assert.ok((await county.due()) > after(county, 5 * 60_000), "a foreign page presses nobody");
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
  const biz = "MzA0000000000001==";
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

test("three pages in a row that do not come end the visit, and what follows is not kept from being read", async (t) => {
  const county = await startPages(t);
  for (const n of [1, 2, 3, 4, 5, 6]) await county.publish(1, `10${n}_1`, n);
  for (const n of [1, 2, 3]) county.answers.set(`1/10${n}_1`, networkFault());
  const report = await county.visit();
  assert.deepEqual([report.outcome, report.error?.code, county.reads.length], ["failed", "network", 3]);
  assert.deepEqual(await coverage(county), ["a1 pages 2026-11-20 failed network"]);
  assert.equal((await county.due()).getTime(), after(county, 60_000).getTime());
  county.clock.now = after(county, 60_000);
  await county.visit();
  assert.deepEqual(keys(county).slice(3, 6), ["1/104_1", "1/105_1", "1/106_1"]);
  county.answers.clear();
  await county.live(1 / 24, 1);
  for (const n of [1, 2, 3, 4, 5, 6]) assert.equal((await county.article(`10${n}_1`)).state, "ok");
});

test("a link that leads to no page is no fault of the visit and not asked for again", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "100_1", 1);
  county.answers.set("1/100_1", networkFault("not_a_page"));
  assert.equal((await county.visit()).outcome, "succeeded");
  const { state, state_reason, page_due_at } = await county.article("100_1");
  assert.deepEqual([state, state_reason, page_due_at], ["unknown", "not a page", null]);
  await county.live(8, 360);
  assert.equal(county.reads.length, 1);
});

test("an idle account is visited again soon after a visit that may bring new articles", async (t) => {
  const county = await startPages(t);
  const morning = after(county, 20 * HOUR);
  await sql`insert into visit (account_id, collector, next_due_at) values (1, 'statistics', ${after(county, HOUR)})`.execute(
    county.db,
  );
  const due = async (at: Date) => {
    await sql`update visit set next_due_at = ${at} where collector = 'statistics'`.execute(county.db);
    await county.visit();
    return ((await county.due()).getTime() - county.clock.now.getTime()) / 60_000;
  };
  assert.equal(await due(after(county, HOUR)), 65);
  assert.equal(await due(morning), 360);
  assert.equal(await due(county.clock.now), 5);
  assert.equal(await due(after(county, -20 * 60_000)), 20);
  assert.equal(await due(after(county, -20 * HOUR)), 60);
});

test("two processes never read two pages closer than the interval", async (t) => {
  const county = await startPages(t, { accounts: 6, intervalSeconds: 0.3 });
  const other = county.openProcess();
  for (let account = 1; account <= 6; account++) {
    for (const n of [1, 2]) await county.publish(account, `10${n}_1`, n);
  }
  const worker = async (account: number) => {
    for (let attempt = 0; attempt < 60; attempt++) {
      if ((await county.due(account)) > county.clock.now && attempt > 0) county.clock.now = await county.due(account);
      const report = await county.visit(account, account % 2 ? county.context : other);
      assert.equal(report.outcome, "succeeded");
      if (!report.delayed) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.fail(`account ${account} got no slot`);
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(worker));
  assert.equal(county.reads.length, 12);
  const times = county.reads.map((read) => read.at);
  for (const [index, at] of times.entries()) {
    const gap = at - (times[index - 1] ?? Number.NEGATIVE_INFINITY);
    assert.ok(gap >= 300, `page ${index} came ${gap} ms after the one before`);
  }
});

test("of many accounts with a new article three wait for their slots, and the others come back spread", async (t) => {
  const county = await startPages(t, { accounts: 12, intervalSeconds: 5 });
  for (let account = 1; account <= 12; account++) await county.publish(account, "101_1", 1);
  const stop = new AbortController();
  const running = new Set<number>();
  const visits = Array.from({ length: 12 }, async (_, index) => {
    running.add(index);
    await county.visit(index + 1, county.context, false, stop.signal);
    running.delete(index);
  });
  await waitFor("the others to end", () => running.size <= 3);
  assert.ok(county.reads.length <= 3);
  stop.abort();
  await Promise.all(visits);
  const delays: number[] = [];
  for (let account = 1; account <= 12; account++) {
    delays.push((await county.due(account)).getTime() - county.clock.now.getTime());
  }
  const spread = delays.filter((delay) => delay > 0 && delay < 90_000);
  assert.ok(spread.length >= 8, `${delays}`);
  assert.ok(Math.max(...spread) - Math.min(...spread) > 5_000, `${delays}`);
});

test("new articles of any account go before the backlog of others", async (t) => {
  const county = await startPages(t, { accounts: 2, intervalSeconds: 0.05 });
  for (const n of [1, 2, 3]) await county.publish(1, `10${n}_1`, 20 + n);
  await county.publish(2, "101_1", 1);
  await county.publish(2, "102_1", 20);
  assert.equal((await county.visit(1)).delayed, true);
  assert.deepEqual(keys(county), []);
  assert.equal((await county.visit(2)).outcome, "succeeded");
  assert.deepEqual(keys(county), ["2/101_1", "2/102_1"], "nobody else has anything new");
  await county.visit(1);
  assert.equal(county.reads.length, 5);
});

test("a page that is slow costs the slots that pass, not the interval", async (t) => {
  const county = await startPages(t, { intervalSeconds: 0.2 });
  for (const n of [1, 2, 3, 4, 5]) await county.publish(1, `10${n}_1`, n);
  county.setLatency(700);
  const report = await county.visit();
  assert.equal(report.delayed, true);
  assert.ok(county.reads.every((read) => read.inFlight === 1));
  for (const [index, { at }] of county.reads.entries()) {
    const before = county.reads[index - 1];
    if (before) assert.ok(at - before.at >= 700);
  }
  assert.ok(county.reads.length >= 1 && county.reads.length < 5);
});

test("a visit that loses its lease in the middle leaves whole rows, and the next one goes on", async (t) => {
  const county = await startPages(t, { intervalSeconds: 0.2 });
  for (let n = 0; n < 5; n++) await county.publish(1, `10${n}_1`, n + 1);
  const visit = county.visit();
  while (county.reads.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  await sql`update visit set lease_id = null, leased_until = null, epoch = epoch + 1`.execute(county.db);
  assert.equal((await visit).outcome, "interrupted");
  const rows = await county.db.selectFrom("article").selectAll().execute();
  for (const row of rows) assert.equal(row.page_fetched_at !== null, row.published_at !== null && row.state === "ok");
  const looked = rows.filter((row) => row.page_fetched_at).length;
  assert.ok(looked >= 1 && looked < 5, `${looked} were saved`);
  county.reads.length = 0;
  while ((await county.visit()).delayed) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(county.reads.length, 5 - looked);
});

test("a visit that is stopped while it waits for its slot ends at once and is due again", async (t) => {
  const county = await startPages(t, { intervalSeconds: 30 });
  for (const n of [1, 2]) await county.publish(1, `10${n}_1`, n);
  const stop = new AbortController();
  const visit = county.visit(1, county.context, false, stop.signal);
  while ((await county.article("101_1")).state !== "ok") await new Promise((resolve) => setTimeout(resolve, 20));
  const stoppedAt = performance.now();
  stop.abort();
  assert.equal((await visit).outcome, "interrupted");
  assert.ok(performance.now() - stoppedAt < 5_000);
  assert.ok((await county.due()) <= county.clock.now);
  assert.equal((await county.article("102_1")).page_fetched_at, null);
});
