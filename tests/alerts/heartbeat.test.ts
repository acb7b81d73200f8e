import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { startHeartbeat } from "../../src/alerts/heartbeat.ts";
import { createWatch } from "../../src/alerts/watchdog.ts";
import { writeTick } from "../../src/store/planner.ts";
import { sawWatchdog } from "../../src/store/watchdog.ts";
import { eventually } from "../support/process.ts";
import { insertOverdue, openOffice } from "./notifying.ts";
import { minutes, NOW, payloadOf, report, tell } from "./support.ts";

/** A monitor outside; `/moved` leads to where it listens. */
async function startMonitor(t: TestContext) {
  const monitor = { url: "", calls: 0, status: 200 };
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/moved")) response.writeHead(302, { location: "/secret-ping" }).end();
    else {
      monitor.calls += 1;
      response.writeHead(monitor.status).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  monitor.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/moved/secret-ping`;
  return monitor;
}

test("it beats while all is well, stays away while anything is not, and says why once without the address", async (t) => {
  const office = await openOffice(t);
  const { db, clock } = office;
  const monitor = await startMonitor(t);
  const written: Record<string, unknown>[] = [];
  const heartbeat = startHeartbeat({
    ...{ db, url: monitor.url, proxyEnv: {}, plannerIntervalSeconds: 30, watchdogSilenceMs: 15 * 60_000, everyMs: 10 },
    now: () => clock.now,
    log: pino({}, { write: (line: string) => void written.push(JSON.parse(line)) }),
  });
  t.after(() => heartbeat.stop());
  const beats = async () => {
    const before = monitor.calls;
    await eventually("a beat", () => monitor.calls > before + 1);
  };
  const staysAway = async (reason: RegExp) => {
    await eventually(`the reason ${reason}`, () => reason.test(String(written.at(-1)?.reason)));
    const before = monitor.calls;
    await sleep(150);
    assert.equal(monitor.calls, before, String(reason));
  };

  await staysAway(/planner/);
  await writeTick(db, NOW);
  await staysAway(/Alertmanager/);
  await createWatch({ db, silenceMs: 15 * 60_000 }).look(NOW);
  await staysAway(/Alertmanager/);
  await sawWatchdog(db, NOW);
  await beats();

  clock.now = minutes(1.5);
  await staysAway(/planner/);
  await writeTick(db, clock.now);
  await beats();

  await insertOverdue(db, "a");
  await tell(db, payloadOf(report("critical")), clock.now);
  office.robots.setMode("duty", "dead");
  await office.notifier()();
  clock.now = minutes(14.9);
  await writeTick(db, clock.now);
  await beats();
  clock.now = minutes(16.6);
  await writeTick(db, clock.now);
  await sawWatchdog(db, clock.now);
  await staysAway(/notifications wait/);
  office.robots.setMode("duty", "ok");
  await office.notifier()();
  await beats();

  monitor.status = 500;
  await eventually("the answer to be told", () => /\(500\)/.test(String(written.at(-1)?.reason)));
  const reasons = written.length;
  await sleep(100);
  assert.equal(written.length, reasons, "once");
  const text = JSON.stringify(written);
  for (const hidden of ["secret-ping", "127.0.0.1", "moved"]) assert.ok(!text.includes(hidden), hidden);
});
