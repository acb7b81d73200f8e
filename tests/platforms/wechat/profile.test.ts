import assert from "node:assert/strict";
import { test } from "node:test";
import { errorBody, failureOf, openSession, platformServer } from "./support.ts";

const BASIC_INFO = {
  errcode: 0,
  errmsg: "ok",
  appid: "wx1f2e3d4c5b6a7980",
  account_type: 2,
  principal_name: "云溪县人力资源和社会保障局",
  wx_verify_info: { qualification_verify: true, naming_verify: true, annual_review_end_time: 1795968000 },
  nickname: "云溪人社",
};

async function accountOf(t: Parameters<typeof platformServer>[0], answer: object) {
  const { url } = await platformServer(t, { getaccountbasicinfo: [JSON.stringify(answer)] });
  return openSession({ url }).profile.account();
}

test("the account's page tells its name, its body and when its verification ends", async (t) => {
  assert.deepEqual(await accountOf(t, BASIC_INFO), {
    name: "云溪人社",
    principal: "云溪县人力资源和社会保障局",
    verified: true,
    verificationExpiresAt: new Date("2026-11-29T16:00:00Z"),
  });
});

test("an account without verification has no end of it, and what is left out is not known", async (t) => {
  const answer = { ...BASIC_INFO, nickname: undefined, wx_verify_info: { qualification_verify: false } };
  assert.deepEqual(await accountOf(t, answer), {
    ...{ name: null, principal: BASIC_INFO.principal_name, verified: false, verificationExpiresAt: null },
  });
  const zero = await accountOf(t, { ...BASIC_INFO, wx_verify_info: { annual_review_end_time: 0 } });
  assert.deepEqual([zero.verified, zero.verificationExpiresAt], [null, null]);
});

test("an answer of another kind is a fault, not an unverified account", async (t) => {
  const { url } = await platformServer(t, { getaccountbasicinfo: ['{"errcode":0,"errmsg":"ok"}'] });
  assert.equal((await failureOf(openSession({ url }).profile.account())).code, "unexpected_shape");
});

test("a quota is asked by the API's path and read with what everybody used", async (t) => {
  const quota = { daily_limit: 1000, used: 63, remain: 937 };
  const { url, asked } = await platformServer(t, { get: [JSON.stringify({ errcode: 0, errmsg: "ok", quota })] });
  const session = openSession({ url });
  assert.deepEqual(await session.profile.quota("getbizsummary"), { dailyLimit: 1000, used: 63 });
  for (const api of ["freepublish_batchget", "comment_list", "getmsglist", "getupstreammsg"]) {
    assert.deepEqual(await session.profile.quota(api), { dailyLimit: 1000, used: 63 });
  }
  assert.deepEqual(
    asked.filter(({ api }) => api === "get").map(({ body }) => JSON.parse(body)),
    [
      { cgi_path: "/datacube/getbizsummary" },
      { cgi_path: "/cgi-bin/freepublish/batchget" },
      { cgi_path: "/cgi-bin/comment/list" },
      { cgi_path: "/customservice/msgrecord/getmsglist" },
      { cgi_path: "/datacube/getupstreammsg" },
    ],
  );
  await assert.rejects(async () => session.profile.quota("getuserread"), /no quota is known/);
});

test("a quota without its figures is no quota", async (t) => {
  for (const quota of [undefined, {}, { daily_limit: 1000 }, { daily_limit: "many", used: 1 }]) {
    const { url } = await platformServer(t, { get: [JSON.stringify({ errcode: 0, quota })] });
    assert.equal((await failureOf(openSession({ url }).profile.quota("getbizsummary"))).code, "unexpected_shape");
  }
});

test("refusals of the kind of token are matters of permission", async (t) => {
  for (const code of [48001, 61007, 76022, 47009]) {
    const { url, count } = await platformServer(t, { getaccountbasicinfo: [errorBody(code)], get: [errorBody(code)] });
    const session = openSession({ url });
    for (const question of [session.profile.account(), session.profile.quota("getusersummary")]) {
      const { scope, code: text } = await failureOf(question);
      assert.deepEqual([scope, text], ["permission", String(code)]);
    }
    assert.equal(count("get"), 1);
  }
});
