import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { type County, startCounty } from "../support/county.ts";

interface Judgement {
  last_published_at: Date | null;
  publish_deadline_at: Date | null;
  statistics_as_of: Date | null;
}

async function judgement(county: County, code: string): Promise<Judgement> {
  const { rows } = await sql<Judgement>`
    select last_published_at, publish_deadline_at, statistics_as_of from v_account where account = ${code}`.execute(
    county.db,
  );
  assert.ok(rows[0]);
  return rows[0];
}

/** Everything that was stored of the account's figures, as text. */
async function figures(county: County, code: string): Promise<string> {
  const { rows } = await sql<{ row: string }>`
    select 'day ' || row_to_json(d)::text as row from account_day d join account a on a.id = d.account_id where a.code = ${code}
    union all select 'article ' || row_to_json(d)::text from article d join account a on a.id = d.account_id where a.code = ${code}
    union all select 'curve ' || row_to_json(d)::text from article_day d join account a on a.id = d.account_id where a.code = ${code}
    union all select 'followers ' || row_to_json(d)::text from followers d join account a on a.id = d.account_id where a.code = ${code}
    order by 1`.execute(county.db);
  return rows.map((row) => row.row.replaceAll(/"first_seen_at":"[^"]+"/g, "")).join("\n");
}

async function newestCoverage(county: County, code: string): Promise<Record<string, string>> {
  const { rows } = await sql<{ part: string; state: string; code: string | null }>`
    select distinct on (part) part, state, code from v_coverage where account = ${code} order by part, day desc`.execute(
    county.db,
  );
  return Object.fromEntries(rows.map((row) => [row.part, [row.state, row.code].filter(Boolean).join(" ")]));
}

const FAULTS: [name: string, fault: unknown, code: string | RegExp][] = [
  ["the platform says it is busy", { errcode: -1 }, "-1"],
  ["the quota is used up", { errcode: 45009 }, "45009"],
  ["the calls come too fast", { errcode: 45011 }, "45011"],
  ["an error number that nobody documented", { errcode: 99999 }, "99999"],
  ["the account is frozen", { errcode: 50007 }, "50007"],
  ["a bad gateway", { status: 502, html: true }, "http_502"],
  ["a page instead of JSON", "html", /not_json/],
  ["half an answer", "truncated", /not_json|truncated/],
  ["garbage", "garbage", /not_json/],
  ["a body without end", "oversized", "too_large"],
];

for (const api of ["getbizsummary", "getarticletotaldetail"]) {
  test(`no fault of ${api} writes a figure, moves a deadline or touches another account`, async (t) => {
    const county = await startCounty(t, { accounts: 22, now: "2026-11-20T00:31:00Z" });
    await county.collect();
    const code = "archives";
    const other = "media-centre";
    const appid = (await county.truth()).find((account) => account.code === code)?.appid;
    const stored = await figures(county, code);
    const before = await judgement(county, code);

    county.clock.now = new Date("2026-11-21T00:31:00Z");
    for (const [name, fault, expected] of FAULTS) {
      await county.call("faults", { api, appid, probability: 1, fault });
      const reports = await county.collect([code, other]);
      const report = reports.get(code);
      assert.equal(report?.outcome, "failed", name);
      if (typeof expected === "string") assert.equal(report?.error?.code, expected, name);
      else assert.match(report?.error?.code ?? "", expected, name);
      assert.match(report?.error?.reason ?? "", /\p{Script=Han}/u, name);
      assert.equal(reports.get(other)?.outcome, "succeeded", name);
      assert.deepEqual(
        { ...(await judgement(county, code)), statistics_as_of: null },
        { ...before, statistics_as_of: null },
        name,
      );
      const part = api === "getbizsummary" ? "summary" : "articles";
      assert.match((await newestCoverage(county, code))[part] ?? "", /^failed/, name);
      await county.clearFaults();
      await sql`delete from api_budget`.execute(county.db);
    }
    const settled = stored.split("\n").filter((row) => !row.startsWith("followers"));
    const now = new Set((await figures(county, code)).split("\n"));
    assert.deepEqual(
      settled.filter((row) => !now.has(row) && !row.startsWith("curve")),
      [],
      "what was known is still there",
    );

    const healed = await county.collect([code]);
    assert.equal(healed.get(code)?.outcome, "succeeded");
    assert.equal((await judgement(county, code)).statistics_as_of?.toISOString(), "2026-11-20T16:00:00.000Z");
  });
}

test("an empty answer to an account that had figures is the platform's fault: asked again, nothing lost", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: "2026-11-20T00:31:00Z" });
  await county.collect();
  const before = await judgement(county, "police");
  county.clock.now = new Date("2026-11-21T00:31:00Z");
  await county.call("faults", { api: "getbizsummary", probability: 1, fault: "empty_list" });
  const report = (await county.collect(["police"])).get("police");
  assert.equal(report?.delayed, true);
  assert.deepEqual(await judgement(county, "police"), before);
  await county.clearFaults();
  county.clock.now = new Date("2026-11-21T00:45:00Z");
  await county.collect();
  assert.equal((await judgement(county, "police")).statistics_as_of?.toISOString(), "2026-11-20T16:00:00.000Z");
});

