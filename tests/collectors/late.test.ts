import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { daysFrom } from "../../src/calendar.ts";
import { statistics } from "../../src/collectors/statistics/index.ts";
import { visitAccount } from "../../src/collectors/visit.ts";
import { findAccount } from "../../src/store/account.ts";
import { makeDue } from "../../src/store/visit.ts";
import { type County, startCounty } from "../support/county.ts";

async function states(county: County, code: string, part: string): Promise<Map<string, string>> {
  const { rows } = await sql<{ day: string; state: string; code: string | null }>`
    select day, state, code from v_coverage where account = ${code} and part = ${part} order by day`.execute(county.db);
  return new Map(rows.map((row) => [row.day, [row.state, row.code].filter(Boolean).join(" ")]));
}

async function visitOf(county: County, code: string) {
  return await county.db
    .selectFrom("visit as v")
    .innerJoin("account as a", "a.id", "v.account_id")
    .selectAll("v")
    .where("a.code", "=", code)
    .where("v.collector", "=", "statistics")
    .executeTakeFirstOrThrow();
}

async function accountOf(county: County, code: string) {
  const account = await findAccount(county.db, code);
  assert.ok(account);
  return account;
}

for (const api of ["getarticletotaldetail", "getbizsummary"]) {
  test(`a catch-up of 45 days that ${api}'s quota cuts short is taken up again without a hole`, async (t) => {
    const county = await startCounty(t, { accounts: 20, now: "2026-10-01T00:31:00Z" });
    const code = "yunxi-fabu";
    await county.collect([code]);
    const appid = (await accountOf(county, code)).appId;
    county.clock.now = new Date("2026-11-15T00:31:00Z");
    await county.call("settings", { dailyQuota: { [api]: 1 } });
    assert.equal((await county.collect([code])).get(code)?.error?.code, "45009");
    assert.ok(((await county.requests(appid))[api] ?? 0) > 1);
    await county.call("settings", { dailyQuota: {} });
    for (const day of ["16", "17"]) {
      county.clock.now = new Date(`2026-11-${day}T00:35:00Z`);
      await county.collect([code]);
    }
    for (const part of ["summary", "articles", "followers"]) {
      const covered = await states(county, code, part);
      const open = daysFrom("2026-09-02", "2026-11-16").filter((day) => covered.get(day) !== "final");
      assert.deepEqual(open, [], part);
    }
  });
}

for (const mode of ["61503", "is_delay"]) {
  test(`a platform that is late with every day (${mode}) for three mornings publishes no zero`, async (t) => {
    const county = await startCounty(t, {
      accounts: 22,
      now: "2026-11-18T00:31:00Z",
      edit: ({ api, answer }) => {
        if (api !== "getbizsummary") return;
        if (mode === "is_delay") Object.assign(answer, { list: [], is_delay: true });
        else Object.assign(answer, { list: undefined, is_delay: undefined, errcode: 61503, errmsg: "data not ready" });
      },
    });
    for (const day of [18, 19, 20]) {
      county.clock.now = new Date(`2026-11-${day}T00:31:00Z`);
      await county.collect(["police", "archives"]);
    }
    for (const code of ["police", "archives"]) {
      assert.ok(![...(await states(county, code, "summary")).values()].includes("final"), code);
      const { rows } = await sql<{ readers: number | null }>`
        select readers_7d as readers from v_account where account = ${code}
        union all select readers from v_account_day where account = ${code}`.execute(county.db);
      assert.ok(
        rows.every((row) => row.readers === null),
        code,
      );
    }
  });
}

test("while only the articles of yesterday are late, a retry asks for them alone", async (t) => {
  let late = false;
  const county = await startCounty(t, {
    accounts: 20,
    now: "2026-11-19T00:31:00Z",
    edit: ({ api, answer }) => {
      if (late && api === "getarticletotaldetail") answer.is_delay = true;
    },
  });
  const code = "yunxi-fabu";
  await county.collect([code]);
  late = true;
  county.clock.now = new Date("2026-11-20T00:31:00Z");
  await county.collect([code]);
  for (let retry = 0; retry < 3; retry++) {
    county.clock.now = (await visitOf(county, code)).next_due_at;
    await county.resetRequests();
    await county.collect([code]);
    assert.deepEqual(await county.requests(), { getarticletotaldetail: 1 });
  }
});

test("a new late morning starts with the short distance again", async (t) => {
  const county = await startCounty(t, { accounts: 20, now: "2026-11-20T02:31:00Z" });
  await county.call("settings", { readyAt: "23:00" });
  const minutes: number[] = [];
  for (let visit = 0; visit < 5; visit++) {
    await county.collect(["yunxi-fabu"]);
    const { next_due_at: due } = await visitOf(county, "yunxi-fabu");
    minutes.push((due.getTime() - county.clock.now.getTime()) / 60_000);
    county.clock.now = due;
  }
  // 10:31 +10 +20 +40 = 11:41, then the next morning's slot, then ten minutes again.
  assert.deepEqual([...minutes.slice(0, 3), minutes[4]], [10, 20, 40, 10]);
});

