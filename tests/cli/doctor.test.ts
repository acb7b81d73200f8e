import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { dayOf } from "../../src/calendar.ts";
import type { Finding } from "../../src/cli/doctor/finding.ts";
import { align, displayWidth } from "../../src/cli/doctor/text.ts";
import { closeApi } from "../../src/store/budget.ts";
import { writeTick } from "../../src/store/planner.ts";
import { tokenStore } from "../../src/store/token.ts";
import {
  assertSentence,
  type Commands,
  commands,
  countyEnvironment,
  documentOf,
  startCommand,
} from "../support/cli.ts";
import { type County, startCounty, waitFor } from "../support/county.ts";
import { type Diagnosis, type Doctor, doctor } from "../support/doctor.ts";

const DAY_MS = 86_400_000;
/** Those that are asked even of an account that is not known at all. */
const CALLED_APIS = [
  ...["getbizsummary", "getarticletotaldetail", "getusersummary", "getusercumulate", "freepublish_batchget"],
  "getmsglist",
];
const QUOTA_APIS = [...CALLED_APIS, "comment_list"];
const BUSINESS_APIS = [...CALLED_APIS, "getaccountbasicinfo"];

async function start(t: TestContext, accounts: number) {
  const county = await startCounty(t, { accounts });
  const env = await countyEnvironment(county);
  const run = commands(t, env);
  return { county, env, run, examine: doctor(county, env) };
}

async function diagnose(run: Commands): Promise<Diagnosis & { code: number | null }> {
  const finished = await run(["doctor", "--json"]);
  return { ...documentOf<Diagnosis>(finished), code: finished.code };
}

async function examineOne(examine: Doctor, account: string) {
  const { accounts, ...rest } = await examine(account);
  const [report] = accounts;
  assert.ok(report && accounts.length === 1);
  return { ...report, ...rest };
}

async function truthOf(county: County, matches: (account: { special: string | null; code: string }) => boolean) {
  const account = (await county.truth()).find(matches);
  assert.ok(account, "no such account in the county");
  return account;
}

const special = (county: County, name: string) => truthOf(county, (account) => account.special === name);
const change = (county: County, appid: string, set: object) => county.call("account", { appid, set });
const of = ({ findings }: { findings: Finding[] }, check: Finding["check"], subject: string | null = null) =>
  findings.find((found) => found.check === check && found.subject === subject);
const codes = ({ findings }: { findings: Finding[] }) =>
  findings
    .filter(({ state }) => state === "fault" || state === "warn")
    .map(({ check, state, code, turn }) => `${check} ${state} ${code} ${turn}`);

