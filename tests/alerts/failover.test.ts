import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { backoffMs } from "../../src/alerts/failover.ts";
import { PACE } from "../../src/alerts/pace.ts";
import { answering } from "../support/answering.ts";
import type { RobotMode } from "../support/robots.ts";
import { contact, hop, insertOverdue, notificationsOf, type Office, openOffice } from "./notifying.ts";
import { minutes, payloadOf, report, tell } from "./support.ts";

const warning = (account: string) => report("warning", true, { account });
const WATER = { duty: [hop("duty")], departments: { d: [contact(hop("water", "zhang"), hop("spare", "li"))] } };

/** Rounds every 15 s. */
async function rounds(office: Office, from: number, to: number): Promise<void> {
  for (let minute = from; minute < to; minute += 0.25) await office.roundAt(minute);
}

const targetOf = (office: Office, channel: string) =>
  office.db
    .selectFrom("notification_target")
    .select(["failures", "reason"])
    .where("channel", "=", channel)
    .executeTakeFirst();

test("after three refusals inside HTTP 200 the next channel takes over, and the first is used again once it works", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a", "b", "c");
  office.robots.setMode("water", { errcode: 93000 });
  await tell(office.db, payloadOf(warning("a")));
  await rounds(office, 0, 3);
  assert.equal(office.robots.requests("water").length, 3);
  assert.deepEqual(await targetOf(office, "water"), { failures: 3, reason: "93000" });
  assert.deepEqual(
    office.robots.accepted("spare").map(({ mentions }) => mentions),
    [["li"]],
  );
  assert.deepEqual(Object.fromEntries(office.counted), { water: 3, "water 93000": 3, spare: 1 });

  await rounds(office, 6, 6.5);
  office.robots.setMode("water", "ok");
  await tell(office.db, payloadOf(warning("b")), minutes(7));
  await rounds(office, 7, 8);
  assert.equal(office.read("water").length, 1, "it is probed by what comes after its backoff");
  assert.deepEqual(await targetOf(office, "water"), { failures: 0, reason: null });
  await tell(office.db, payloadOf(warning("c")), minutes(10));
  await rounds(office, 10, 12);
  assert.equal(office.read("water").length, 2);
  assert.equal(office.read("spare").length, 1);
  assert.deepEqual(await notificationsOf(office.db), [
    "AccountPublishDue a fired warning → department:d:1 spare delivered",
    "AccountPublishDue b fired warning → department:d:1 water delivered",
    "AccountPublishDue c fired warning → department:d:1 water delivered",
  ]);
});

test("what comes while a channel is down goes to the next one at once", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a", "b");
  office.robots.setMode("water", "http_500");
  await tell(office.db, payloadOf(warning("a")));
  await rounds(office, 0, 2);
  await office.db
    .updateTable("notification_target")
    .set({ next_at: minutes(10) })
    .where("channel", "=", "water")
    .execute();
  await tell(office.db, payloadOf(warning("b")), minutes(3));
  const tries = office.robots.requests("water").length;
  await rounds(office, 3, 4);
  assert.equal(office.robots.requests("water").length, tries);
  assert.equal(office.read("spare").length, 2);
});

test("with every channel down nothing is given up: each is probed in turn, and the first that works tells it", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a");
  office.robots.setMode("water", "dead");
  office.robots.setMode("spare", { errcode: 45009 });
  office.robots.setMode("duty", "html");
  await tell(office.db, payloadOf(report("critical")));
  for (let minute = 0; minute < 240; minute += 2) await office.roundAt(minute);
  assert.deepEqual(office.robots.accepted(), []);
  const probes = office.robots.requests();
  for (const robot of ["water", "spare", "duty"]) {
    const own = probes.filter((probe) => probe.robot === robot).length;
    assert.ok(own >= 6 && own < 40, `${robot} was tried ${own} times in 4 hours`);
  }
  assert.equal((await targetOf(office, "duty"))?.reason, "not_json");
  office.robots.setMode("spare", "ok");
  office.robots.setMode("duty", "ok");
  for (let minute = 240; minute < 280; minute += 2) await office.roundAt(minute);
  const lines = await notificationsOf(office.db);
  assert.ok(
    lines.every((line) => line.endsWith("delivered")),
    lines.join("\n"),
  );
});

