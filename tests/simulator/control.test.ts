import assert from "node:assert/strict";
import { Agent, request as httpRequest } from "node:http";
import { test } from "node:test";
import { first, simulate } from "./support.ts";

const day = { begin_date: "2026-11-20", end_date: "2026-11-20" };

test("The clock jumps, runs on or stands still, and returns to the real time.", async (t) => {
  let realMs = Date.parse("2026-11-23T10:00:00Z");
  const simulation = await simulate(t, { accounts: 1, now: () => new Date(realMs) });
  const now = async () => (await simulation.request("GET", "/_/clock")).json.now;
  await simulation.control("clock", { now: "2026-12-01T08:00:00+08:00" });
  realMs += 5000;
  assert.equal(await now(), "2026-12-01T00:00:05.000Z");
  await simulation.control("clock", { now: "2026-12-01T08:00:00+08:00", frozen: true });
  realMs += 5000;
  assert.equal(await now(), "2026-12-01T00:00:00.000Z");
  for (const reset of [{}, "null", ""]) {
    await simulation.control("clock", { now: "2026-12-01T08:00:00+08:00" });
    assert.equal((await simulation.control("clock", reset)).now, "2026-11-23T10:00:10.000Z");
  }
});

test("Settings change what they name, keep the rest, and refuse what they do not know.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  await simulation.control("settings", {
    readyAt: "09:30",
    dailyQuota: { "/datacube/getbizsummary": 5 },
    minuteQuota: 100,
  });
  await simulation.control("settings", { notReady: "is_delay", clientIp: "198.51.100.7" });
  assert.deepEqual((await simulation.request("GET", "/_/settings")).json, {
    readyAt: "09:30",
    readyJitterMinutes: 0,
    notReady: "is_delay",
    latencyMs: 0,
    dailyQuota: { getbizsummary: 5 },
    minuteQuota: { "*": 100 },
    clientIp: "198.51.100.7",
    captcha: false,
    pagesPerMinute: null,
    foreignCalls: {},
  });
  for (const wrong of [
    { readyAt: "25:00" },
    { notReady: "later" },
    { ready: "08:00" },
    { dailyQuota: { nothing: 1 } },
    { latencyMs: -1 },
    { captcha: "yes" },
    { pagesPerMinute: 0 },
    { foreignCalls: { wx0: { getbizsummary: 1 } } },
  ]) {
    assert.equal((await simulation.post("/_/settings", wrong)).status, 400, JSON.stringify(wrong));
  }
  assert.equal((await simulation.request("GET", "/_/nothing")).status, 404);
});

test("A permission and the convention for empty days can be changed, and nothing else by a misspelt name.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = first(await simulation.special("never_posted"));
  const { appid } = account;
  const ask = await simulation.visit(account);
  await simulation.control("account", { appid, set: { omitsEmptyDays: true } });
  assert.deepEqual((await ask("getbizsummary", "2026-11-01", "2026-11-22")).json, { list: [], is_delay: false });
  await simulation.control("account", { appid, set: { permissions: { statistics: false } } });
  assert.equal((await ask("getbizsummary", "2026-11-22")).json.errcode, 48001);
  assert.ok((await ask("getusercumulate", "2026-11-22")).json.list);
  for (const wrong of [
    { verifed: false },
    { permissions: { follower: false } },
    { correction: { from: "x", factor: 1 } },
  ]) {
    assert.equal((await simulation.post("/_/account", { appid, set: wrong })).status, 400, JSON.stringify(wrong));
  }
  assert.equal((await simulation.post("/_/account", { appid: "wx0", set: {} })).status, 400);
});

test("Latency holds every answer of the platform back.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const account = first(await simulation.special("lead"));
  await simulation.control("settings", { latencyMs: 120 });
  const before = performance.now();
  await simulation.stableToken(account);
  assert.ok(performance.now() - before >= 118);
});