test("each blind account is told its own fault, the remedy and whose turn it is, the gravest first", async (t) => {
  const { county, run } = await start(t, 16);
  const partial = await special(county, "no_follower_permission");
  const nameless = await truthOf(county, ({ code }) => code === "education");
  const wrong = await truthOf(county, ({ code }) => code === "police");
  const ids = new Map((await county.db.selectFrom("account").selectAll().execute()).map((row) => [row.code, row.id]));
  await county.db
    .deleteFrom("credential")
    .where("account_id", "=", ids.get(nameless.code) ?? 0)
    .execute();
  await county.db.updateTable("account").set({ app_id: "wx00000000000000ff" }).where("code", "=", wrong.code).execute();

  const { accounts, code } = await diagnose(run);
  assert.equal(code, 1);
  assert.equal(accounts.length, 16);
  const weights = accounts.map(({ state }) => ["fault", "warn", "ok"].indexOf(state));
  assert.deepEqual(weights, weights.toSorted());

  const report = (account: string) => accounts.find((row) => row.account === account) ?? assert.fail(account);
  const expected: [string, string][] = [
    [(await special(county, "rotated_secret")).code, "token fault 40125 department"],
    [(await special(county, "not_allow_listed")).code, "allow_list fault 40164 department"],
    [nameless.code, "token fault no_secret county"],
    [wrong.code, "token fault 40013 county"],
  ];
  for (const [account, finding] of expected) assert.deepEqual(codes(report(account)), [finding], account);
  assert.match(of(report(expected[1]?.[0] ?? ""), "allow_list")?.detail ?? "", / 203\.0\.113\.9 /);
  assert.match(of(report(expected[0]?.[0] ?? ""), "token")?.remedy ?? "", /重置 AppSecret/);

  const unverified = report((await special(county, "unverified")).code);
  assert.equal(unverified.state, "fault");
  assert.equal(of(unverified, "permission", "getbizsummary")?.code, "48001");
  assert.deepEqual(new Set(unverified.findings.flatMap(({ turn }) => turn ?? [])), new Set(["department"]));
  assert.deepEqual(codes(report(partial.code)), ["permission warn 48001 department"]);
  assert.equal(report(partial.code).state, "warn");
  for (const { account, state, findings } of accounts) {
    if (state !== "ok") continue;
    for (const api of CALLED_APIS) assert.equal(of({ findings }, "permission", api)?.state, "ok", `${account} ${api}`);
    // No article is known yet whose comments could be asked for.
    assert.equal(of({ findings }, "permission", "comment_list")?.state, "unknown", account);
    for (const api of QUOTA_APIS) {
      assert.match(of({ findings }, "quota", api)?.detail ?? "", /今日额度 \d+ 次/, `${account} ${api}`);
    }
  }
  assert.equal(accounts.filter(({ state }) => state === "ok").length, 10);

  const human = await run(["doctor"]);
  assert.equal(human.code, 1);
  const lines = human.stdout.split("\n");
  for (const { account } of accounts) {
    assert.equal(lines.filter((line) => line.includes(`(${account})`)).length, 1, account);
  }
  assert.match(human.stdout, /云溪交通\(transport\) +云溪县交通运输局 +故障 +部门 +.*203\.0\.113\.9.*白名单.*加入/);
  assert.match(human.stdout, /共 16 个公众号：故障 5，注意 1，正常 10/);
  for (const { secret } of await county.truth()) assert.ok(!human.stdout.includes(secret));
});

test("nothing is asked without credentials, and nothing is kept but tokens and the ledger", async (t) => {
  const { county, examine } = await start(t, 10);
  const blind = await special(county, "not_allow_listed");
  const well = await truthOf(county, ({ code }) => code === "archives");
  const before = await county.db.selectFrom("visit").selectAll().orderBy("account_id").orderBy("collector").execute();
  await examine();
  assert.deepEqual(await county.requests(blind.appid), { stable_token: 1 });
  assert.deepEqual(await county.requests(well.appid), {
    stable_token: 1,
    quota_get: QUOTA_APIS.length,
    ...Object.fromEntries(BUSINESS_APIS.map((api) => [api, 1])),
  });
  const after = await county.db.selectFrom("visit").selectAll().orderBy("account_id").orderBy("collector").execute();
  assert.deepEqual(after, before);
  for (const table of [
    "coverage",
    "account_day",
    "article",
    "followers",
    "publication",
    "profile",
    "raw_answer",
  ] as const) {
    assert.deepEqual(await county.db.selectFrom(table).selectAll().execute(), [], table);
  }
  const ledger = await county.db.selectFrom("api_budget").selectAll().where("app_id", "=", well.appid).execute();
  assert.deepEqual(
    Object.fromEntries(ledger.map(({ api, used }) => [api, used])),
    Object.fromEntries([["quota_get", QUOTA_APIS.length], ...BUSINESS_APIS.map((api) => [api, 1])]),
  );
});

