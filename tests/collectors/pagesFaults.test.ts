import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { sql } from "kysely";
import { saveEntry } from "../../src/store/register.ts";
import { parseMasterKeys } from "../../src/vault.ts";
import { after, coverage, DAY, HOUR, keys, networkFault, startPages } from "../support/pages.ts";

test("a captcha closes the pages of all accounts for an hour, and says nothing about any article", async (t) => {
  const county = await startPages(t, { accounts: 3 });
  for (const account of [1, 2, 3]) for (const n of [1, 2, 3]) await county.publish(account, `10${n}_1`, n);
  county.answers.set("1/102_1", { state: "captcha", reason: "verification" });
  const before = await county.article("102_1");
  const report = await county.visit(1);
  assert.deepEqual([report.outcome, report.error?.code, report.error?.retry], ["failed", "captcha", "later"]);
  assert.match(report.error?.reason ?? "", /一小时后自动重试/);
  assert.deepEqual(keys(county), ["1/101_1", "1/102_1"]);
  assert.deepEqual({ ...(await county.article("102_1")), page_due_at: null }, before, "but its turn");

  for (const account of [2, 3]) {
    const other = await county.visit(account);
    assert.deepEqual([other.outcome, other.delayed], ["succeeded", true]);
    assert.ok((await county.due(account)) >= after(county, HOUR));
  }
  assert.deepEqual(await coverage(county), ["a1 pages 2026-11-20 failed captcha"]);
  county.answers.clear();
  await county.live(50 / 1440, 10);
  assert.equal(county.reads.length, 2, "nothing is read while the bucket is closed");
  await county.live(1 / 24, 10);
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

test("links that never come are tried ever more seldom until their articles are old, and keep no page from its look", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "100_1", 1);
  await county.visit();
  for (const n of [1, 2, 3, 4]) {
    await county.publish(1, `20${n}_1`, 2);
    county.answers.set(`1/20${n}_1`, networkFault("http_404"));
  }
  county.clock.now = after(county, 10 * 60_000);
  county.reads.length = 0;
  const report = await county.visit();
  assert.deepEqual([report.error?.code, county.reads.length], ["http_404", 4], "no fault of the way");
  const tries: number[] = [];
  for (let n = 0; n < 3; n++) {
    const { page_due_at, page_fetched_at } = await county.article("201_1");
    assert.ok(page_due_at && page_fetched_at === null);
    tries.push(Math.round((page_due_at.getTime() - county.clock.now.getTime()) / HOUR));
    county.clock.now = page_due_at;
    await county.visit();
  }
  assert.deepEqual(tries, [1, 6, 24]);
  county.answers.set("1/100_1", { state: "deleted", reason: "deleted by publisher", publishedAt: null });
  await county.live(8, 60);
  assert.equal((await county.article("100_1")).state, "deleted");
  await county.live(40, 360);
  const { state, state_reason, page_due_at } = await county.article("201_1");
  assert.deepEqual([state, state_reason, page_due_at], ["unknown", "http_404", null]);
  const reads = keys(county).filter((key) => key === "1/201_1").length;
  assert.ok(reads > 20 && reads < 36, `${reads} tries`);
});

test("a look in vain takes nothing back of what is known", async (t) => {
  const county = await startPages(t);
  await county.publish(1, "100_1", 25);
  county.answers.set("1/100_1", { state: "violation", reason: "infringement", publishedAt: null });
  await county.visit();
  const before = await county.article("100_1");
  await sql`update article set page_due_at = ${county.clock.now}`.execute(county.db);
  county.answers.set("1/100_1", networkFault("http_404"));
  await county.visit();
  assert.ok(((await county.article("100_1")).page_due_at?.getTime() ?? 0) > county.clock.now.getTime());
  await county.live(10, 360);
  assert.deepEqual(await county.article("100_1"), { ...before, page_due_at: null });
});

test("an unforeseen error of one page is named and keeps no other page from being read", async (t) => {
  const county = await startPages(t);
  for (const n of [1, 2, 3, 4]) await county.publish(1, `10${n}_1`, n);
  county.answers.set("1/101_1", new RangeError("Maximum call stack size exceeded"));
  county.answers.set("1/102_1", { length: 2 ** 40 });
  const report = await county.visit();
  assert.deepEqual([report.outcome, report.error?.code, county.reads.length], ["failed", "internal", 4]);
  assert.equal((await county.article("103_1")).state, "ok");
  for (const msgid of ["101_1", "102_1"]) {
    const { page_fetched_at, page_due_at } = await county.article(msgid);
    assert.deepEqual([page_fetched_at, page_due_at], [null, after(county, HOUR)]);
  }
  assert.deepEqual(await county.due(), after(county, HOUR));
});

test("a page that alone wants a captcha closes the pages twice, and then no more", async (t) => {
  const county = await startPages(t, { accounts: 2 });
  for (let n = 10; n < 25; n++) for (const account of [1, 2]) await county.publish(account, `1${n}_1`, 3);
  county.answers.set("1/124_1", { state: "captcha", reason: "verification" });
  let closures = 0;
  for (let hour = 0; hour < 72; hour++) {
    await county.publish(2, `${200 + hour}_1`, 0);
    if ((await county.visit(1)).error?.code === "captcha") closures += 1;
    await county.visit(2);
    county.clock.now = after(county, HOUR);
  }
  assert.equal(closures, 2);
  const { state, state_reason, page_fetched_at, page_due_at } = await county.article("124_1");
  assert.deepEqual([state, state_reason], ["unknown", "verification"]);
  assert.equal((page_due_at?.getTime() ?? 0) - (page_fetched_at?.getTime() ?? 0), DAY);
  const others = await sql`select from article where page_fetched_at is null and msgid < '200'`.execute(county.db);
  assert.equal(others.rows.length, 0);
});

test("pages that were foreign to a wrong original ID are read when the register is corrected", async (t) => {
  const county = await startPages(t);
  const entry = { code: "a1", originalId: "gh_000000000000" };
  const register = (originalId: string) =>
    saveEntry(
      county.db,
      parseMasterKeys(randomBytes(32).toString("base64")),
      { ...entry, originalId },
      { platform: "wechat", ruleSet: "national-2019" },
      { actor: "test", action: "set", at: county.clock.now },
    );
  await register("gh_000000000000");
  for (const [msgid, days] of [
    ["100_1", 3],
    ["101_1", 40],
  ] as const) {
    await county.publish(1, msgid, days);
    county.answers.set(`1/${msgid}`, { originalId: "gh_111111111111" });
  }
  assert.equal((await county.visit()).error?.code, "foreign_page");
  await register("gh_111111111111");
  await county.live(0.5);
  for (const msgid of ["100_1", "101_1"]) {
    const { state, state_reason } = await county.article(msgid);
    assert.deepEqual([state, state_reason], ["ok", null]);
  }
});
