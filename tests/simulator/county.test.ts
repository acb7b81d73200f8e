import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBefore, first, type ListRow, type Simulation, type StateAccount, simulate } from "./support.ts";

const yesterday = "2026-11-22";

function lastPublished(account: StateAccount): string | undefined {
  return account.articles
    .map((article) => article.publish_date)
    .sort()
    .at(-1);
}

function silentDays(account: StateAccount, today: string): number {
  return (Date.parse(today) - Date.parse(lastPublished(account) ?? "")) / 86_400_000;
}

async function only(simulation: Simulation, special: string): Promise<StateAccount> {
  return first(await simulation.special(special));
}

test("The register has the contract's columns and secrets that look like real ones.", async (t) => {
  const simulation = await simulate(t);
  const csv = await simulation.request("GET", "/_/register.csv");
  assert.match(csv.contentType, /^text\/csv/);
  const [head, ...lines] = csv.text.trimEnd().split("\n");
  assert.equal(
    head,
    "department_code,department_name,account_code,account_name,platform,kind,app_id,app_secret,original_id,lifecycle,rule_set,contact_name,contact_channel,contact_target,opened_on",
  );
  const rows = lines.map((line) => line.split(","));
  assert.equal(rows.length, 45);
  for (const row of rows) {
    assert.equal(row.length, 15);
    const [department = "", , code = "", name = "", platform, kind = "", appid = "", secret = "", original = ""] = row;
    assert.match(department, /^[a-z0-9-]{1,40}$/);
    assert.match(code, /^[a-z0-9-]{1,40}$/);
    assert.match(name, /^[\u4e00-\u9fff]+$/);
    assert.equal(platform, "wechat");
    assert.match(kind, /^(subscription|service)$/);
    assert.match(appid, /^wx[0-9a-f]{16}$/);
    assert.match(secret, /^[0-9a-f]{32}$/);
    assert.match(original, /^gh_[0-9a-f]{12}$/);
  }
  for (const column of [2, 3, 6, 7]) assert.equal(new Set(rows.map((row) => row[column])).size, 45, `column ${column}`);
  const departments = new Map(rows.map((row) => [row[0], row[1]]));
  for (const row of rows) assert.equal(departments.get(row[0]), row[1]);
  const opened = rows.filter((row) => row[14] !== "");
  assert.deepEqual(
    opened.map((row) => [row[2], row[14]]),
    [["data-bureau", "2026-11-16"]],
  );
});

test("Four accounts are silent for 9, 11, 13 and 16 days and stay so until they publish; everybody else posts weekly.", async (t) => {
  const simulation = await simulate(t, { accounts: 120 });
  const { accounts } = await simulation.state();
  const silent = accounts.filter((account) => account.special === "silent");
  assert.deepEqual(
    silent.map((account) => silentDays(account, "2026-11-23")),
    [9, 11, 13, 16],
  );
  for (const account of accounts) {
    if (account.special === "silent" || account.special === "never_posted") continue;
    assert.ok(silentDays(account, "2026-11-23") <= 7, `${account.code} ${lastPublished(account)}`);
    const published = account.articles.map((article) => article.publish_date);
    for (const [position, date] of published.entries()) {
      const before = published[position - 1] ?? date;
      assert.ok(Date.parse(date) - Date.parse(before) <= 7 * 86_400_000, `${account.code} ${date}`);
    }
  }
  await simulation.clock("2026-11-26T10:00:00+08:00");
  const later = await simulation.special("silent");
  assert.deepEqual(
    later.map((account) => silentDays(account, "2026-11-26")),
    [12, 14, 16, 19],
  );

  const account = first(later);
  const { articles } = await simulation.control("publish", { appid: account.appid, articles: 2 });
  const unseen = first((await simulation.state(`?appid=${account.appid}`)).accounts);
  assert.equal(silentDays(unseen, "2026-11-26"), 12);
  await simulation.clock("2026-11-27T10:00:00+08:00");
  const seen = first((await simulation.state(`?appid=${account.appid}`)).accounts);
  assert.equal(lastPublished(seen), "2026-11-26");
  const ask = await simulation.visit(seen);
  const list = (await ask("getarticletotaldetail", "2026-11-26")).json.list ?? [];
  assert.deepEqual(
    list.map((row) => row.msgid),
    (articles as { msgid: string }[]).map((article) => article.msgid),
  );
  const detail = first((await ask("getbizsummary", "2026-11-26")).json.list).detail as { send_page_count: number };
  assert.equal(detail.send_page_count, 2);
});

