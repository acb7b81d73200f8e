import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { nextSlot } from "../../src/collectors/schedule.ts";
import { startCounty } from "../support/county.ts";
import {
  API,
  accountOf,
  appidOf,
  countyWithList,
  coverageOf,
  dataTimestamps,
  dueOf,
  HOUR_MS,
  iso,
  listedOf,
  look,
  minutes,
  NOON,
  pass,
} from "../support/publications.ts";

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