test("a stored token hides neither a reset secret nor a removed address, and stays in use", async (t) => {
  const { county, examine } = await start(t, 4);
  const { code, appid, secret } = await truthOf(county, (account) => account.code === "archives");
  await county.collect();
  const store = tokenStore(county.db, county.vault, appid, () => new Date());
  const token = (await store.read())?.token;
  assert.ok(token);
  assert.equal((await examineOne(examine, code)).state, "ok");
  assert.equal((await store.read())?.token, token);

  await change(county, appid, { secret: "0123456789abcdef0123456789abcdef" });
  const rotated = await examineOne(examine, code);
  assert.deepEqual(codes(rotated), ["token fault 40125 department"]);
  await county.call("settings", { clientIp: "198.51.100.23" });
  await change(county, appid, { secret, allowListed: false });
  const removed = await examineOne(examine, code);
  assert.equal(of(removed, "allow_list")?.code, "40164");
  assert.match(of(removed, "allow_list")?.detail ?? "", / 198\.51\.100\.23 /);
  // The visits may go on with it while it lasts.
  assert.equal((await store.read())?.token, token);
});

test("a scarce quota is left to the visits, and who spends it is told", async (t) => {
  const { county, examine } = await start(t, 4);
  const { code, appid } = await truthOf(county, (account) => account.code === "archives");
  await county.collect();
  await county.call("settings", {
    dailyQuota: { getarticletotaldetail: 1_000, getbizsummary: 1_000 },
    foreignCalls: { [appid]: { getarticletotaldetail: 940, getbizsummary: 200 } },
  });
  await county.resetRequests();
  const low = await examineOne(examine, code);
  const quota = of(low, "quota", "getarticletotaldetail");
  assert.deepEqual([quota?.state, quota?.code, quota?.turn], ["warn", "quota_low", "department"]);
  assert.match(quota?.detail ?? "", /其他系统今日已用 940 次，仅剩 \d+ 次$/);
  const seen = of(low, "quota", "getbizsummary");
  assert.deepEqual([seen?.state, seen?.code], ["ok", "used_by_others"]);
  assert.match(seen?.detail ?? "", /其他系统今日已用 200 次$/);
  const permission = of(low, "permission", "getarticletotaldetail");
  assert.equal(permission?.state, "ok");
  assert.match(permission?.detail ?? "", /^本次未试调用；\d{4}-\d\d-\d\d \d\d:\d\d 有调用权限$/);
  assert.equal((await county.requests(appid)).getarticletotaldetail, undefined);
  assert.deepEqual([low.state, low.code], ["warn", 0]);

  await county.call("settings", { foreignCalls: { [appid]: { getarticletotaldetail: 1_000 } } });
  const gone = await examineOne(examine, code);
  const usedUp = of(gone, "quota", "getarticletotaldetail");
  assert.deepEqual([usedUp?.state, usedUp?.code, usedUp?.turn], ["fault", "quota_used_up", "department"]);
  assert.deepEqual([gone.state, gone.code], ["fault", 1]);
});

test("a small quota of our own is no fault of the department", async (t) => {
  const { county, examine } = await start(t, 4);
  const { code, appid } = await truthOf(county, (account) => account.code === "archives");
  await county.collect([code]);
  const calls = (await county.requests(appid)).getarticletotaldetail ?? 0;
  await county.call("settings", { dailyQuota: { getarticletotaldetail: calls } });
  const report = await examineOne(examine, code);
  assert.deepEqual(codes(report), ["quota warn quota_used_up system"]);
  assert.equal(report.code, 0);
});

test("a verification that ends within 30 days, or ended, is told with its date", async (t) => {
  const { county, examine } = await start(t, 4);
  const { code, appid } = await truthOf(county, (account) => account.code === "archives");
  const verifiedUntil = new Date(Date.now() + 20.5 * DAY_MS).toISOString();
  await change(county, appid, { verifiedUntil, permissions: { profile: true } });
  const expiring = await examineOne(examine, code);
  assert.deepEqual(codes(expiring), ["verification warn expiring department"]);
  assert.match(of(expiring, "verification")?.detail ?? "", /将于 \d{4}-\d\d-\d\d 到期，还剩 20 天/);

  // Not told by the platform this time: what it told before counts.
  await change(county, appid, { permissions: { profile: false } });
  const { id } = await county.db.selectFrom("account").select("id").where("code", "=", code).executeTakeFirstOrThrow();
  const known = { name: null, principal: null, verified: true, fetched_at: new Date() };
  await county.db
    .insertInto("profile")
    .values({ account_id: id, ...known, verification_expires_at: new Date(Date.now() - DAY_MS) })
    .execute();
  const expired = await examineOne(examine, code);
  assert.deepEqual(codes(expired), ["verification fault expired department"]);
  assert.equal(of(expired, "permission", "getaccountbasicinfo")?.state, "unknown");
});