test("an account of which the platform says nothing at all is believed on the second morning", async (t) => {
  const county = await startCounty(t, {
    accounts: 22,
    now: "2026-11-20T00:31:00Z",
    edit: ({ api, answer }) => {
      if (api === "getbizsummary" || api === "getarticletotaldetail") answer.list = [];
    },
  });
  await county.collect(["police"]);
  assert.equal((await newestCoverage(county, "police")).summary, "provisional empty");
  assert.deepEqual(await judgement(county, "police"), {
    last_published_at: null,
    publish_deadline_at: null,
    statistics_as_of: null,
  });
  county.clock.now = new Date("2026-11-21T00:31:00Z");
  await county.collect(["police"]);
  const second = await judgement(county, "police");
  assert.equal(
    second.statistics_as_of?.toISOString(),
    "2026-11-19T16:00:00.000Z",
    "the first morning's days, not the new one",
  );
  // 30 days from the second morning: the first morning's oldest day was not repeated.
  assert.equal(second.publish_deadline_at?.toISOString(), "2026-11-04T16:00:00.000Z");
});

test("a day that is missing for most active accounts at once stays provisional until the next morning repeats it", async (t) => {
  let drop = true;
  const county = await startCounty(t, {
    accounts: 24,
    now: "2026-11-20T00:31:00Z",
    edit: ({ api, request, answer }) => {
      if (api === "getbizsummary" && drop)
        answer.list = answer.list?.filter((row) => row.ref_date !== "2026-11-19") ?? [];
      if (api === "getarticletotaldetail" && drop && request.begin_date === "2026-11-19") answer.list = [];
    },
  });
  await county.collect();
  const { rows } = await sql<{ state: string; code: string; accounts: number }>`
    select state, code, count(*)::integer as accounts from v_coverage
    where part = 'summary' and day = '2026-11-19' and state <> 'failed' group by 1, 2`.execute(county.db);
  assert.ok(!rows.some((row) => row.state === "final"), JSON.stringify(rows));
  assert.ok(
    rows.some((row) => row.code === "empty_everywhere" && row.accounts > 10),
    JSON.stringify(rows),
  );
  drop = false;
  county.clock.now = new Date("2026-11-21T00:31:00Z");
  await county.collect();
  const truth = (await county.truth()).find((account) => account.code === "police");
  const day = await sql<{ readers: number; articles_published: number; provisional: boolean }>`
    select readers, articles_published, provisional from v_account_day where account = 'police' and stat_date = '2026-11-19'`.execute(
    county.db,
  );
  const expected = truth?.days.find((row) => row.date === "2026-11-19")?.summary;
  assert.deepEqual(day.rows[0], {
    readers: expected?.read_user,
    articles_published: expected?.send_page_count,
    provisional: false,
  });
});