test("A short history still shows the day on which a silent account published last.", async (t) => {
  const simulation = await simulate(t, { accounts: 20, days: 3 });
  const silent = await simulation.special("silent");
  assert.deepEqual(
    silent.map((account) => silentDays(account, "2026-11-23")),
    [9, 11, 13, 16],
  );
});

test("The account that never posted has rows of zeros and no article.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await only(simulation, "never_posted");
  assert.deepEqual(account.articles, []);
  const ask = await simulation.visit(account);
  const list = (await ask("getbizsummary", dayBefore(yesterday, 29), yesterday)).json.list ?? [];
  assert.equal(list.length, 30);
  assert.deepEqual(first(list).detail, {
    read_user: 0,
    read_user_source: [],
    share_user: 0,
    zaikan_user: 0,
    like_user: 0,
    comment_count: 0,
    collection_user: 0,
    redirect_ori_page_user: 0,
    send_page_count: 0,
  });
});

test("The account opened last week has a history of seven days, followers included.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await only(simulation, "just_opened");
  assert.equal(account.opened_on, "2026-11-16");
  assert.deepEqual([account.days.length, account.days[0]?.date], [7, "2026-11-16"]);
  assert.equal(account.days[0]?.gained, Number(account.days[0]?.followers) + Number(account.days[0]?.lost));
  const ask = await simulation.visit(account);
  assert.equal((await ask("getusercumulate", "2026-11-13", "2026-11-19")).json.list?.length, 4);
  assert.equal((await ask("getbizsummary", "2026-10-24", yesterday)).json.list?.length, 7);
});

test("The unverified account gets a token and 48001 for everything else.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await only(simulation, "unverified");
  const token = String((await simulation.stableToken(account)).json.access_token);
  const day = { begin_date: yesterday, end_date: yesterday };
  for (const path of [
    "/datacube/getbizsummary",
    "/datacube/getusersummary",
    "/datacube/getuserread",
    "/cgi-bin/openapi/quota/get",
  ]) {
    assert.equal((await simulation.call(token, path, { ...day, cgi_path: path })).json.errcode, 48001, path);
  }
  await simulation.control("account", { appid: account.appid, set: { verified: true } });
  assert.ok((await simulation.call(token, "/datacube/getbizsummary", day)).json.list);
});

test("The register holds the old secret of the account whose secret was rotated.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await only(simulation, "rotated_secret");
  const csv = (await simulation.request("GET", "/_/register.csv")).text;
  const row =
    csv
      .split("\n")
      .find((line) => line.includes(account.appid))
      ?.split(",") ?? [];
  assert.equal(row[7], account.registered_secret);
  assert.notEqual(account.registered_secret, account.secret);
  const registered = { appid: account.appid, secret: account.registered_secret };
  assert.equal((await simulation.stableToken(registered)).json.errcode, 40125);
  assert.equal((await simulation.legacyToken(registered)).json.errcode, 40125);
  assert.equal((await simulation.stableToken(account)).json.expires_in, 7200);
  await simulation.control("account", { appid: account.appid, set: { secret: account.registered_secret } });
  assert.equal((await simulation.stableToken(registered)).json.errcode, undefined);
});

test("The account that does not allow our address says which it is; a frozen secret says so.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await only(simulation, "not_allow_listed");
  const { json } = await simulation.stableToken(account);
  assert.equal(json.errcode, 40164);
  assert.match(String(json.errmsg), /^invalid ip 203\.0\.113\.9 ipv6 ::ffff:203\.0\.113\.9, not in whitelist rid: /);
  await simulation.control("account", { appid: account.appid, set: { allowListed: true } });
  assert.equal((await simulation.stableToken(account)).json.errcode, undefined);
  await simulation.control("account", { appid: account.appid, set: { frozen: true } });
  assert.equal((await simulation.stableToken(account)).json.errcode, 40243);
});