test("one cause behind many accounts is told once, first of all", async (t) => {
  const { county, run } = await start(t, 5);
  await county.call("settings", { clientIp: "198.51.100.23" });
  for (const { appid } of (await county.truth()).slice(1)) await change(county, appid, { allowListed: false });
  const { stdout, code } = await run(["doctor"]);
  assert.equal(code, 1);
  assert.match(stdout.split("\n")[0] ?? "", /5 个公众号中有 4 个的 IP 白名单没有本系统的出口 IP 198\.51\.100\.23/);

  const away = await diagnose((args) =>
    run(args, { env: { WECHAT_API_URL: "http://127.0.0.1:9", REDIS_URL: "redis://127.0.0.1:9" } }),
  );
  assert.equal(away.code, 1);
  assert.equal(of({ findings: away.system }, "queue")?.state, "fault");
  assert.deepEqual(codes({ findings: away.system.filter(({ check }) => check === "platform") }), [
    "platform fault network system",
  ]);
  for (const account of away.accounts) assert.deepEqual(codes(account), ["request fault network system"]);
});

test("what the store knows is told: failed visits, closed pages, sparse curves, a planner that stands still", async (t) => {
  const { county, examine } = await start(t, 14);
  const blind = await special(county, "not_allow_listed");
  await county.collect();
  await change(county, blind.appid, { allowListed: true });
  const mended = await examineOne(examine, blind.code);
  assert.deepEqual(codes(mended), ["visit warn 40164 system"]);
  assert.match(of(mended, "visit", "statistics")?.remedy ?? "", /collect --account transport/);
  assert.deepEqual([mended.state, mended.code], ["warn", 0]);
  assert.deepEqual(codes({ findings: mended.system }), ["planner warn stale system"]);

  const sparse = await examineOne(examine, (await special(county, "sparse_curves")).code);
  assert.deepEqual([of(sparse, "curves")?.code, of(sparse, "curves")?.state, sparse.state], ["sparse", "ok", "ok"]);

  await writeTick(county.db, new Date());
  const bucket = { next_at: new Date(), closed_until: new Date(Date.now() + 3_600_000), closed_code: "captcha" };
  await county.db
    .insertInto("page_bucket")
    .values(bucket)
    .onConflict((conflict) => conflict.column("single").doUpdateSet(bucket))
    .execute();
  const old = new Date(Date.now() - 4 * DAY_MS);
  await county.db.updateTable("article").set({ first_seen_at: old, page_fetched_at: null }).execute();
  await county.db
    .updateTable("visit")
    .set({ succeeded_at: old, next_due_at: old })
    .where("collector", "=", "statistics")
    .execute();
  // Nothing to ask for a week: no sign that nobody visits.
  await county.db
    .updateTable("visit")
    .set({ succeeded_at: old, next_due_at: new Date(Date.now() + 3 * DAY_MS) })
    .where("collector", "=", "replies")
    .execute();
  const stale = await examineOne(examine, "yunxi-fabu");
  assert.deepEqual(codes(stale), ["visit warn stale system", "pages warn backlog system"]);
  assert.deepEqual(codes({ findings: stale.system }), ["pages warn captcha system"]);
});