test("articles that the summary counts and the list leaves out are asked for at ages 2, 3, 5 and 7, and the count stands", async (t) => {
  const asked: string[] = [];
  const county = await startCounty(t, {
    accounts: 22,
    now: "2026-11-02T00:31:00Z",
    edit: ({ api, request, answer }) => {
      if (api !== "getarticletotaldetail" || request.begin_date !== "2026-11-01") return;
      answer.list = [];
    },
  });
  await county.call("publish", {
    appid: (await county.truth()).find((a) => a.code === "police")?.appid,
    articles: 2,
    at: "2026-11-01T02:00:00Z",
  });
  for (let day = 2; day <= 12; day++) {
    county.clock.now = new Date(`2026-11-${String(day).padStart(2, "0")}T00:31:00Z`);
    await county.resetRequests();
    await county.collect(["police"]);
    const { rows } = await sql<{ fetched_at: Date; state: string }>`
      select fetched_at, state from v_coverage where account = 'police' and part = 'articles' and day = '2026-11-01'`.execute(
      county.db,
    );
    if (rows[0]?.fetched_at.getTime() === county.clock.now.getTime()) asked.push(String(day - 1));
  }
  assert.deepEqual(asked, ["1", "2", "3", "5", "7"]);
  const { rows } = await sql<{ articles_published: number }>`
    select articles_published from v_account_day where account = 'police' and stat_date = '2026-11-01'`.execute(
    county.db,
  );
  assert.ok((rows[0]?.articles_published ?? 0) >= 2);
});

test("a budget that is used up closes one API for one account until midnight, and a minute limit for a minute", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: "2026-11-20T00:31:00Z" });
  const appid = (await county.truth()).find((account) => account.code === "police")?.appid;
  await county.call("faults", { api: "getarticletotaldetail", appid, count: 1, fault: { errcode: 45009 } });
  await county.collect();
  assert.equal((await county.requests(appid)).getarticletotaldetail, 1, "no further call to the closed API");
  assert.equal((await county.requests(appid)).getusersummary, 5, "the other APIs go on");
  await county.resetRequests();
  county.clock.now = new Date("2026-11-20T15:59:00Z");
  const closed = (await county.collect(["police"])).get("police");
  assert.deepEqual([closed?.outcome, closed?.error?.code], ["failed", "45009"]);
  assert.equal((await county.requests(appid)).getarticletotaldetail, undefined);
  county.clock.now = new Date("2026-11-20T16:30:00Z");
  const open = (await county.collect()).get("police");
  assert.equal(open?.outcome, "succeeded");

  await county.call("faults", { api: "getbizsummary", appid, count: 1, fault: { errcode: 45011 } });
  county.clock.now = new Date("2026-11-21T00:31:00Z");
  assert.equal((await county.collect(["police"])).get("police")?.error?.code, "45011");
  await county.resetRequests();
  county.clock.now = new Date("2026-11-21T00:31:30Z");
  await county.collect(["police"]);
  assert.equal((await county.requests(appid)).getbizsummary, undefined);
  county.clock.now = new Date("2026-11-21T00:32:01Z");
  assert.equal((await county.collect(["police"])).get("police")?.outcome, "succeeded");
});

test("a refused part is asked again after a week, and at once when the account's summary opens", async (t) => {
  const county = await startCounty(t, { accounts: 22, now: "2026-11-01T00:31:00Z" });
  const appids = new Map((await county.truth()).map((account) => [account.code, account.appid]));
  const asked: Record<string, string[]> = { market: [], "town-baiyun": [] };
  for (let day = 1; day <= 9; day++) {
    county.clock.now = new Date(`2026-11-0${day}T00:31:00Z`);
    if (day === 5) await county.call("account", { appid: appids.get("town-baiyun"), set: { verified: true } });
    await county.resetRequests();
    await county.collect();
    for (const [code, days] of Object.entries(asked)) {
      if ((await county.requests(appids.get(code))).getusersummary) days.push(String(day));
    }
  }
  assert.deepEqual(asked.market, ["1", "8"]);
  assert.deepEqual(asked["town-baiyun"], ["1", "5", "6", "7", "8", "9"]);
});