for (const [mode, reason] of [
  [{ errcode: 93000 }, "93000"],
  ["http_429", "http_429"],
  ["http_500", "http_500"],
  ["html", "not_json"],
  ["dead", "ECONNRESET"],
] as [RobotMode, string][]) {
  test(`a refusal as ${reason} is counted, told by the target's row, and tried again until it is accepted`, async (t) => {
    const office = await openOffice(t);
    await insertOverdue(office.db, "a");
    office.robots.setMode("duty", mode);
    await tell(office.db, payloadOf(report("critical")));
    await rounds(office, 0, 3);
    const failures = office.robots.requests("duty").length;
    assert.ok(failures >= 2);
    assert.deepEqual(await targetOf(office, "duty"), { failures, reason });
    assert.deepEqual(Object.fromEntries(office.counted), { duty: failures, [`duty ${reason}`]: failures });
    assert.ok((await notificationsOf(office.db)).every((line) => line.endsWith("pending")));
    office.robots.setMode("duty", "ok");
    await rounds(office, 10, 12);
    assert.equal(office.read("duty").length, 1);
    assert.deepEqual(await targetOf(office, "duty"), { failures: 0, reason: null });
  });
}

test("tries grow rarer up to a quarter of an hour, and a channel that asks for time gets it", () => {
  const seconds = [1, 2, 3, 6, 7, 50, 2_000].map((failures) => backoffMs(failures, null, PACE) / 1_000);
  assert.deepEqual(seconds, [15, 30, 60, 480, 900, 900, 900]);
  assert.equal(backoffMs(1, 600_000, PACE), 600_000);
  assert.equal(backoffMs(9, 60_000, PACE), 900_000);
  assert.equal(backoffMs(1, 1e300, PACE), 3_600_000);
});

test("what waits for a channel that has left the routes file goes to the next known one, at the last to the duty group", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a");
  office.robots.setMode("water", "http_500");
  await tell(office.db, payloadOf(report("critical")));
  await office.roundAt(0);
  const channels = new Map([...office.routes.channels].filter(([name]) => name === "duty"));
  const round = office.notifier({ routes: { ...office.routes, channels, departments: new Map() } });
  for (const minute of [2, 3, 4, 5]) {
    office.clock.now = minutes(minute);
    await round();
  }
  assert.deepEqual(await notificationsOf(office.db), [
    "AccountPublishDue a fired critical → department:d:1 duty delivered",
    "AccountPublishDue a fired critical → duty duty delivered",
  ]);
});

test("the lease of a notifier that was killed delays its target until it ends, and no other target", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a");
  await tell(office.db, payloadOf(report("critical")));
  await sql`insert into notification_target (channel, next_at, lease_id, leased_until)
    values ('water', ${minutes(0)}, gen_random_uuid(), clock_timestamp() + interval '1 second')`.execute(office.db);
  await office.roundAt(0);
  assert.deepEqual(
    office.robots.requests().map(({ robot }) => robot),
    ["duty"],
  );
  await sql`select pg_sleep(1.1)`.execute(office.db);
  await office.roundAt(1);
  assert.equal(office.read("water").length, 1);
  const { rows } = await sql`select from notification_target where lease_id is not null`.execute(office.db);
  assert.equal(rows.length, 0, "leases are given back");
});

test("what waits for a channel that asks for an hour goes to the next one, and comes back when the hour is over", async (t) => {
  const office = await openOffice(t, WATER);
  await insertOverdue(office.db, "a", "b");
  let asked = 0;
  const url = await answering(t, (_, response) => {
    asked += 1;
    response.writeHead(429, { "retry-after": "3600" }).end("{}");
  });
  const working = office.routes.channels.get("water");
  assert.ok(working);
  const round = office.notifier({
    routes: { ...office.routes, channels: new Map([...office.routes.channels, ["water", { type: "wecom", url }]]) },
  });
  await tell(office.db, payloadOf(warning("a")));
  for (const minute of [0, 0.1, 0.2, 0.4]) {
    office.clock.now = minutes(minute);
    await round();
  }
  assert.deepEqual([asked, office.read("spare").length], [1, 1]);
  await tell(office.db, payloadOf(warning("b")), minutes(61));
  await rounds(office, 61, 62);
  assert.equal(office.read("water").length, 1);
});
