import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { addDays, dayOf, daysFrom } from "../../src/calendar.ts";
import { backfillAccount, backfillTarget } from "../../src/cli/backfillAccount.ts";
import { listVisitedAccounts } from "../../src/store/account.ts";
import { assertSentence, commands, countyEnvironment, documentOf } from "../support/cli.ts";
import { type County, type CountyOptions, startCounty } from "../support/county.ts";

const CODE = "yunxi-fabu";
const NOW = "2026-04-01T00:31:00Z";
const FROM = "2025-12-01";
/** The daily visits begin the day after. */
const TO = "2026-03-01";
const DAYS = daysFrom(FROM, TO).length;
const CALLS = DAYS + Math.ceil(DAYS / 30) + 2 * Math.ceil(DAYS / 7);

/** A county with months of history, and the publish days that are asked for. */
async function startOldCounty(t: TestContext, options: CountyOptions = {}) {
  const asked: string[] = [];
  const hooks = { onArticles: (_day: string): void => undefined };
  const county = await startCounty(t, {
    ...{ accounts: 2, days: 130, now: NOW, ...options },
    edit: ({ api, request }) => {
      if (api !== "getarticletotaldetail") return;
      asked.push(String(request.begin_date));
      hooks.onArticles(String(request.begin_date));
    },
  });
  return { county, asked, hooks };
}

async function backfill(county: County, { code = CODE, from = FROM, signal = new AbortController().signal } = {}) {
  const account = (await listVisitedAccounts(county.db)).find((candidate) => candidate.code === code);
  assert.ok(account, code);
  const target = await backfillTarget(county.context, account, from);
  return await backfillAccount(county.context, target, { signal, onRequests: () => undefined });
}

async function statisticsVisit(county: County) {
  const { rows } = await sql<{ row: Record<string, unknown> }>`
    select row_to_json(v)::jsonb - 'epoch' - 'started_at' as row from visit v join account a on a.id = v.account_id
    where a.code = ${CODE} and v.collector = 'statistics'`.execute(county.db);
  return rows[0]?.row;
}

async function assertTruth(county: County, from: string, to: string): Promise<void> {
  const truth = (await county.truth()).find((account) => account.code === CODE) ?? assert.fail(CODE);
  const { rows: days } = await sql<Record<string, unknown>>`
    select stat_date, readers, articles_published, followers, followers_gained, followers_lost, provisional
    from v_account_day where account = ${CODE} and stat_date between ${from} and ${to} order by 1`.execute(county.db);
  assert.deepEqual(
    days,
    truth.days
      .filter(({ date }) => date >= from && date <= to)
      .map(({ date, summary, followers, gained, lost }) => ({
        stat_date: date,
        readers: summary?.read_user ?? 0,
        articles_published: summary?.send_page_count ?? 0,
        ...{ followers, followers_gained: gained, followers_lost: lost, provisional: false },
      })),
  );
  const { rows: articles } = await sql<{ article: string; readers: number; likes: number }>`
    select article, readers, likes from v_article
    where account = ${CODE} and publish_date between ${from} and ${to} order by article collate "C"`.execute(county.db);
  const expected = truth.articles
    .filter(({ publish_date }) => publish_date >= from && publish_date <= to)
    .map(({ msgid, curve }) => ({ article: msgid, readers: curve.at(-1)?.read_user, likes: curve.at(-1)?.like_user }))
    .sort((a, b) => (a.article < b.article ? -1 : 1));
  assert.deepEqual(articles, expected);
}

test("the history comes newest first, in the fewest calls and once, and the daily visits ask no more than before", async (t) => {
  const { county, asked } = await startOldCounty(t);
  await county.collect();
  const before = await statisticsVisit(county);
  asked.length = 0;
  const result = await backfill(county);
  assert.deepEqual(result, {
    ...{ account: CODE, from: FROM, days: DAYS, calls: CALLS, state: "complete", code: null, reason: null },
  });
  assert.deepEqual(asked, daysFrom(FROM, TO).reverse());
  assert.deepEqual(await statisticsVisit(county), before, "the daily visit's time and outcome");
  await assertTruth(county, FROM, "2026-03-31");

  await county.resetRequests();
  const again = await backfill(county);
  assert.deepEqual([again.state, again.days, again.calls], ["complete", 0, 0]);
  assert.deepEqual(await county.requests(), {});
  const earlier = await backfill(county, { from: addDays(FROM, -3) });
  assert.deepEqual([earlier.days, earlier.calls], [3, 6]);

  const { county: twin } = await startOldCounty(t);
  await twin.collect();
  for (const each of [county, twin]) await each.resetRequests();
  for (const now of ["2026-04-02T00:31:00Z", "2026-04-04T00:31:00Z"]) {
    for (const each of [county, twin]) {
      each.clock.now = new Date(now);
      await each.collect([CODE]);
    }
  }
  const { stable_token: _, ...requests } = await county.requests();
  const { stable_token: __, ...expected } = await twin.requests();
  assert.deepEqual(requests, expected);
});

