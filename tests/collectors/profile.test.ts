import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { type County, startCounty } from "../support/county.ts";

const CODE = "yunxi-fabu";

async function quotas(county: County, code: string) {
  const { rows } = await sql<{ api: string; daily_limit: number; used: number; used_by_others: number | null }>`
    select api, daily_limit, used, used_by_others from v_api_quota
    where account = ${code} and day = ((${county.clock.now}::timestamptz) at time zone 'Asia/Shanghai')::date
      and asked_at is not null order by api`.execute(county.db);
  return rows;
}

async function states(county: County, code: string) {
  const { rows } = await sql<{ part: string; state: string; code: string | null }>`
    select distinct on (part) part, state, code from v_coverage
    where collector = 'profile' and account = ${code} order by part, day desc`.execute(county.db);
  return Object.fromEntries(rows.map(({ part, ...row }) => [part, [row.state, row.code].filter(Boolean).join(" ")]));
}

const appidOf = async (county: County, code: string) =>
  (await county.truth()).find((account) => account.code === code)?.appid ?? assert.fail(code);

test("quotas are asked daily and the account's own page weekly, in the minutes before the statistics", async (t) => {
  const county = await startCounty(t, { accounts: 2, now: "2026-11-02T04:00:00Z" });
  const appid = await appidOf(county, CODE);
  await county.call("account", {
    appid,
    set: { permissions: { profile: true }, verifiedUntil: "2027-03-04T05:06:07Z" },
  });
  await county.call("settings", { foreignCalls: { [appid]: { getbizsummary: 70 } } });
  await county.collect([CODE]);
  const first = (await county.collect([CODE], "profile")).get(CODE);
  assert.deepEqual([first?.outcome, first?.unavailable], ["succeeded", []]);
  assert.deepEqual(await quotas(county, CODE), [
    { api: "comment_list", daily_limit: 5_000, used: 0, used_by_others: 0 },
    { api: "freepublish_batchget", daily_limit: 100, used: 0, used_by_others: 0 },
    { api: "getarticletotaldetail", daily_limit: 1_000, used: 30, used_by_others: 0 },
    { api: "getbizsummary", daily_limit: 1_000, used: 1, used_by_others: 70 },
    { api: "getmsglist", daily_limit: 5_000, used: 0, used_by_others: 0 },
    { api: "getusercumulate", daily_limit: 1_000, used: 5, used_by_others: 0 },
    { api: "getusersummary", daily_limit: 1_000, used: 5, used_by_others: 0 },
  ]);
  const { rows } = await sql`
    select verified, verification_expires_at, principal from v_account where account = ${CODE}`.execute(county.db);
  const expiry = new Date("2027-03-04T05:06:07Z");
  assert.deepEqual(rows, [{ verified: true, verification_expires_at: expiry, principal: "云溪县人民政府办公室" }]);

  await county.resetRequests();
  await county.collect([CODE], "profile");
  assert.deepEqual(await county.requests(appid), {}, "it is known for today");
  const asked: (number | undefined)[][] = [];
  for (let day = 3; day <= 10; day++) {
    // 07:30 in Asia/Shanghai.
    county.clock.now = new Date(`2026-11-${String(day).padStart(2, "0")}T23:30:00Z`);
    await county.resetRequests();
    assert.equal((await county.collect(undefined, "profile")).size, 2);
    const { quota_get, getaccountbasicinfo } = await county.requests(appid);
    asked.push([quota_get, getaccountbasicinfo]);
  }
  const quotasOnly = [7, undefined];
  assert.deepEqual(asked, [...Array(5).fill(quotasOnly), [7, 1], quotasOnly, quotasOnly]);
  const due = await sql<{ due: Date }>`
    select next_due_at as due from visit v join account a on a.id = v.account_id
    where a.code = ${CODE} and collector = 'profile'`.execute(county.db);
  assert.match(due.rows[0]?.due.toISOString() ?? "", /^2026-11-11T23:[012]/);
});

test("what the token may not ask is unavailable, not failed, and asked again after a week", async (t) => {
  const county = await startCounty(t, { accounts: 11, now: "2026-11-02T04:00:00Z" });
  const appid = await appidOf(county, CODE);
  await county.call("account", { appid, set: { permissions: { profile: false } } });
  const report = (await county.collect([CODE], "profile")).get(CODE);
  assert.equal(report?.outcome, "succeeded");
  assert.deepEqual(
    report?.unavailable.map(({ part, code }) => [part, code]),
    [["account", "48001"]],
  );
  assert.match(report?.unavailable[0]?.reason ?? "", /\p{Script=Han}/u);
  assert.deepEqual(await states(county, CODE), { account: "unavailable 48001", quota: "final" });

  // Without any permission nothing is asked for, once the statistics have found that out.
  const unverified = "town-baiyun";
  const blind = (await county.collect([unverified], "profile")).get(unverified);
  assert.deepEqual([blind?.outcome, blind?.unavailable.length], ["succeeded", 2]);
  const market = "market";
  await county.collect([market]);
  await county.collect([market], "replies");
  await county.collect([market], "profile");
  const apis = (await quotas(county, market)).map(({ api }) => api);
  assert.deepEqual(
    apis,
    ["comment_list", "freepublish_batchget", "getarticletotaldetail", "getbizsummary"],
    "no quota of what it may not or cannot ask",
  );

  const days: number[] = [];
  for (let day = 3; day <= 9; day++) {
    county.clock.now = new Date(`2026-11-0${day}T04:00:00Z`);
    await county.resetRequests();
    await county.collect([CODE, unverified], "profile");
    const requests = await county.requests(appid);
    const others = await county.requests(await appidOf(county, unverified));
    assert.equal(others.quota_get, day === 9 ? 7 : undefined);
    if (requests.getaccountbasicinfo) days.push(day);
  }
  assert.deepEqual(days, [9]);
});

test("a count that a crash left too high falls to the platform's, and other vendors' calls leave fewer for us", async (t) => {
  const county = await startCounty(t, { accounts: 2, now: "2026-11-02T04:00:00Z" });
  const appid = await appidOf(county, CODE);
  await county.call("settings", {
    dailyQuota: { getarticletotaldetail: 50 },
    foreignCalls: { [appid]: { getarticletotaldetail: 38 } },
  });
  await sql`insert into api_budget (app_id, api, day, used)
    values (${appid}, 'getarticletotaldetail', '2026-11-02', 45), (${appid}, 'getbizsummary', '2026-11-02', 9)`.execute(
    county.db,
  );
  await county.collect([CODE], "profile");
  const known = new Map((await quotas(county, CODE)).map((row) => [row.api, row]));
  assert.deepEqual(known.get("getbizsummary")?.used, 0);
  assert.deepEqual(known.get("getarticletotaldetail")?.used, 38);
  const report = (await county.collect([CODE])).get(CODE);
  assert.equal(report?.error?.code, "budget");
  assert.equal((await county.requests(appid)).getarticletotaldetail, 12);
});
