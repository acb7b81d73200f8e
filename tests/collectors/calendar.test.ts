import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, daysBetween, daysFrom } from "../../src/calendar.ts";
import { type County, startCounty, type TruthAccount } from "../support/county.ts";

const LADDER = [1, 2, 3, 5, 8, 14, 30];

/** What the rules prescribe for one account's publish days, worked out from the platform's own truth. */
function createOracle() {
  const read = new Map<string, number>();
  return (account: TruthAccount, newest: string): number => {
    const oldest = [...read.keys()].sort()[0] ?? newest;
    const first = addDays(newest, -29) < oldest ? addDays(newest, -29) : oldest;
    let calls = 0;
    for (const day of daysFrom(first, newest)) {
      const age = daysBetween(day, newest) + 1;
      const before = read.get(day);
      const published = account.articles.some((article) => article.publish_date === day);
      const due = account.sparse_curves && age <= 30 ? age : Math.max(...LADDER.filter((step) => step <= age));
      if (before === undefined ? age <= 30 || daysBetween(oldest, day) > 0 : published && before < due) {
        calls += 1;
        read.set(day, age);
      }
    }
    return calls;
  };
}

const healthy = (accounts: TruthAccount[]) =>
  accounts.filter(
    (account) =>
      !["unverified", "rotated_secret", "not_allow_listed", "no_follower_permission"].includes(account.special ?? ""),
  );

async function coverage(county: County, code: string, part: string) {
  const rows = await county.db
    .selectFrom("coverage as c")
    .innerJoin("account as a", "a.id", "c.account_id")
    .select(["c.day", "c.state", "c.code", "c.age"])
    .where("a.code", "=", code)
    .where("c.part", "=", part)
    .orderBy("c.day")
    .execute();
  return new Map(rows.map((row) => [row.day, row]));
}

async function nextDue(county: County, code: string): Promise<string> {
  const row = await county.db
    .selectFrom("visit as v")
    .innerJoin("account as a", "a.id", "v.account_id")
    .select("v.next_due_at")
    .where("a.code", "=", code)
    .where("v.collector", "=", "statistics")
    .executeTakeFirstOrThrow();
  return row.next_due_at.toISOString();
}

test("before the platform is ready the newest day is the day before yesterday, and the visit returns in its morning slot", async (t) => {
  const county = await startCounty(t, { accounts: 20, now: "2026-11-19T23:00:00Z" });
  await county.collect();
  const summary = await coverage(county, "yunxi-fabu", "summary");
  assert.equal([...summary.keys()].at(-1), "2026-11-18");
  assert.equal(summary.get("2026-11-18")?.state, "final");
  const due = await nextDue(county, "yunxi-fabu");
  assert.ok(due >= "2026-11-20T00:05:00" && due < "2026-11-20T00:30:00", due);
});

for (const notReady of ["61503", "is_delay"]) {
  test(`while yesterday is late (${notReady}) the older days are read once, and the visit returns after 10, 20, 40, 60 minutes until noon`, async (t) => {
    const county = await startCounty(t, { accounts: 20, now: "2026-11-20T00:31:00Z" });
    await county.call("settings", { readyAt: "23:00", notReady });
    const code = "yunxi-fabu";
    const dues: string[] = [];
    for (let visit = 0; visit < 6; visit++) {
      const reports = await county.collect([code]);
      assert.equal(reports.get(code)?.outcome, "succeeded");
      assert.equal(reports.get(code)?.delayed, true);
      const summary = await coverage(county, code, "summary");
      assert.equal(summary.get("2026-11-19")?.state, "provisional");
      assert.equal(summary.get("2026-11-18")?.state, "final");
      const due = await nextDue(county, code);
      dues.push(due.slice(11, 16));
      county.clock.now = new Date(due);
    }
    // 08:31 +10 +20 +40 +60 +60 = 11:41; the next hour lies beyond noon, so tomorrow's slot is next.
    assert.deepEqual(dues.slice(0, 5), ["00:41", "01:01", "01:41", "02:41", "03:41"]);
    assert.ok((dues[5] ?? "") >= "00:05" && (dues[5] ?? "") < "00:30");
    const appid = (await county.truth()).find((account) => account.code === code)?.appid;
    const requests = await county.requests(appid);
    assert.equal(requests.getbizsummary, 7, "one a visit, and one for the older days");
    assert.equal(requests.getarticletotaldetail, 29);

    county.clock.now = new Date("2026-11-20T03:45:00Z");
    await county.call("settings", { readyAt: "08:00", notReady });
    await county.resetRequests();
    await county.collect([code]);
    assert.equal((await coverage(county, code, "summary")).get("2026-11-19")?.state, "final");
    assert.equal((await county.requests(appid)).getbizsummary, 1);
  });
}

test("over two weeks each account is asked exactly what the ladder asks, and a pause is caught up in the fewest calls", async (t) => {
  const county = await startCounty(t, { accounts: 20, days: 35, now: "2026-11-01T00:31:00Z" });
  const accounts = healthy(await county.truth());
  const oracles = new Map(accounts.map((account) => [account.code, createOracle()]));
  const visitDays = [...daysFrom("2026-11-01", "2026-11-08"), ...daysFrom("2026-11-14", "2026-11-17")];
  for (const [index, day] of visitDays.entries()) {
    county.clock.now = new Date(`${day}T00:31:00Z`);
    await county.resetRequests();
    await county.collect();
    const truth = new Map((await county.truth()).map((account) => [account.code, account]));
    for (const { code } of accounts) {
      const account = truth.get(code);
      assert.ok(account);
      const requests = await county.requests(account.appid);
      // Before it opened there are no totals, which is asked twice.
      const followerCalls = index === 0 || (index === 1 && code === "data-bureau") ? 5 : 1;
      assert.deepEqual(
        [requests.getbizsummary, requests.getusersummary, requests.getusercumulate, requests.getarticletotaldetail],
        [1, followerCalls, followerCalls, oracles.get(code)?.(account, addDays(day, -1))],
        `${code} on ${day}`,
      );
    }
  }
  for (const { code } of accounts) {
    for (const part of ["summary", "articles", "followers"]) {
      const covered = await coverage(county, code, part);
      const opened = part === "followers" && code === "data-bureau" ? "2026-10-25" : "2026-10-02";
      const open = daysFrom(opened, "2026-11-16").filter((day) => covered.get(day)?.state !== "final");
      assert.deepEqual(open, [], `${code} ${part}`);
    }
  }
});

test("after forty days off the summary is caught up in two calls and no day is missing", async (t) => {
  const county = await startCounty(t, { accounts: 20, days: 35, now: "2026-10-01T00:31:00Z" });
  await county.collect(["yunxi-fabu"]);
  county.clock.now = new Date("2026-11-10T00:31:00Z");
  await county.resetRequests();
  await county.collect(["yunxi-fabu"]);
  const appid = (await county.truth()).find((account) => account.code === "yunxi-fabu")?.appid;
  const requests = await county.requests(appid);
  assert.equal(requests.getbizsummary, 2);
  assert.equal(requests.getusersummary, 6);
  for (const part of ["summary", "articles", "followers"]) {
    const covered = await coverage(county, "yunxi-fabu", part);
    assert.deepEqual(
      daysFrom("2026-09-01", "2026-11-09").filter((day) => covered.get(day)?.state !== "final"),
      [],
      part,
    );
  }
});
