import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { pino } from "pino";
import { UserError } from "../../src/errors.ts";
import { startExposition } from "../../src/metrics/exposition.ts";
import { createTelemetry } from "../../src/metrics/process.ts";
import { acceptsGzip } from "../../src/web/answers.ts";
import { startWeb, type WebOptions } from "../../src/web/server.ts";
import { insertCounty, NOW, openTestDatabase } from "../metrics/county.ts";
import { promtool } from "../metrics/promtool.ts";

const log = pino({ level: "silent" });

async function start(t: TestContext, options: Partial<WebOptions> = {}) {
  const telemetry = createTelemetry({ version: "1" });
  const web = await startWeb({ listen: "127.0.0.1:0", telemetry, ready: async () => [], log, ...options });
  t.after(web.close);
  return web;
}

interface Reply {
  status: number | undefined;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

function get(url: string, options: RequestOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, ...options }, async (response) => {
      const body = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
    sent.on("error", reject).end();
  });
}

test("/metrics holds the families and the process's own counters, plain or as gzip", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const exposition = startExposition({ db, log, now: () => NOW });
  t.after(exposition.close);
  await exposition.refresh();
  const { url } = await start(t, { exposition });

  const plain = await get(`${url}/metrics`);
  assert.equal(plain.status, 200);
  assert.equal(plain.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(plain.headers["content-encoding"], undefined);
  const page = plain.body.toString();
  assert.ok(page.startsWith(Buffer.concat(exposition.page().text).toString()));
  assert.match(page, /^govmatrix_build_info\{version="1"\} 1$/m);
  assert.equal(promtool(page), "");

  const zipped = await get(`${url}/metrics`, { headers: { "accept-encoding": "gzip, deflate" } });
  assert.equal(zipped.headers["content-encoding"], "gzip");
  assert.equal(Number(zipped.headers["content-length"]), zipped.body.length);
  const families = (text: string) => text.split("\n").filter((line) => line.startsWith("govmatrix_account_"));
  assert.deepEqual(families(gunzipSync(zipped.body).toString()), families(page));
});

test("a process without an exposition serves its own counters, and no page", async (t) => {
  const { url } = await start(t);
  const { body } = await get(`${url}/metrics`);
  assert.match(body.toString(), /^govmatrix_build_info/m);
  assert.ok(!body.includes("govmatrix_account_"));
  assert.equal((await get(`${url}/`)).status, 404);
});

test("/live and /ready answer JSON, and /ready gives the reasons with 503", async (t) => {
  let reasons: string[] = [];
  const { url } = await start(t, { ready: async () => reasons });
  assert.equal((await get(`${url}/live`)).status, 200);
  const well = await get(`${url}/ready`);
  assert.equal(well.status, 200);
  assert.deepEqual(JSON.parse(well.body.toString()), { ready: true });
  reasons = ["Postgres does not answer"];
  const ill = await get(`${url}/ready`);
  assert.equal(ill.status, 503);
  assert.match(ill.headers["content-type"] ?? "", /^application\/json/);
  assert.deepEqual(JSON.parse(ill.body.toString()), { ready: false, reasons });
});

test("the page is HTML that may load and run nothing", async (t) => {
  const { url } = await start(t, { page: async () => "<!doctype html><p>矩阵</p>" });
  const { status, headers, body } = await get(`${url}/?query=1`);
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["referrer-policy"], "no-referrer");
  assert.equal(body.toString(), "<!doctype html><p>矩阵</p>");
});

test("the page is asked for the department that the query names, once decoded", async (t) => {
  const asked: (string | null)[] = [];
  const page = async (department: string | null) => {
    asked.push(department);
    return "";
  };
  const { url } = await start(t, { page });
  for (const query of [
    "",
    "?",
    "?department=",
    "?x=1&department=a%26b%3F%E5%B1%80&department=z",
    "?department=%ff?%00",
  ]) {
    assert.equal((await get(`${url}/${query}`)).status, 200);
  }
  assert.deepEqual(asked, [null, null, null, "a&b?局", "\ufffd?\0"]);
});

