import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { addDays, dayOf } from "../../src/calendar.ts";
import { commands, countyEnvironment, documentOf, ROOT, startCommand } from "../support/cli.ts";
import { type County, startCounty, waitFor } from "../support/county.ts";
import { REPLY_APIS } from "../support/needed.ts";
import { startProcess } from "../support/process.ts";

interface Visit {
  account: string;
  department: string;
  collector: string;
  outcome: string;
  code: string | null;
  reason: string | null;
  detail: string | null;
}

interface Visits {
  visits: Visit[];
}

const FAULTS: Record<string, { code: string; remedy: RegExp }> = {
  unverified: { code: "48001", remedy: /认证.*权限/ },
  rotated_secret: { code: "40125", remedy: /重置 AppSecret/ },
  not_allow_listed: { code: "40164", remedy: /白名单/ },
};

/** Codes of the accounts with this speciality. */
async function special(county: County, name: string): Promise<{ code: string; appid: string; secret: string }> {
  const account = (await county.truth()).find((candidate) => candidate.special === name);
  assert.ok(account, name);
  return account;
}

async function coverage(county: County) {
  const { rows } = await sql<{ account: string; part: string; state: string; code: string | null }>`
    select distinct account, part, state, code from v_coverage where collector = 'statistics'`.execute(county.db);
  return rows;
}

const leased = (county: County) =>
  county.db.selectFrom("visit").select("account_id").where("lease_id", "is not", null).execute();

test("collect lists every visit, and each blind account says its own fault in Chinese with the remedy", async (t) => {
  const county = await startCounty(t);
  const env = await countyEnvironment(county);
  const run = commands(t, env);
  const first = await run(["collect", "--json"]);
  assert.equal(first.code, 1);
  const all = documentOf<Visits>(first).visits;
  // The pages of articles are left to the daemon, for they come one by one.
  for (const collector of ["statistics", "publications", "profile", "replies"]) {
    const own = all.filter((visit) => visit.collector === collector).map((visit) => visit.account);
    assert.deepEqual(own.sort(), county.codes.slice().sort(), collector);
  }
  assert.equal(all.length, 4 * 45);
  const visits = all.filter((visit) => visit.collector === "statistics");

  const states = await coverage(county);
  const blind = new Map<string, string>();
  for (const [name, { code, remedy }] of Object.entries(FAULTS)) {
    const account = await special(county, name);
    blind.set(account.code, code);
    const visit = visits.find((candidate) => candidate.account === account.code);
    assert.deepEqual([visit?.outcome, visit?.code], ["failed", code], name);
    assert.match(visit?.reason ?? "", /\p{Script=Han}/u);
    assert.match(visit?.reason ?? "", remedy);
    assert.doesNotMatch(visit?.detail ?? "", /\p{Script=Han}/u);
    const own = states.filter((row) => row.account === account.code);
    assert.ok(own.length > 0, name);
    const state = name === "unverified" ? "unavailable" : "failed";
    assert.deepEqual([...new Set(own.map((row) => `${row.state} ${row.code}`))], [`${state} ${code}`], name);
  }
  const partial = await special(county, "no_follower_permission");
  for (const visit of visits.filter((candidate) => !blind.has(candidate.account))) {
    const code = visit.account === partial.code ? "48001" : null;
    assert.deepEqual([visit.outcome, visit.code], ["succeeded", code], visit.account);
    assert.equal(visit.reason === null, code === null, visit.account);
    const own = states.filter((row) => row.account === visit.account && ["failed", "unavailable"].includes(row.state));
    const expected = visit.account === partial.code ? ["followers unavailable 48001"] : [];
    assert.deepEqual(
      own.map((row) => `${row.part} ${row.state} ${row.code}`),
      expected,
      visit.account,
    );
  }
  assert.equal((await leased(county)).length, 0);

  await county.resetRequests();
  const second = await run(["collect", "--json"]);
  // The slots of the publications list and of replies are spread over the day, and the figures of replies are made anew
  // every few minutes: one may have come meanwhile.
  const spread = ["publications", "replies", "figures"];
  const due = documentOf<Visits>(second).visits.filter((visit) => !spread.includes(visit.collector));
  assert.deepEqual(due, []);
  assert.equal(second.code, 0);
  const ofSlots = ["freepublish_batchget", "stable_token", ...REPLY_APIS];
  const asked = Object.keys(await county.requests()).filter((api) => !ofSlots.includes(api));
  assert.deepEqual(asked, []);

  // Mended on the platform: a named visit finds out though neither the visit nor the permission is due to be asked.
  const unverified = await special(county, "unverified");
  await county.call("account", { appid: unverified.appid, set: { verified: true } });
  await county.call("account", { appid: partial.appid, set: { permissions: { followers: true } } });
  const mended = await run(["collect", "--account", unverified.code, "--json"]);
  assert.deepEqual(
    documentOf<Visits>(mended).visits.map(({ account, collector, outcome }) => [account, collector, outcome]),
    ["profile", "publications", "replies", "statistics"].map((collector) => [unverified.code, collector, "succeeded"]),
  );
  assert.equal(mended.code, 0);
  const human = await run(["collect", "--account", partial.code]);
  assert.equal(human.code, 0);
  assert.match(human.stdout, /4 visits, 0 failed/);
  const after = await coverage(county);
  for (const code of [unverified.code, partial.code]) {
    const followers = after.filter((row) => row.account === code && row.part === "followers");
    assert.ok(followers.some((row) => row.state === "final"));
  }
});

