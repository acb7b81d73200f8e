import assert from "node:assert/strict";
import { test } from "node:test";
import { first, type Simulation, simulate } from "./support.ts";

const day = { begin_date: "2026-11-22", end_date: "2026-11-22" };

async function open(simulation: Simulation) {
  const account = first(await simulation.special("lead"));
  const legacy = String((await simulation.legacyToken(account)).json.access_token);
  const quotaOf = async (path: string) => {
    const { json } = await simulation.call(legacy, "/cgi-bin/openapi/quota/get", { cgi_path: path });
    return json as { errcode: number; quota?: object; rate_limit?: object };
  };
  const ask = async (api = "getbizsummary") =>
    (await simulation.call(legacy, `/datacube/${api}`, day)).json.errcode ?? 0;
  return { account, token: legacy, quotaOf, ask };
}

test("The daily quota is spent per endpoint, told truthfully, and new again at midnight in Shanghai.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  await simulation.clock("2026-11-23T22:30:00+08:00");
  await simulation.control("settings", { dailyQuota: { getbizsummary: 3 } });
  const { quotaOf, ask } = await open(simulation);
  assert.deepEqual([await ask(), await ask(), await ask(), await ask(), await ask()], [0, 0, 0, 45009, 45009]);
  assert.equal(await ask("getusersummary"), 0);
  const spent = await quotaOf("/datacube/getbizsummary");
  assert.equal(spent.errcode, 0);
  assert.deepEqual(spent.quota, { daily_limit: 3, used: 3, remain: 0 });
  assert.deepEqual(spent.rate_limit, { call_count: 10_000, refresh_second: 60 });
  assert.deepEqual((await quotaOf("/datacube/getusersummary")).quota, { daily_limit: 1000, used: 1, remain: 999 });
  assert.deepEqual((await quotaOf("/cgi-bin/token")).quota, { daily_limit: 2000, used: 1, remain: 1999 });
  await simulation.clock("2026-11-23T23:59:59+08:00");
  assert.equal(await ask(), 45009);
  await simulation.clock("2026-11-24T00:00:00+08:00");
  assert.equal((await quotaOf("/datacube/getbizsummary")).quota !== undefined, true);
  assert.deepEqual((await quotaOf("/datacube/getbizsummary")).quota, { daily_limit: 3, used: 0, remain: 3 });
});

test("A refused call with a valid token counts; a call without one does not.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const { token, quotaOf } = await open(simulation);
  assert.equal((await simulation.call(token, "/datacube/getbizsummary", "{")).json.errcode, 47001);
  assert.equal((await simulation.call("77_x", "/datacube/getbizsummary", day)).json.errcode, 40001);
  assert.deepEqual((await quotaOf("/datacube/getbizsummary")).quota, { daily_limit: 1000, used: 1, remain: 999 });
});

test("The minute's limit answers 45011 until the next minute.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  await simulation.control("settings", { minuteQuota: { "/datacube/getbizsummary": 2 } });
  await simulation.clock("2026-11-23T10:00:59+08:00");
  const { ask } = await open(simulation);
  assert.deepEqual([await ask(), await ask(), await ask()], [0, 0, 45011]);
  await simulation.clock("2026-11-23T10:01:00+08:00");
  assert.equal(await ask(), 0);
});

test("A quota is asked for by the path alone.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const { quotaOf } = await open(simulation);
  const asked = [
    "datacube/getbizsummary",
    "https://api.weixin.qq.com/datacube/getbizsummary",
    "/datacube/none",
    "/sns/userinfo",
  ];
  const codes = await Promise.all(asked.map(async (path) => (await quotaOf(path)).errcode));
  assert.deepEqual(codes, [76003, 76003, 76021, 76022]);
});

test("Quotas can be cleared ten times a month, by the account that the token belongs to.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  await simulation.control("settings", { dailyQuota: { getbizsummary: 1 } });
  await simulation.clock("2026-11-23T10:00:00+08:00");
  const { account, token, ask } = await open(simulation);
  const clear = (appid = account.appid) => simulation.call(token, "/cgi-bin/clear_quota", { appid });
  assert.equal((await clear("wx0000000000000000")).json.errcode, 40013);
  assert.deepEqual([await ask(), await ask()], [0, 45009]);
  assert.deepEqual((await clear()).json, { errcode: 0, errmsg: "ok" });
  assert.equal(await ask(), 0);
  for (let round = 2; round <= 10; round++) assert.equal((await clear()).json.errcode, 0);
  assert.equal((await clear()).json.errcode, 48006);
  await simulation.clock("2026-12-01T00:00:00+08:00");
  const next = String((await simulation.stableToken(account)).json.access_token);
  assert.equal((await simulation.call(next, "/cgi-bin/clear_quota", { appid: account.appid })).json.errcode, 0);
});
