import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { Client } from "pg";
import { pino } from "pino";
import type { ChannelSettings } from "../../src/alerts/channels/channel.ts";
import { createSendHttp } from "../../src/alerts/channels/http.ts";
import { startNotifier } from "../../src/alerts/notifier.ts";
import { PACE } from "../../src/alerts/pace.ts";
import { eventually } from "../support/process.ts";
import { contact, hop, insertOverdue, type Office, openOffice, setContact } from "./notifying.ts";
import { days, payloadOf, report, tell } from "./support.ts";

const WATER = { departments: { d: [contact(hop("water"))] } };
const FAST = { ...PACE, roundMs: 20, gatherMs: 0, quietMs: 0, perWindow: 1_000, backoffMs: 20 };

function lines() {
  const written: Record<string, unknown>[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void written.push(JSON.parse(line)) });
  return { written, log };
}

function started(t: TestContext, office: Office) {
  const { written, log } = lines();
  const notifier = startNotifier({
    ...{ db: office.db, routes: office.routes, holidays: [], watchdog: false, log },
    ...{ http: createSendHttp({}), observe: () => {}, pace: FAST, now: () => office.clock.now },
  });
  t.after(() => notifier.stop());
  return { notifier, written };
}

test("a slow channel delays only itself, and a stop waits for what is being sent", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a", "b");
  office.robots.setMode("water", { slowMs: 1_500 });
  const { notifier } = started(t, office);
  await tell(office.db, payloadOf(report("critical")));
  await eventually("the slow one to be asked", () => office.robots.requests("water").length === 1);
  await eventually("the duty group to hear of it", () => office.read("duty").length === 1, 1_000);
  await tell(office.db, payloadOf(report("critical", true, { account: "b" })));
  await eventually("the duty group to hear of the next", () => office.read("duty").length === 2, 1_000);
  const startedAt = performance.now();
  await notifier.stop();
  assert.ok(performance.now() - startedAt > 300);
  const rows = await office.db
    .selectFrom("notification")
    .select("state")
    .where("channel", "=", "water")
    .orderBy("id")
    .execute();
  assert.deepEqual(
    rows.map(({ state }) => state),
    ["delivered", "pending"],
    "nothing new is begun",
  );
  const leases = await office.db.selectFrom("notification_target").select("lease_id").execute();
  assert.ok(leases.every(({ lease_id }) => lease_id === null));
});

test("Postgres may go away and come back: the notifier goes on, says so once, and is not ready meanwhile", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a");
  const { notifier, written } = started(t, office);
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(office.db);
  const name = rows[0]?.name ?? "";
  const admin = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await admin.connect();
  t.after(() => admin.end());
  await admin.query(`alter database ${name} allow_connections false`);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
  await eventually("the fault to be logged", () => written.some(({ msg }) => msg === "a step of the notifier failed"));
  await sleep(200);
  office.clock.now = new Date(office.clock.now.getTime() + 61_000);
  await sleep(100);
  assert.match(notifier.fault(office.clock.now) ?? "", /last complete round is 61 s old/);
  await admin.query(`alter database ${name} allow_connections true`);
  await eventually("a complete round", () => notifier.fault(office.clock.now) === null);
  await tell(office.db, payloadOf(report("critical")));
  await eventually("the alert to be told", () => office.read("water").length === 1);
  await notifier.stop();
  const faults = written.filter(({ msg }) => msg === "a step of the notifier failed").map(({ step }) => step);
  assert.equal(new Set(faults).size, faults.length, `each fault once: ${faults}`);
});

test("the log holds neither texts nor names nor addresses", async (t) => {
  const office = await openOffice(t, { duty: [hop("duty", "zhangsan")], departments: {} });
  await insertOverdue(office.db, "a");
  office.robots.setMode("duty", { errcode: 93000 });
  const { notifier, written } = started(t, office);
  await tell(office.db, payloadOf(report("critical")));
  await eventually("a refusal", () => written.some(({ reason }) => reason === "93000"));
  office.robots.setMode("duty", "ok");
  office.clock.now = days(0.1);
  await eventually("the message", () => office.read("duty").length === 1);
  await notifier.stop();
  const text = JSON.stringify(written);
  assert.match(text, /a message was delivered/);
  for (const hidden of ["云溪", "zhangsan", "127.0.0.1", "key="]) assert.ok(!text.includes(hidden), hidden);
});

test("every target has its turn in a round, however many there are and however slow the first ones", async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `chat-${index}`);
  const office = await openOffice(t);
  const { db, robots, routes } = office;
  const codes = names.map((name) => `unit-${name}`);
  await insertOverdue(db, ...codes);
  const channels = new Map<string, ChannelSettings>(
    [...names, "duty"].map((name) => [name, { type: "wecom", url: robots.add("wecom", name) }]),
  );
  for (const [index, name] of names.entries()) {
    await setContact(db, codes[index] ?? "", hop(name));
    if (index < 2) robots.setMode(name, { slowMs: 300 });
  }
  const round = office.notifier({ routes: { ...routes, channels }, pace: { concurrency: 2, gatherMs: 0 } });
  await tell(db, payloadOf(...codes.map((account) => report("warning", true, { account }))));
  await round();
  for (const name of names) assert.equal(office.read(name).length, 1, name);
});