test("collect works beside a running collector: what that one is visiting is waited for, not asked twice", async (t) => {
  const county = await startCounty(t, { accounts: 3 });
  const env = await countyEnvironment(county);
  const baseline = await requestsOfOneSweep(t, county);
  await county.call("settings", { latencyMs: 40 });
  const first = startCommand(t, ["collect", "--collector", "statistics", "--json"], { env });
  await waitFor("the first collector to work", async () => (await leased(county)).length === 3);
  const second = startCommand(t, ["collect", "--collector", "statistics", "--json"], { env });
  const codes = [(await first.exit).code, (await second.exit).code];
  assert.deepEqual(codes, [0, 0], first.stderr() + second.stderr());
  for (const running of [first, second]) {
    const { visits } = documentOf<Visits>({ code: 0, stdout: running.stdout(), stderr: running.stderr() });
    assert.deepEqual(
      visits.map((visit) => visit.outcome),
      ["succeeded", "succeeded", "succeeded"],
    );
  }
  assert.deepEqual(await county.requests(), baseline);
});

test("an interrupted collect leaves its visits due and no lease behind", async (t) => {
  const county = await startCounty(t, { accounts: 3 });
  const env = await countyEnvironment(county);
  await county.call("settings", { latencyMs: 100 });
  const running = startCommand(t, ["collect", "--collector", "statistics", "--json"], { env });
  await waitFor("requests", async () => ((await county.requests()).getarticletotaldetail ?? 0) > 3);
  const startedAt = performance.now();
  const { code, signal } = await running.kill("SIGINT");
  assert.deepEqual([code, signal], [1, null]);
  assert.ok(performance.now() - startedAt < 5_000);
  assert.match(running.stderr(), /interrupted/);
  assert.match(JSON.parse(running.stdout()).error, /^interrupted/);
  assert.equal((await leased(county)).length, 0);
  const visits = await county.db.selectFrom("visit").selectAll().where("collector", "=", "statistics").execute();
  assert.equal(visits.length, 3);
  for (const visit of visits) {
    assert.ok(visit.next_due_at <= new Date());
    assert.deepEqual([visit.failures, visit.error_code], [0, null]);
  }
  await county.call("settings", { latencyMs: 0 });
  const rest = await commands(t, env)(["collect", "--json"]);
  assert.equal(documentOf<Visits>(rest).visits.filter((visit) => visit.collector === "statistics").length, 3);
  assert.equal(rest.code, 0);
});

test("fifty visits at once in each of two processes ask for one token, and for one more when it was revoked", async (t) => {
  const county = await startCounty(t, { accounts: 1 });
  await countyEnvironment(county);
  await county.call("settings", { latencyMs: 50 });
  const account = await county.db
    .selectFrom("account")
    .select(["id", "code", "app_id as appId"])
    .executeTakeFirstOrThrow();
  const visitors = 50;
  const both = async () => {
    const argument = JSON.stringify({
      databaseUrl: county.url,
      masterKey: county.masterKey,
      wechatApiUrl: county.simulator.url,
      account,
      day: addDays(dayOf(new Date()), -1),
      visitors,
      startAt: Date.now() + 2_500,
    });
    const script = join(ROOT, "tests/support/token-visitors.ts");
    const running = [1, 2].map(() => startProcess(t, process.execPath, [script, argument]));
    for (const { exit, stdout, stderr } of running) {
      assert.equal((await exit).code, 0, stderr());
      assert.deepEqual(JSON.parse(stdout()), { answers: visitors });
    }
  };
  await both();
  const first = await county.requests(account.appId);
  assert.deepEqual(first, { stable_token: 1, getbizsummary: 2 * visitors });

  // Another system of the department forces a new token, which kills ours at once.
  const { secret } = (await county.truth())[0] ?? assert.fail("no account");
  const forced = await fetch(`${county.simulator.url}/cgi-bin/stable_token`, {
    method: "POST",
    body: JSON.stringify({ grant_type: "client_credential", appid: account.appId, secret, force_refresh: true }),
  });
  assert.ok("access_token" in ((await forced.json()) as object));
  await county.resetRequests();
  await both();
  const second = await county.requests(account.appId);
  assert.equal(second.stable_token, 1);
  assert.ok((second.getbizsummary ?? 0) > 2 * visitors, "the dead token was tried");
  assert.ok((second.getbizsummary ?? 0) <= 4 * visitors, "and no visit tried more than twice");
});

/** What a single undisturbed sweep asks of this county. */
async function requestsOfOneSweep(t: TestContext, county: County): Promise<Record<string, number>> {
  const twin = await startCounty(t, { accounts: county.codes.length });
  await countyEnvironment(twin);
  await twin.collect();
  return await twin.requests();
}