test("a function that the account does not have is no fault, one that it may not ask for is a warning", async (t) => {
  const { county, examine } = await start(t, 4);
  await county.collect();
  const { code, appid } = await truthOf(county, (account) => account.code === "archives");
  await change(county, appid, { comments: false, customerService: false });
  const absent = await examineOne(examine, code);
  assert.deepEqual([absent.state, absent.code, codes(absent)], ["ok", 0, []]);
  const [comments, messages] = ["comment_list", "getmsglist"].map((api) => of(absent, "permission", api));
  assert.deepEqual([comments?.state, comments?.code], ["ok", "absent"]);
  assert.match(comments?.detail ?? "", /没有留言功能/);
  assert.deepEqual([messages?.state, messages?.code], ["ok", "absent"]);
  assert.match(absent.text, /comment_list：该公众号没有留言功能/);
  assert.doesNotMatch((await examine()).text, /没有留言功能/, "in the list of all it would only be noise");

  await change(county, appid, { comments: true, customerService: true });
  await county.resetRequests();
  const present = await examineOne(examine, code);
  assert.equal(of(present, "permission", "comment_list")?.detail, "有调用权限");
  assert.equal(of(present, "permission", "getmsglist")?.detail, "有调用权限");
  const { comment_list, getmsglist, getupstreammsg } = await county.requests(appid);
  assert.deepEqual([comment_list, getmsglist, getupstreammsg], [1, 1, undefined]);
  await change(county, appid, { permissions: { comments: false, messages: false } });
  assert.deepEqual(codes(await examineOne(examine, code)), [
    "permission warn 48001 department",
    "permission warn 48001 department",
  ]);
});

test("where messages cannot be seen the account's own server is named, and elsewhere since when replies are known", async (t) => {
  const { county, examine } = await start(t, 4);
  const { code } = await truthOf(county, (account) => account.code === "archives");
  const { id } = await county.db.selectFrom("account").select("id").where("code", "=", code).executeTakeFirstOrThrow();
  const unknown = await examineOne(examine, code);
  assert.deepEqual(
    ["comment", "message"].map((channel) => of(unknown, "replies", channel)?.state),
    ["unknown", "unknown"],
  );
  const until = new Date("2026-03-02T04:10:00Z");
  await county.db
    .insertInto("reply_channel")
    .values([
      { account_id: id, channel: "comment", state: "absent", code: "88000", checked_at: until },
      { account_id: id, channel: "message", state: "hidden", code: "callback", checked_at: until },
    ])
    .execute();
  const hidden = await examineOne(examine, code);
  const message = of(hidden, "replies", "message");
  assert.deepEqual([message?.state, message?.code, message?.turn], ["ok", "hidden", "department"]);
  assert.deepEqual([of(hidden, "replies", "comment")?.state, hidden.state, hidden.code], ["ok", "ok", 0]);
  assert.match((await examine()).text, /\(archives\).* 正常 +部门 +message：私信由.*服务器接收.*转给客服/);

  const unsettled = { state: null, code: "unsettled" };
  await county.db.updateTable("reply_channel").set(unsettled).where("channel", "=", "message").execute();
  assert.match((await examine(code)).text, /message：私信尚未确认能否统计/);

  const measurable = { state: "measurable" as const, code: null, since: new Date("2026-02-16T04:00:00Z"), until };
  await county.db.updateTable("reply_channel").set(measurable).where("channel", "=", "message").execute();
  const { text } = await examine(code);
  assert.match(text, /message：客服私信回复自 2026-02-16 12:00 起可以统计，最近一次完整采集 2026-03-02 12:10/);
  assert.match(text, /请用客服功能（网页端客服）回复，在公众平台后台“私信”里直接回复的统计不到/);

  // Its quota is spent, so that only what is stored can tell.
  const { appid } = await truthOf(county, (account) => account.code === "archives");
  await county.call("settings", { foreignCalls: { [appid]: { comment_list: 5_000, getmsglist: 5_000 } } });
  await county.db
    .insertInto("coverage")
    .values({
      ...{ account_id: id, collector: "replies", part: "comments", day: dayOf(new Date()) },
      ...{ state: "unavailable", code: "88000", age: null, fetched_at: new Date() },
    })
    .execute();
  const spent = of(await examineOne(examine, code), "permission", "comment_list");
  assert.deepEqual([spent?.state, spent?.code], ["ok", "absent"]);
  assert.match(spent?.detail ?? "", /^本次未试调用；.* 该公众号没有此功能$/);
});

