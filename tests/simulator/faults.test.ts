import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Simulation, type StateAccount, simulate } from "./support.ts";

const day = { begin_date: "2026-11-20", end_date: "2026-11-20" };

async function open(t: TestContext) {
  const simulation = await simulate(t, { accounts: 2 });
  const { accounts } = await simulation.state("?from=2026-11-22");
  const [account, neighbour] = accounts as [StateAccount, StateAccount];
  const token = String((await simulation.stableToken(account)).json.access_token);
  const ask = () => simulation.call(token, "/datacube/getbizsummary", day);
  const break_ = (fault: unknown, more: object = { count: 1 }) =>
    simulation.control("faults", { api: "getbizsummary", fault, ...more });
  return { simulation, account, neighbour, token, ask, break: break_ };
}

/** Sends one request over a bare socket and collects what comes back. */
async function rawAsk(t: TestContext, simulation: Simulation, token: string) {
  const { hostname, port } = new URL(simulation.url);
  const socket: Socket = connect(Number(port), hostname);
  t.after(() => socket.destroy());
  const received: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => received.push(chunk));
  const errors: NodeJS.ErrnoException[] = [];
  socket.on("error", (error) => errors.push(error));
  const closed = once(socket, "close").catch(() => undefined);
  await once(socket, "connect");
  const body = JSON.stringify(day);
  const path = `/datacube/getbizsummary?access_token=${token}`;
  socket.write(`POST ${path} HTTP/1.1\r\nhost: simulator\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  return { socket, closed, errors, bytes: () => Buffer.concat(received) };
}

test("An error code replaces the answer as often as it was asked for, then the truth is back.", async (t) => {
  const { ask, break: breakIt, simulation } = await open(t);
  const truth = (await ask()).json;
  await breakIt({ errcode: -1, errmsg: "system error" }, { count: 2 });
  for (let round = 0; round < 2; round++) {
    const wire = await ask();
    assert.deepEqual([wire.status, wire.json.errcode], [200, -1]);
    assert.match(String(wire.json.errmsg), /^system error rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/);
  }
  assert.deepEqual((await ask()).json, truth);
  const { faults } = (await simulation.request("GET", "/_/faults")).json as { faults: { hits: number }[] };
  assert.deepEqual(
    faults.map((fault) => fault.hits),
    [2],
  );
});

test("A gateway's error is a page with its HTTP status.", async (t) => {
  const { ask, break: breakIt } = await open(t);
  await breakIt({ status: 502, html: true });
  const wire = await ask();
  assert.deepEqual([wire.status, wire.contentType], [502, "text/html"]);
  assert.match(wire.text, /<h1>502 Bad Gateway<\/h1>/);
  await breakIt("html");
  const page = await ask();
  assert.deepEqual([page.status, page.contentType], [200, "text/html"]);
  assert.match(page.text, /^<html>/);
});

test("Any body can be put in the answer's place.", async (t) => {
  const { ask, break: breakIt } = await open(t);
  await breakIt({ body: '{"list":{"0":1}}', contentType: "text/plain" });
  const wire = await ask();
  assert.deepEqual([wire.status, wire.contentType, wire.text], [200, "text/plain", '{"list":{"0":1}}']);
});

test("Truncated and garbage bodies arrive whole and cannot be parsed.", async (t) => {
  const { ask, break: breakIt, token, simulation } = await open(t);
  const truth = (await ask()).text;
  await breakIt("truncated");
  const half = await fetch(`${simulation.url}/datacube/getbizsummary?access_token=${token}`, {
    method: "POST",
    body: JSON.stringify(day),
  });
  const bytes = Buffer.from(await half.arrayBuffer());
  assert.ok(Buffer.from(truth).subarray(0, bytes.length).equals(bytes));
  assert.throws(() => JSON.parse(bytes.toString()), SyntaxError);
  await breakIt("garbage");
  const garbage = await ask();
  assert.equal(garbage.status, 200);
  assert.throws(() => JSON.parse(garbage.text), SyntaxError);
});

test("A byte order mark, a plain content type, an empty list and a delay change the true answer only in that.", async (t) => {
  const { ask, break: breakIt } = await open(t);
  const truth = await ask();
  await breakIt("bom");
  assert.equal((await ask()).text, `\uFEFF${truth.text}`);
  await breakIt("text_plain");
  const plain = await ask();
  assert.deepEqual([plain.contentType, plain.text], ["text/plain", truth.text]);
  await breakIt("empty_list");
  assert.deepEqual((await ask()).json, { list: [], is_delay: false });
  await breakIt("is_delay");
  assert.deepEqual((await ask()).json, { ...truth.json, is_delay: true });
  assert.equal((await ask()).text, truth.text);
});

test("A cut answer ends before the length it promised; a reset connection says nothing at all.", async (t) => {
  const { break: breakIt, simulation, token } = await open(t);
  await breakIt("cut");
  const cut = await rawAsk(t, simulation, token);
  await cut.closed;
  const [head = "", body = ""] = cut.bytes().toString("latin1").split("\r\n\r\n");
  const promised = Number(/content-length: (\d+)/.exec(head)?.[1]);
  assert.ok(body.length > 0 && body.length < promised, `${body.length} of ${promised}`);
  await breakIt("reset");
  const reset = await rawAsk(t, simulation, token);
  await reset.closed;
  assert.equal(reset.bytes().length, 0);
  assert.deepEqual(
    reset.errors.map((error) => error.code),
    ["ECONNRESET"],
  );
});

test("A slow answer comes byte by byte and does not end soon.", async (t) => {
  const { break: breakIt, simulation, token } = await open(t);
  await breakIt("slow_drip");
  const drip = await rawAsk(t, simulation, token);
  await sleep(500);
  const early = drip.bytes().length;
  await sleep(1000);
  const later = drip.bytes().length;
  assert.ok(early > 0 && later > early && later - early <= 10, `${early} then ${later}`);
});

test("A hanging call gets nothing, and closing the simulator ends it at once.", async (t) => {
  const { break: breakIt, simulation, token } = await open(t);
  await breakIt("hang");
  const hanging = await rawAsk(t, simulation, token);
  await sleep(200);
  assert.equal(hanging.bytes().length, 0);
  assert.equal(hanging.socket.destroyed, false);
  const before = performance.now();
  await simulation.close();
  await hanging.closed;
  assert.ok(performance.now() - before < 1000);
});

test("An oversized body passes 20 MB without announcing a length, and a client may hang up in the middle.", async (t) => {
  const { ask, break: breakIt, simulation, token } = await open(t);
  await breakIt("oversized", { count: 2 });
  const wire = await ask();
  assert.ok(wire.text.length > 20 * 1024 * 1024);
  assert.deepEqual(wire.json.list, []);
  const impatient = await rawAsk(t, simulation, token);
  while (impatient.bytes().length < 100_000) await sleep(5);
  assert.doesNotMatch(impatient.bytes().subarray(0, 300).toString("latin1"), /content-length/);
  impatient.socket.destroy();
  assert.ok((await ask()).json.list);
});

test("A fault strikes its own account and its own API.", async (t) => {
  const { ask, simulation, account, neighbour, token } = await open(t);
  await simulation.control("faults", {
    api: "/datacube/getbizsummary",
    appid: account.appid,
    fault: { errcode: 45009 },
  });
  await simulation.control("faults", { api: "stable_token", appid: neighbour.appid, fault: { errcode: -1 } });
  assert.equal((await ask()).json.errcode, 45009);
  assert.ok((await simulation.call(token, "/datacube/getusersummary", day)).json.list);
  assert.equal((await simulation.stableToken(account)).json.errcode, undefined);
  assert.equal((await simulation.stableToken(neighbour)).json.errcode, -1);
  assert.equal((await simulation.request("DELETE", "/_/faults")).status, 200);
  assert.ok((await ask()).json.list);
  assert.equal((await simulation.stableToken(neighbour)).json.errcode, undefined);
});

test("Chance draws the same calls from the same seed.", async (t) => {
  const draws: string[] = [];
  for (let round = 0; round < 2; round++) {
    const { ask, break: breakIt } = await open(t);
    await breakIt("empty_list", { probability: 0.5 });
    let drawn = "";
    for (let call = 0; call < 40; call++) drawn += (await ask()).json.list?.length === 0 ? "x" : ".";
    draws.push(drawn);
  }
  assert.equal(draws[0], draws[1]);
  const struck = draws[0]?.split("x").length ?? 0;
  assert.ok(struck > 10 && struck < 32, draws[0]);
});

test("A fault that nobody knows is refused with the names that are known.", async (t) => {
  const { simulation } = await open(t);
  const cases: [unknown, RegExp][] = [
    [{ fault: "hnag" }, /^fault: expected one of html, /],
    [{ fault: "hang", api: "getbizsumary" }, /^api: unknown API getbizsumary/],
    [{ fault: "hang", appid: "wx1" }, /^appid: unknown account wx1/],
    [{ fault: "hang", probability: 2 }, /^probability: expected a number from 0 to 1/],
    [{ fault: "hang", times: 2 }, /^times: unknown name/],
    ["{", /^body: expected JSON/],
  ];
  for (const [body, message] of cases) {
    const wire = await simulation.post("/_/faults", body);
    assert.equal(wire.status, 400);
    assert.match(String(wire.json.error), message);
  }
  assert.deepEqual((await simulation.request("GET", "/_/faults")).json, { faults: [] });
});