test("stopped in the middle it gives the lease and the calls back, and goes on from there", async (t) => {
  const { county, asked, hooks } = await startOldCounty(t);
  await county.collect();
  const before = await statisticsVisit(county);
  asked.length = 0;
  const stop = new AbortController();
  hooks.onArticles = (day) => {
    if (day === "2026-01-17") stop.abort();
  };
  await assert.rejects(backfill(county, { signal: stop.signal }), { name: "AbortError" });
  assert.deepEqual(await statisticsVisit(county), before);
  const appid = (await county.truth()).find((account) => account.code === CODE)?.appid ?? "";
  const requests = await county.requests(appid);
  const { rows } = await sql<{ api: string; used: number }>`
    select api, used from api_budget where app_id = ${appid}`.execute(county.db);
  for (const { api, used } of rows) assert.equal(used, requests[api], api);

  hooks.onArticles = () => undefined;
  assert.equal((await backfill(county)).state, "complete");
  assert.deepEqual(
    asked.filter((day) => day !== "2026-01-17"),
    daysFrom(FROM, TO)
      .reverse()
      .filter((day) => day !== "2026-01-17"),
  );
  assert.ok(asked.filter((day) => day === "2026-01-17").length <= 2, "the answer that was on its way");
  await assertTruth(county, FROM, "2026-03-31");
});

test("it stays within the day's budget, leaves the daily visit its share, and goes on the next day", async (t) => {
  const { county } = await startOldCounty(t);
  await county.call("settings", { dailyQuota: { getarticletotaldetail: 60 } });
  await county.collect([CODE], "profile");
  // 30 for the daily visit, which was due, and what is left for the history.
  const first = await backfill(county);
  assert.deepEqual([first.state, first.code, first.days], ["budget", "budget", 30]);
  assert.match(first.reason ?? "", /\p{Script=Han}/u);
  // 07:30: the daily visit is still to come.
  county.clock.now = new Date("2026-04-01T23:30:00Z");
  const second = await backfill(county);
  assert.deepEqual([second.state, second.days], ["budget", 30]);
  county.clock.now = new Date("2026-04-02T00:31:00Z");
  const daily = (await county.collect([CODE])).get(CODE);
  assert.equal(daily?.outcome, "succeeded");
  const third = await backfill(county);
  assert.equal(third.days > 15 && third.days < 31, true, `${third.days}`);
  county.clock.now = new Date("2026-04-03T00:31:00Z");
  assert.equal((await backfill(county)).state, "complete");
  const { rows } = (await county.call("requests")) as { rows: { errors: Record<string, number> }[] };
  assert.ok(rows.every(({ errors }) => errors["45009"] === undefined));
  await assertTruth(county, FROM, TO);
});

test("beside the daily visit nothing is asked twice, and faults of days are left to a later run", async (t) => {
  const { county, asked, hooks } = await startOldCounty(t);
  const appid = (await county.truth()).find((account) => account.code === CODE)?.appid;
  hooks.onArticles = (day) => {
    if (day !== "2026-02-02") return;
    void county.call("faults", { api: "getarticletotaldetail", appid, count: 1, fault: { errcode: 99999 } });
  };
  const [result] = await Promise.all([backfill(county), county.collect([CODE])]);
  assert.deepEqual([result.state, result.code, result.days], ["failed", "99999", DAYS - 1]);
  assert.deepEqual(asked.slice().sort(), daysFrom(FROM, "2026-03-31"));
  const visit = await statisticsVisit(county);
  assert.deepEqual([visit?.error_code, visit?.failures], [null, 0]);

  hooks.onArticles = () => undefined;
  county.clock.now = new Date("2026-04-01T00:45:00Z");
  asked.length = 0;
  const again = await backfill(county);
  assert.deepEqual([again.state, again.days, asked.length], ["complete", 1, 1]);
  await assertTruth(county, FROM, "2026-03-31");
});

test("an account that cannot be seen fails with its own fault", async (t) => {
  const county = await startCounty(t, { accounts: 9, days: 130, now: NOW });
  for (const [code, fault] of [
    ["town-baiyun", "48001"],
    ["water", "40125"],
  ] as const) {
    // First the daily visit finds it out; then nothing is due.
    for (const round of [1, 2]) {
      const result = await backfill(county, { code });
      assert.deepEqual([result.state, result.code, result.days], ["failed", fault, 0], `${code} ${round}`);
      assert.match(result.reason ?? "", /\p{Script=Han}/u);
    }
  }
});

test("the command prints one document, says where the history begins, and refuses days that are none", async (t) => {
  const county = await startCounty(t, { accounts: 2, days: 50 });
  const run = commands(t, await countyEnvironment(county));
  const from = addDays(dayOf(new Date()), -40);
  const first = await run(["backfill", "--from", from, "--json"]);
  const { accounts } = documentOf<{ accounts: { account: string; days: number; state: string; from: string }[] }>(
    first,
  );
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(
    accounts.map(({ account, days, state, from: start }) => [account, days, state, start]),
    ["archives", CODE].map((code) => [code, 10, "complete", from]),
  );
  await county.resetRequests();
  const second = await run(["backfill", "--from", "2020-01-01", "--account", "archives"]);
  assert.match(second.stderr, /no figures before 2025-11-01/);
  assert.match(second.stdout, /1 accounts, \d+ days read/);

  const unknown = await run(["backfill", "--from", from, "--account", "nobody", "--json"]);
  assertSentence(unknown, /no account nobody/);
  for (const [day, expected] of [
    ["2026-02-30", /YYYY-MM-DD/],
    ["2999-01-01", /not in the future/],
  ] as const) {
    const refused = await run(["backfill", "--from", day]);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, expected);
  }
  assert.equal((await run(["backfill"])).code, 2);
});