test("an empty answer is not confirmed by a second one in the same night", async (t) => {
  const county = await startCounty(t, {
    accounts: 20,
    now: "2026-11-20T15:50:00Z",
    edit: ({ api, answer }) => {
      if (api === "getbizsummary" || api === "getarticletotaldetail") answer.list = [];
    },
  });
  await county.collect(["yunxi-fabu"]);
  county.clock.now = new Date("2026-11-20T16:10:00Z");
  await county.collect(["yunxi-fabu"]);
  assert.deepEqual(new Set((await states(county, "yunxi-fabu", "summary")).values()), new Set(["provisional empty"]));
});

test("a day that is missing everywhere is final for nobody, not even for the slow and the late, and no current value keeps it", async (t) => {
  const county = await startCounty(t, {
    accounts: 24,
    now: "2026-11-19T00:31:00Z",
    edit: ({ api, request, answer }) => {
      if (api === "getbizsummary") answer.list = answer.list?.filter((row) => row.ref_date !== "2026-11-19") ?? [];
      if (api === "getarticletotaldetail" && request.begin_date === "2026-11-19") answer.list = [];
    },
  });
  await county.collect();
  county.clock.now = new Date("2026-11-20T00:31:00Z");
  const [straggler = "", ...others] = county.codes.slice().reverse();
  // One after the other: the first ones cannot know yet that the day is missing for all.
  for (const code of others) await county.collect([code]);
  county.clock.now = new Date("2026-11-20T06:00:00Z");
  await county.collect([straggler]);
  const { rows } = await sql<{ account: string }>`
    select account from v_coverage where part = 'summary' and day = '2026-11-19' and state = 'final'
    union select a.code from account a join account_current c on c.account_id = a.id
      where c.window_end >= '2026-11-19'`.execute(county.db);
  assert.deepEqual(rows, []);
});

test("credentials that change while a visit runs end it, and the next one is due at once", async (t) => {
  const county = await startCounty(t, { accounts: 20, now: "2026-11-20T00:31:00Z" });
  const account = await accountOf(county, "yunxi-fabu");
  await county.call("settings", { latencyMs: 20 });
  const visit = visitAccount(county.context, statistics, account, { signal: new AbortController().signal });
  while (((await county.requests()).getarticletotaldetail ?? 0) < 3)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await makeDue(county.db, account.id, county.clock.now);
  assert.equal((await visit).outcome, "interrupted");
  assert.ok((await visitOf(county, "yunxi-fabu")).next_due_at <= county.clock.now);
  assert.equal((await county.collect()).get("yunxi-fabu")?.outcome, "succeeded");
});

test("a visit whose closing fails is seen, and comes back with growing distance", async (t) => {
  const county = await startCounty(t, { accounts: 20, now: "2026-11-20T00:31:00Z" });
  const observed: (string | null)[] = [];
  const observeVisit = ({ code }: { code: string | null }) => void observed.push(code);
  const broken = { ...county.context, ruleSets: new Map(), observeVisit };
  const account = await accountOf(county, "yunxi-fabu");
  const distances: number[] = [];
  for (let visit = 0; visit < 2; visit++) {
    const report = await visitAccount(broken, statistics, account, { signal: new AbortController().signal });
    assert.deepEqual([report.outcome, report.error?.code], ["failed", "internal"]);
    const row = await visitOf(county, "yunxi-fabu");
    assert.equal(row.error_code, "internal");
    distances.push((row.next_due_at.getTime() - county.clock.now.getTime()) / 60_000);
  }
  assert.deepEqual(distances, [10, 20]);
  assert.deepEqual(observed, ["internal", "internal"]);
});

test("an empty article list of a doubtful morning is not evidence: it is read again with the day", async (t) => {
  let morning = 1;
  const county = await startCounty(t, {
    accounts: 24,
    now: "2026-11-19T00:31:00Z",
    edit: ({ api, request, answer }) => {
      const missing = api === "getbizsummary" && morning <= 2;
      if (missing) answer.list = answer.list?.filter((row) => row.ref_date !== "2026-11-19") ?? [];
      if (api === "getarticletotaldetail" && morning === 1 && request.begin_date === "2026-11-19") answer.list = [];
    },
  });
  await county.collect();
  county.clock.now = new Date("2026-11-20T00:31:00Z");
  await county.collect();
  morning = 2;
  county.clock.now = new Date("2026-11-21T00:31:00Z");
  await county.collect();
  const truth = (await county.truth()).find((account) => account.code === "police");
  const published = truth?.articles.filter((article) => article.publish_date === "2026-11-19").length ?? 0;
  assert.ok(published > 0);
  assert.equal((await states(county, "police", "summary")).get("2026-11-19"), "provisional no_row");
  const { rows } = await sql`
    select article from v_article where account = 'police' and publish_date = '2026-11-19'`.execute(county.db);
  assert.equal(rows.length, published);
});
