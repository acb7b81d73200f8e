import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import { createTelemetry } from "../../src/metrics/process.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { watchdogSeenAt } from "../../src/store/watchdog.ts";
import { type AlertsOptions, alertsRoute } from "../../src/web/alerts.ts";
import { startWeb } from "../../src/web/server.ts";
import { historyOf, insertAccount, NOW } from "../alerts/support.ts";
import { openTestDatabase } from "../metrics/county.ts";

const TOKEN = "0123456789abcdef";
const MIB = 1024 * 1024;

interface Reply {
  status: number | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

function post(url: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, method: "POST", headers: { authorization: `Bearer ${TOKEN}`, ...headers } };
    const sent = request(`${url}/alerts`, options, async (response) => {
      const answered = Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, headers: response.headers, body: answered });
    });
    sent.on("error", reject).end(body);
  });
}

async function serve(t: TestContext, db: Kysely<Database>, options: Partial<AlertsOptions> = {}) {
  const errors: string[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void errors.push(line) });
  const alerts = alertsRoute({ db, token: TOKEN, now: () => NOW, log, ...options });
  const telemetry = createTelemetry({ version: "1" });
  const web = await startWeb({ listen: "127.0.0.1:0", telemetry, ready: async () => [], alerts, log });
  t.after(web.close);
  return { url: web.url, errors };
}

async function start(t: TestContext, options: Partial<AlertsOptions> = {}) {
  const { db, url: databaseUrl } = await openTestDatabase(t);
  await insertAccount(db, "a");
  return { db, databaseUrl, ...(await serve(t, db, options)) };
}

const body = (...labels: Record<string, string>[]) =>
  JSON.stringify({ version: "4", alerts: labels.map((own) => ({ status: "firing", labels: own })) });
const DUE = { alertname: "AccountPublishDue", account: "a", severity: "warning" };

test("what is posted is stored when it is answered, without a content type, and the same again is no event", async (t) => {
  const { db, url } = await start(t);
  const first = await post(url, body(DUE, { alertname: "Watchdog", severity: "info" }));
  assert.equal(first.status, 200);
  assert.deepEqual(JSON.parse(first.body), { events: 1 });
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired warning …"]);
  assert.deepEqual(await watchdogSeenAt(db), NOW);
  const chunked = await post(url, body(DUE), { "transfer-encoding": "chunked", "content-type": "text/plain" });
  assert.deepEqual(JSON.parse(chunked.body), { events: 0 });
});

