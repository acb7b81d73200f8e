import assert from "node:assert/strict";
import { test } from "node:test";
import { first, type Simulation, type StateAccount, simulate } from "./support.ts";

const day = { begin_date: "2026-11-22", end_date: "2026-11-22" };

async function errcodeOf(simulation: Simulation, token: string): Promise<number> {
  return (await simulation.call(token, "/datacube/getbizsummary", day)).json.errcode ?? 0;
}

async function lead(simulation: Simulation): Promise<StateAccount> {
  return first(await simulation.special("lead"));
}

test("A stable token counts down, is renewed in its last five minutes, and the old one works for five more.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const account = await lead(simulation);
  await simulation.clock("2026-11-23T10:00:00+08:00");
  const original = await simulation.stableToken(account);
  assert.equal(original.json.expires_in, 7200);
  assert.equal("errcode" in original.json, false);
  const old = String(original.json.access_token);

  await simulation.clock("2026-11-23T11:54:59+08:00");
  const later = await simulation.stableToken(account);
  assert.deepEqual([later.json.access_token, later.json.expires_in], [old, 301]);

  await simulation.clock("2026-11-23T11:58:00+08:00");
  const renewed = await simulation.stableToken(account);
  assert.notEqual(renewed.json.access_token, old);
  assert.equal(renewed.json.expires_in, 7200);
  await simulation.clock("2026-11-23T12:02:59+08:00");
  assert.equal(await errcodeOf(simulation, old), 0);
  assert.equal(await errcodeOf(simulation, String(renewed.json.access_token)), 0);
  await simulation.clock("2026-11-23T12:03:01+08:00");
  assert.equal(await errcodeOf(simulation, old), 40001);
  assert.equal(await errcodeOf(simulation, String(renewed.json.access_token)), 0);
});

test("A token that nobody renewed expires with 42001.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const token = String((await simulation.stableToken(await lead(simulation))).json.access_token);
  await simulation.clock("2026-11-23T11:59:59+08:00");
  assert.equal(await errcodeOf(simulation, token), 0);
  await simulation.clock("2026-11-23T12:00:00+08:00");
  assert.equal(await errcodeOf(simulation, token), 42001);
});

test("A forced renewal kills the old token at once, not within 30 seconds of the last one, and 20 times a day.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const account = await lead(simulation);
  const force = () => simulation.stableToken(account, { force_refresh: true });
  await simulation.clock("2026-11-23T10:00:00+08:00");
  const old = String((await simulation.stableToken(account)).json.access_token);
  const forced = String((await force()).json.access_token);
  assert.notEqual(forced, old);
  assert.equal(await errcodeOf(simulation, old), 40001);

  await simulation.clock("2026-11-23T10:00:29+08:00");
  const soon = await force();
  assert.deepEqual([soon.json.access_token, soon.json.expires_in], [forced, 7171]);

  for (let round = 2; round <= 20; round++) {
    await simulation.clock(`2026-11-23T10:${String(round).padStart(2, "0")}:00+08:00`);
    assert.equal((await force()).json.errcode, undefined, `round ${round}`);
  }
  await simulation.clock("2026-11-23T10:30:00+08:00");
  assert.equal((await force()).json.errcode, 45009);
  await simulation.clock("2026-11-24T00:00:00+08:00");
  assert.equal((await force()).json.expires_in, 7200);
});

test("Each legacy token replaces the one before, which works for five minutes, and touches no stable token.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const account = await lead(simulation);
  await simulation.clock("2026-11-23T10:00:00+08:00");
  const stable = String((await simulation.stableToken(account)).json.access_token);
  const tokens: string[] = [];
  for (let round = 0; round < 3; round++)
    tokens.push(String((await simulation.legacyToken(account)).json.access_token));
  const [oldest = "", old = "", newest = ""] = tokens;
  assert.equal(new Set(tokens).size, 3);
  assert.equal(await errcodeOf(simulation, oldest), 40001);
  assert.equal(await errcodeOf(simulation, old), 0);
  await simulation.clock("2026-11-23T10:05:00+08:00");
  assert.equal(await errcodeOf(simulation, old), 40001);
  assert.equal(await errcodeOf(simulation, newest), 0);
  assert.equal(await errcodeOf(simulation, stable), 0);
});

test("A token call names what is wrong with it.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const account = await lead(simulation);
  const good = { grant_type: "client_credential", appid: account.appid, secret: account.secret };
  const cases: [unknown, number][] = [
    ["", 44002],
    ["{", 47001],
    [{ ...good, grant_type: "password" }, 40002],
    [{ ...good, appid: "" }, 41002],
    [{ ...good, secret: undefined }, 41004],
    [{ ...good, appid: "wx0000000000000000" }, 40013],
    [{ ...good, secret: "0".repeat(32) }, 40125],
  ];
  for (const [body, errcode] of cases) {
    const wire = await simulation.post("/cgi-bin/stable_token", body);
    assert.deepEqual([wire.status, wire.json.errcode], [200, errcode], JSON.stringify(body));
  }
  assert.equal((await simulation.request("GET", "/cgi-bin/stable_token")).json.errcode, 43002);
  assert.equal((await simulation.post("/cgi-bin/token", good)).json.errcode, 43001);
});

test("A business call takes its token from the query only, and every refusal ends with the second of the request.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  await simulation.clock("2026-11-23T10:00:00+08:00");
  const missing = await fetch(`${simulation.url}/datacube/getbizsummary`, {
    method: "POST",
    headers: { authorization: "Bearer x", access_token: "x" },
    body: JSON.stringify({ ...day, access_token: "x" }),
  });
  assert.equal(((await missing.json()) as { errcode: number }).errcode, 41001);
  const unknown = await simulation.call("77_unknown", "/datacube/getbizsummary", day);
  assert.equal(unknown.status, 200);
  const second = (Date.parse("2026-11-23T10:00:00+08:00") / 1000).toString(16);
  const text = "^invalid credential, access_token is invalid or not latest rid: ";
  assert.match(String(unknown.json.errmsg), new RegExp(`${text}${second}-[0-9a-f]{8}-[0-9a-f]{8}$`));
});

test("Some accounts get tokens of the 512 characters that the documentation asks to reserve.", async (t) => {
  const simulation = await simulate(t, { accounts: 60 });
  const { accounts } = await simulation.state("?from=2026-11-22");
  const lengths = new Set<number>();
  for (const account of accounts) {
    const { json } = await simulation.stableToken(account);
    if (json.access_token !== undefined) lengths.add(String(json.access_token).length);
  }
  assert.deepEqual([...lengths].sort(), [137, 511]);
});