test("a page that cannot be made gives 503 in Chinese and tells nothing of the error", async (t) => {
  const { url } = await start(t, { page: () => Promise.reject(new Error("password=hunter2")) });
  const { status, body } = await get(`${url}/`);
  assert.equal(status, 503);
  assert.match(body.toString(), /暂时读不到数据库/);
  assert.ok(!body.includes("hunter2"));
});

test("an unexpected error gives 500 without its text, and the next request is served", async (t) => {
  const telemetry = { metrics: () => Promise.reject(new Error("hunter2")) };
  const { url } = await start(t, { telemetry });
  const { status, body } = await get(`${url}/metrics`);
  assert.equal(status, 500);
  assert.ok(!body.includes("hunter2"));
  assert.equal((await get(`${url}/live`)).status, 200);
});

test("other paths give 404, other methods 405, and HEAD the headers alone", async (t) => {
  const { url } = await start(t);
  for (const path of ["/nothing", "/metrics/", "//metrics", "/%2e%2e/etc/passwd", "/live%00"]) {
    assert.equal((await get(`${url}${path}`)).status, 404, path);
  }
  const refused = await get(`${url}/metrics`, { method: "POST" });
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.allow, "GET, HEAD");
  const head = await get(`${url}/live`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
  assert.equal(Number(head.headers["content-length"]), (await get(`${url}/live`)).body.length);
});

test("a coding counts as accepted unless its weight is 0", () => {
  for (const header of ["gzip", "deflate, GZIP;q=0.5", "*", "br;q=1, *;q=0.1"]) assert.ok(acceptsGzip(header), header);
  for (const header of ["", "identity", "gzip;q=0", "gzip; q=0.000, *", "x-gzip"]) {
    assert.ok(!acceptsGzip(header), header);
  }
});

test("an address that cannot be taken is told in one sentence that names it and LISTEN", async (t) => {
  const { url } = await start(t);
  const taken = new URL(url).host;
  const refusal = async (listen: string) => {
    const error = await start(t, { listen }).catch((reason: unknown) => reason);
    assert.ok(error instanceof UserError, listen);
    return error.message;
  };
  assert.match(await refusal(taken), new RegExp(`LISTEN.*${taken}`));
  assert.match(await refusal("203.0.113.1:9464"), /LISTEN.*203\.0\.113\.1:9464/);
  assert.match(await refusal("9464"), /LISTEN: expected host:port, got 9464/);
  assert.match(await refusal("127.0.0.1:99999"), /LISTEN: expected host:port/);
});

test("close answers what is under way and ends idle connections at once, those that said nothing within seconds", async () => {
  const telemetry = createTelemetry({ version: "1" });
  const { promise: reasons, resolve: answerReady } = Promise.withResolvers<string[]>();
  const web = await startWeb({ listen: "127.0.0.1:0", telemetry, ready: () => reasons, log });
  const { hostname, port } = new URL(web.url);
  const closed = new Map<string, number>();
  const open = async (name: string, text: string, answer: boolean) => {
    const socket = connect(Number(port), hostname).on("error", () => {});
    socket.on("close", () => closed.set(name, performance.now() - startedAt));
    await once(socket, "connect");
    socket.write(text);
    if (answer) await once(socket, "data");
  };
  let startedAt = 0;
  await open("idle", "GET /live HTTP/1.1\r\nhost: x\r\n\r\n", true);
  await open("unfinished", "GET /live HTTP/1.1\r\nhost: x\r\n", false);
  const underWay = get(`${web.url}/ready`);
  await sleep(100);
  startedAt = performance.now();
  const closing = web.close();
  await sleep(200);
  assert.deepEqual([...closed.keys()], ["idle"]);
  answerReady([]);
  assert.equal((await underWay).status, 200);
  await closing;
  assert.ok(performance.now() - startedAt < 4_000);
  await assert.rejects(get(`${web.url}/live`));
});