test("only the bearer of the token is let in, and without a token nobody", async (t) => {
  const { db, url } = await start(t);
  const wrong = ["", "Bearer", "Bearer ", `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN];
  for (const authorization of wrong) {
    const { status, headers, body: text } = await post(url, body(DUE), { authorization });
    assert.equal(status, 401, authorization);
    assert.equal(headers["www-authenticate"], "Bearer");
    assert.ok(!text.includes(TOKEN));
  }
  assert.equal((await post(url, body(DUE), { authorization: `bearer  ${TOKEN} ` })).status, 200);
  const off = await serve(t, db, { token: undefined });
  for (const authorization of [`Bearer ${TOKEN}`, "Bearer undefined", "Bearer "]) {
    const refused = await post(off.url, body(DUE), { authorization });
    assert.equal(refused.status, 403);
    assert.match(refused.body, /alerts are off: ALERT_WEBHOOK_TOKEN is not set/);
  }
});

test("other methods are refused by name, on /alerts as elsewhere", async (t) => {
  const { url } = await start(t);
  for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
    const { status, headers } = await fetch(`${url}/alerts`, { method });
    assert.equal(status, 405);
    assert.equal(headers.get("allow"), "POST");
  }
  const elsewhere = await fetch(`${url}/live`, { method: "POST", body: body(DUE) });
  assert.equal(elsewhere.headers.get("allow"), "GET, HEAD");
});

test("a body that is no payload is refused in one sentence, one that is too large before it is taken in", async (t) => {
  const { url, errors } = await start(t);
  for (const text of ["", "{", "[]", '{"version":"3","alerts":[]}']) {
    const { status, body: answer } = await post(url, text);
    assert.equal(status, 400);
    assert.equal(answer, "expected the JSON of an Alertmanager webhook, version 4\n");
  }
  assert.equal((await post(url, Buffer.alloc(16 * MIB, " "))).status, 400);
  assert.equal((await post(url, Buffer.alloc(16 * MIB + 1, " "), { "transfer-encoding": "chunked" })).status, 413);
  const announced = connect(Number(new URL(url).port), "127.0.0.1");
  announced.write(
    `POST /alerts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 99999999\r\n\r\n`,
  );
  const [answer] = await once(announced, "data");
  assert.match(String(answer), /^HTTP\/1\.1 413 /);
  announced.destroy();
  assert.deepEqual(errors, []);
});

test("who goes away midway leaves nothing behind", async (t) => {
  const { db, url, errors } = await start(t);
  const text = body(DUE);
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(
    `POST /alerts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: ${text.length + 9}\r\n\r\n${text}`,
  );
  socket.end();
  await once(socket.resume(), "close");
  assert.deepEqual(await historyOf(db), []);
  assert.equal((await post(url, text)).status, 200);
  assert.deepEqual(errors, []);
});

test("while the database is away or refuses, the answer is 503, and later the same is taken", async (t) => {
  const away = openDatabase("postgres://nobody@127.0.0.1:1/none");
  t.after(() => away.destroy());
  const unreachable = await serve(t, away);
  assert.equal((await post(unreachable.url, body(DUE))).status, 503);

  const { db, url, errors } = await start(t);
  await sql`alter table alert_event rename to elsewhere`.execute(db);
  const refused = await post(url, body(DUE));
  assert.equal(refused.status, 503);
  assert.equal(refused.body, "the alerts could not be stored: try again\n");
  assert.match(errors.join(""), /alerts could not be stored/);
  await sql`alter table elsewhere rename to alert_event`.execute(db);
  assert.equal((await post(url, body(DUE))).status, 200);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired warning …"]);
});

test("a connection that is cut while it stores leaves nothing, and the next post is stored whole", async (t) => {
  const { db, databaseUrl, url } = await start(t);
  const other = openDatabase(databaseUrl, { max: 1 });
  t.after(() => other.destroy());
  await other.transaction().execute(async (trx) => {
    await sql`lock table alert_event in access exclusive mode`.execute(trx);
    const posted = post(url, body(DUE));
    const pid = sql<{ pid: number }>`
      select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    let cut: { pid: number }[] = [];
    while (cut.length === 0) ({ rows: cut } = await pid.execute(trx));
    await sql`select pg_terminate_backend(${cut[0]?.pid})`.execute(trx);
    assert.equal((await posted).status, 503);
  });
  assert.deepEqual(await historyOf(db), []);
  assert.equal((await post(url, body(DUE))).status, 200);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired warning …"]);
});

test("many posts at once are all stored or told to come again", async (t) => {
  const { db, url } = await start(t);
  const codes = Array.from({ length: 30 }, (_, index) => `c${index}`);
  for (const code of codes) await insertAccount(db, code);
  const all = body(...codes.map((account) => ({ ...DUE, account })));
  const replies = await Promise.all(Array.from({ length: 60 }, () => post(url, all)));
  const count = (status: number) => replies.filter((reply) => reply.status === status).length;
  assert.equal(count(200) + count(503), replies.length);
  assert.ok(count(200) >= 24);
  assert.equal((await historyOf(db)).length, codes.length);
  assert.equal(
    replies.reduce((sum, reply) => sum + (reply.status === 200 ? JSON.parse(reply.body).events : 0), 0),
    codes.length,
  );
});

async function nextTurns(): Promise<undefined> {
  for (let turn = 0; turn < 100; turn += 1) await nextTurn();
}

test("no word of an alert can make its whole group come again for ever", async (t) => {
  const { db, url } = await start(t);
  const odd = ["\u0000", "a\u0000", "\ud800", "x".repeat(100_000)].map((account) => ({ ...DUE, account }));
  const { status, body: answer } = await post(url, body(...odd, DUE));
  assert.deepEqual([status, JSON.parse(answer)], [200, { events: 1 }]);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired warning …"]);
});

test("what waits behind a database that hangs counts until it is let go, also when it was answered", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const hanging = Promise.withResolvers<never>();
  const db = { transaction: () => ({ execute: () => hanging.promise }) } as unknown as Kysely<Database>;
  const alerts = alertsRoute({ db, token: TOKEN, now: () => NOW, log: pino({ enabled: false }) });
  const request = () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return alerts(Object.assign(Readable.from([Buffer.from(body(DUE))]), { headers }) as unknown as IncomingMessage);
  };
  const first = Array.from({ length: 24 }, request);
  await nextTurns();
  t.mock.timers.tick(10_000);
  for (const answer of await Promise.all(first)) assert.equal(answer.status, 503);
  const refused = await Promise.race([request(), nextTurns()]);
  assert.match(String(refused?.body[0]), /too many requests/);
  hanging.reject(new Error("cut"));
  await nextTurns();
  assert.doesNotMatch(String((await request()).body[0]), /too many requests/);
});