test("The account without the follower permission answers everything but followers.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const ask = await simulation.visit(await only(simulation, "no_follower_permission"));
  assert.equal((await ask("getusersummary", yesterday)).json.errcode, 48001);
  assert.equal((await ask("getusercumulate", yesterday)).json.errcode, 48001);
  for (const api of ["getbizsummary", "getarticletotaldetail", "getarticleread", "getarticleshare"]) {
    assert.ok((await ask(api, yesterday)).json.list, api);
  }
});

test("The account with sparse curves gives the newest row of each article only.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await only(simulation, "sparse_curves");
  const ask = await simulation.visit(account);
  const article = first(account.articles.filter((candidate) => candidate.publish_date <= "2026-11-18"));
  const list = (await ask("getarticletotaldetail", article.publish_date)).json.list ?? [];
  const detail = first(list.filter((row) => row.msgid === article.msgid)).detail_list as { stat_date: string }[];
  assert.deepEqual(
    detail.map((row) => row.stat_date),
    [article.curve.at(-1)?.stat_date],
  );
});

test("Two accounts share message ids.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const [one, other] = await simulation.special("shared_msgid");
  const ids = new Set(one?.articles.map((article) => article.msgid));
  const shared = other?.articles.filter((article) => ids.has(article.msgid)) ?? [];
  assert.ok(shared.length >= 35, String(shared.length));
  const twin = one?.articles.find((article) => article.msgid === shared[0]?.msgid);
  assert.notEqual(twin?.url, shared[0]?.url);
});

test("Ids beyond 2^53 stand digit by digit in the wire, in msgid and in the address.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const { accounts } = await simulation.state();
  const large = accounts.filter((account) =>
    account.articles.some((article) => BigInt(article.msgid.split("_")[0] ?? 0) > 2n ** 53n),
  );
  assert.ok(large.length >= 3);
  const account = first(large.filter((candidate) => candidate.special === null));
  const article = first(account.articles.slice(-1));
  const [mid = "", idx] = article.msgid.split("_");
  assert.notEqual(String(Number(mid)), mid);
  const { text } = await (await simulation.visit(account))("getarticletotaldetail", article.publish_date);
  assert.ok(text.includes(`"msgid":"${mid}_${idx}"`));
  assert.ok(text.includes(`&mid=${mid}&idx=${idx}&sn=`));
});

test("A small county keeps the lead account and as many special ones as fit.", async (t) => {
  const small = await simulate(t, { accounts: 8 });
  const specials = (await small.state()).accounts.map((account) => account.special);
  const expected = ["lead", "silent", "silent", "silent", "silent", "never_posted", "just_opened", "unverified"];
  assert.deepEqual(specials, expected);
  const twenty = (await (await simulate(t, { accounts: 20 })).state("?from=2026-11-22")).accounts;
  assert.equal(twenty.filter((account) => account.special !== null).length, 14);
});

test("A large county keeps names, codes and credentials unique.", async (t) => {
  const simulation = await simulate(t, { accounts: 3000 });
  const csv = (await simulation.request("GET", "/_/register.csv")).text.trimEnd().split("\n").slice(1);
  const rows = csv.map((line) => line.split(","));
  for (const column of [2, 3, 6, 7, 8])
    assert.equal(new Set(rows.map((row) => row[column])).size, 3000, `column ${column}`);
});

function isEmpty(row: ListRow): boolean {
  const { read_user_source: _sources, ...figures } = row.detail as Record<string, unknown>;
  return Object.values(figures).every((figure) => figure === 0);
}

test("About a third of the accounts leave empty days out, the others give zeros, and no account does both.", async (t) => {
  const simulation = await simulate(t, { accounts: 300, days: 45 });
  const { accounts } = await simulation.state("?from=2026-10-24");
  const omitting = accounts.filter((account) => account.convention === "omits_empty_days");
  assert.ok(omitting.length > 60 && omitting.length < 140, String(omitting.length));
  let zeros = 0;
  let gaps = 0;
  for (const account of accounts) {
    if (account.special !== null) continue;
    const list = (await (await simulation.visit(account))("getbizsummary", "2026-10-24", yesterday)).json.list ?? [];
    const empty = list.filter(isEmpty).length;
    if (account.convention === "omits_empty_days") {
      assert.equal(empty, 0, account.code);
      gaps += 30 - list.length;
    } else {
      assert.equal(list.length, 30, account.code);
      zeros += empty;
    }
  }
  assert.ok(zeros > 0 && gaps > 0, JSON.stringify({ zeros, gaps }));
});