test("learned greetings wait for somebody's word, which doctor says of a single account only", async (t) => {
  const { county, examine } = await start(t, 2);
  const { id } = await county.db
    .selectFrom("account")
    .select("id")
    .where("code", "=", "archives")
    .executeTakeFirstOrThrow();
  const greeting = { account_id: id, automatic: true, persons: 5, uses: 5, within_seconds: 5 };
  await county.db
    .insertInto("reply_greeting")
    .values([
      { ...greeting, text_hash: "a" },
      { ...greeting, text_hash: "b" },
      { ...greeting, text_hash: "c", automatic: false },
      { ...greeting, text_hash: "d", decided: true },
      { ...greeting, text_hash: "e", decided: false },
    ])
    .execute();
  const told = /message：已识别自动回复 2 条.*greeting list/;
  const alone = await examine("archives");
  assert.match(alone.text, told);
  assert.equal(alone.code, 0);
  assert.doesNotMatch((await examine()).text, /自动回复/);
  await county.db.updateTable("reply_greeting").set({ decided: true }).execute();
  assert.doesNotMatch((await examine("archives")).text, /自动回复/);
});

test("only accounts that are visited are examined, and another one is refused in one sentence", async (t) => {
  const { county, run, examine } = await start(t, 4);
  await county.db.updateTable("account").set({ lifecycle: "planned" }).where("code", "=", "archives").execute();
  await county.db.updateTable("account").set({ lifecycle: "closed" }).where("code", "=", "sports").execute();
  const { accounts, code } = await examine();
  assert.deepEqual(accounts.map(({ account }) => account).sort(), ["town-liushu", "yunxi-fabu"]);
  assert.equal(code, 0);
  assertSentence(await run(["doctor", "--account", "nobody"]), /no account nobody/);
  assertSentence(await run(["doctor", "--json", "--account", "archives"]), /archives is not visited.* planned/);
});

test("an interrupted doctor says so, leaves the tokens free, and gives back the calls that it did not make", async (t) => {
  const { county, env } = await start(t, 4);
  const { appid } = await truthOf(county, (account) => account.code === "archives");
  const closure = { code: "45009", until: new Date(Date.now() + 3 * DAY_MS) };
  await closeApi(county.db, { appId: appid, api: "getusercumulate", day: dayOf(new Date()) }, closure);
  await county.call("settings", { latencyMs: 700 });
  const running = startCommand(t, ["doctor", "--json"], { env });
  await waitFor("requests", async () => ((await county.requests(appid)).quota_get ?? 0) === QUOTA_APIS.length);
  const startedAt = performance.now();
  const { code, signal } = await running.kill("SIGINT");
  assert.deepEqual([code, signal], [1, null]);
  assert.ok(performance.now() - startedAt < 5_000);
  assert.match(running.stderr(), /interrupted/);
  const claimed = await county.db
    .selectFrom("token")
    .select("app_id")
    .where("refreshing_until", "is not", null)
    .execute();
  assert.deepEqual(claimed, []);
  const ledger = await county.db.selectFrom("api_budget").select(["api", "used"]).where("app_id", "=", appid).execute();
  assert.equal(ledger.find(({ api }) => api === "getusersummary")?.used, 0, "asked only together with the closed one");
});

test("columns keep their distance though Chinese characters take two places", () => {
  const lines = align([
    ["公众号", "部门", "x"],
    ["云溪发布(yunxi-fabu)", "县府办", "y"],
  ]);
  assert.deepEqual(lines, ["公众号                部门    x", "云溪发布(yunxi-fabu)  县府办  y"]);
  assert.deepEqual(new Set(lines.map(displayWidth)), new Set([31]));
});
