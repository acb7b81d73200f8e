import assert from "node:assert/strict";
import { test } from "node:test";
import { first, type Simulation, type StateAccount, simulate } from "./support.ts";

const path = "/cgi-bin/account/getaccountbasicinfo";
const nowSeconds = Date.parse("2026-11-23T10:00:00+08:00") / 1000;

async function profileOf(simulation: Simulation, account: StateAccount) {
  const token = String((await simulation.stableToken(account)).json.access_token);
  return (await simulation.call(token, path, "")).json as { errcode: number } & Record<string, unknown>;
}

test("An account's profile names its body and the end of its verification; some accounts are refused.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state("?detail=brief&from=2026-11-22");
  const codes = new Map<number, number>();
  for (const account of accounts.filter((each) => each.special !== "not_allow_listed")) {
    const profile = await profileOf(simulation, account);
    codes.set(profile.errcode, (codes.get(profile.errcode) ?? 0) + 1);
    assert.equal(profile.errcode, account.verified && account.permissions.profile ? 0 : 48001, account.code);
    if (profile.errcode !== 0) continue;
    const verification = profile.wx_verify_info as Record<string, unknown>;
    assert.deepEqual(
      [profile.appid, profile.nickname, profile.principal_name, verification.annual_review_end_time],
      [account.appid, account.name, account.principal, account.verified_until],
    );
    assert.deepEqual([verification.qualification_verify, profile.realname_status], [true, 1]);
  }
  assert.ok(Number(codes.get(0)) > 30 && Number(codes.get(48001)) > 3, JSON.stringify([...codes]));
});

test("One verification is past, one ends in 20 days, the others months away; past its end every call is refused.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state("?detail=brief&from=2026-11-22");
  const days = new Map(accounts.map((each) => [each, (Number(each.verified_until) - nowSeconds) / 86_400]));
  const near = [...days].filter(([, left]) => left < 85);
  assert.deepEqual(
    near.map(([account, left]) => [account.code, Math.ceil(left)]),
    [
      ["town-baiyun", -40],
      ["kindergarten", 20],
    ],
  );
  assert.ok(new Set([...days.values()].map((left) => Math.ceil(left / 30))).size > 6);
  const account = first(accounts.filter((each) => each.code === "kindergarten"));
  const ask = async (second: number) => {
    await simulation.clock(new Date(second * 1000).toISOString());
    const token = String((await simulation.stableToken(account)).json.access_token);
    const { json } = await simulation.call(token, "/cgi-bin/openapi/quota/get", { cgi_path: path });
    return json.errcode;
  };
  const end = Number(account.verified_until);
  assert.deepEqual([await ask(end - 1), await ask(end)], [0, 48001]);
  await simulation.control("account", {
    appid: account.appid,
    set: { verifiedUntil: new Date((end + 10) * 1000).toISOString() },
  });
  assert.deepEqual([await ask(end + 9), await ask(end + 10)], [0, 48001]);
  await simulation.control("account", { appid: account.appid, set: { verified: true } });
  assert.equal(await ask(end + 11), 0);
});