test("Requests are counted per account and API with their errors apart, and the count can start anew.", async (t) => {
  const simulation = await simulate(t, { accounts: 2 });
  const account = first(await simulation.special("lead"));
  const token = String((await simulation.stableToken(account)).json.access_token);
  await simulation.call(token, "/datacube/getbizsummary", day);
  await simulation.call(token, "/datacube/getbizsummary", { begin_date: "x", end_date: "x" });
  await simulation.control("faults", { api: "getbizsummary", count: 1, fault: "empty_list" });
  await simulation.call(token, "/datacube/getbizsummary", day);
  await simulation.call("77_x", "/datacube/getbizsummary", day);
  await simulation.post("/nowhere");
  const { appid } = account;
  assert.deepEqual((await simulation.request("GET", "/_/requests")).json, {
    total: 6,
    rows: [
      { appid, api: "stable_token", calls: 1, errors: {} },
      { appid, api: "getbizsummary", calls: 3, errors: { 61500: 1, empty_list: 1 } },
      { appid: "unknown", api: "getbizsummary", calls: 1, errors: { 40001: 1 } },
      { appid: "unknown", api: "/nowhere", calls: 1, errors: { http_404: 1 } },
    ],
  });
  assert.deepEqual((await simulation.request("DELETE", "/_/requests")).json, { total: 0, rows: [] });
});

test("The state can be asked for one account and some days.", async (t) => {
  const simulation = await simulate(t);
  const account = first(await simulation.special("lead"));
  const { accounts } = await simulation.state(`?appid=${account.appid}&from=2026-11-18&to=2026-11-19`);
  assert.deepEqual(
    accounts.map((each) => each.days.map((one) => one.date)),
    [["2026-11-18", "2026-11-19"]],
  );
  const dates = new Set(accounts[0]?.articles.map((article) => article.publish_date));
  assert.ok([...dates].every((date) => date >= "2026-11-18" && date <= "2026-11-19"));
  assert.equal(accounts[0]?.articles[0]?.curve.at(-1)?.stat_date, "2026-11-22");
  assert.equal((await simulation.request("GET", "/_/state?from=yesterday")).status, 400);
});

test("A publication can lie in the past, silently, and nowhere that has no history.", async (t) => {
  const simulation = await simulate(t);
  const account = first(await simulation.special("never_posted"));
  const { appid } = account;
  await simulation.control("publish", { appid, at: "2026-11-20T23:59:59+08:00", notified: false });
  const after = first((await simulation.state(`?appid=${appid}`)).accounts);
  assert.deepEqual(
    after.articles.map((article) => [article.publish_date, article.publish_type]),
    [["2026-11-20", 1]],
  );
  assert.equal(after.articles[0]?.published_at, Date.parse("2026-11-20T23:59:59+08:00") / 1000);
  for (const at of ["2026-11-23T10:00:01+08:00", "2026-10-01T10:00:00+08:00", "soon"]) {
    assert.equal((await simulation.post("/_/publish", { appid, at })).status, 400, at);
  }
});

test("The server survives clients that hang up and takes many calls at once over few connections.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const account = first(await simulation.special("lead"));
  const token = String((await simulation.stableToken(account)).json.access_token);
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      const gone = new AbortController();
      const body = JSON.stringify(day);
      const url = `${simulation.url}/datacube/getbizsummary?access_token=${token}`;
      const asked = fetch(url, { method: "POST", body, signal: gone.signal }).catch(() => null);
      gone.abort();
      await asked;
    }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  const sockets = new Set<unknown>();
  const ask = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const url = `${simulation.url}/datacube/getbizsummary?access_token=${token}`;
      const asked = httpRequest(url, { method: "POST", agent }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode));
      });
      asked.once("socket", (socket) => sockets.add(socket));
      asked.once("error", reject);
      asked.end(JSON.stringify(day));
    });
  await simulation.control("settings", { dailyQuota: 10_000 });
  const statuses = await Promise.all(Array.from({ length: 500 }, ask));
  assert.ok(statuses.every((status) => status === 200));
  assert.ok(sockets.size <= 8);
});
