import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { type Kysely, sql } from "kysely";
import { receiveAlerts } from "../../src/alerts/relay.ts";
import { SEVERITIES, type Severity } from "../../src/model.ts";
import type { Database } from "../../src/store/database.ts";
import { changingEpisodes, clearOwn, highestOf, raiseOwn, rankOf } from "../../src/store/episodes.ts";
import { watchdogSeenAt } from "../../src/store/watchdog.ts";
import { openTestDatabase } from "../metrics/county.ts";
import {
  CALM_MINUTES,
  ends,
  fires,
  historyOf,
  insertAccount,
  minutes,
  NOW,
  payloadOf,
  report,
  settleAt,
  settleThrough,
  tell,
} from "./support.ts";

async function open(t: TestContext): Promise<Kysely<Database>> {
  const { db } = await openTestDatabase(t);
  await insertAccount(db, "a");
  return db;
}

test("a new episode fires once with its highest level, and a rise of the highest level is an event", async (t) => {
  const db = await open(t);
  assert.equal(await tell(db, fires("info")), 1);
  assert.equal(await tell(db, fires("info", "warning"), minutes(1)), 1);
  assert.equal(await tell(db, fires("critical"), minutes(2)), 1);
  assert.equal(await tell(db, ends("warning"), minutes(3)), 0);
  // Whether it fell, or only Prometheus is away, the data tell.
  assert.equal(await tell(db, ends("critical"), minutes(4)), 0);
  assert.equal(await tell(db, ends("info"), minutes(5)), 0);
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired info, changed warning, changed critical …"]);
  const episode = await db.selectFrom("alert_episode").selectAll().executeTakeFirstOrThrow();
  assert.deepEqual(episode.firing, []);
  assert.deepEqual([episode.started_at, episode.seen_at], [NOW, minutes(5)]);
});

test("the same payload again changes nothing but when it was seen, also while nothing fires any more", async (t) => {
  const db = await open(t);
  const payload = payloadOf(report("warning"), report("info", false), report("critical", true, { account: null }));
  assert.equal(await tell(db, payload), 2);
  const before = await db.selectFrom("alert_episode").selectAll().orderBy("id").execute();
  assert.equal(await tell(db, payload, minutes(1)), 0);
  const after = await db.selectFrom("alert_episode").selectAll().orderBy("id").execute();
  assert.deepEqual(
    after,
    before.map((episode) => ({ ...episode, seen_at: minutes(1) })),
  );
  await tell(db, ends("warning"), minutes(2));
  assert.equal(await tell(db, ends("warning"), minutes(3)), 0);
  assert.equal(await tell(db, ends("critical"), minutes(3)), 0);
});

test("of one level that one series ends and another raises, as after a merger of departments, the raising stands", async (t) => {
  const db = await open(t);
  await tell(db, payloadOf(report("warning"), report("warning", false)));
  await tell(db, payloadOf(report("warning", false), report("warning")), minutes(1));
  assert.deepEqual(await historyOf(db), ["AccountPublishDue: fired warning …"]);
});

test("alerts about accounts that are unknown or closed are skipped and counted, the others taken", async (t) => {
  const db = await open(t);
  await insertAccount(db, "old", { lifecycle: "closed" });
  const others = ["nobody", "old", "'; drop table account; --"].map((account) => report("info", true, { account }));
  const payload = payloadOf(...others, report("info"));
  assert.deepEqual(await receiveAlerts({ db, now: NOW }, payload), { events: 1, unknown: 3 });
});

test("alerts without an account are told apart by their subject", async (t) => {
  const db = await open(t);
  const failing = (channel: string, firing = true) =>
    report("critical", firing, { alert: "NotificationsFailing", account: null, subject: channel });
  await tell(db, payloadOf(failing("wecom"), failing("feishu"), failing("")));
  await tell(db, payloadOf(failing("wecom", false)));
  await settleThrough(db, 1, 14);
  assert.deepEqual(await historyOf(db), [
    "NotificationsFailing wecom: fired critical, resolved critical",
    "NotificationsFailing feishu: fired critical …",
    "NotificationsFailing: fired critical …",
  ]);
});

test("the sign of life of Watchdog is kept, and is no event", async (t) => {
  const db = await open(t);
  assert.equal(await watchdogSeenAt(db), null);
  assert.equal(await tell(db, { ...payloadOf(), watchdog: true }, minutes(10)), 0);
  assert.deepEqual(await watchdogSeenAt(db), minutes(10));
  assert.deepEqual(await historyOf(db), []);
});

test("an alert of our own stays until it is cleared, whatever Alertmanager tells", async (t) => {
  const db = await open(t);
  const own = { alert: "Watchdog", subject: "" };
  await clearOwn(db, { ...own, now: NOW });
  for (const minute of [0, 1, 90]) {
    await raiseOwn(db, { ...own, severity: "critical", now: minutes(minute) });
    await tell(db, { ...payloadOf(), watchdog: true }, minutes(minute));
    assert.equal(await settleAt(db, minute), 0);
  }
  await clearOwn(db, { ...own, now: minutes(91) });
  assert.equal(await settleAt(db, 91), 1);
  assert.deepEqual(await historyOf(db), ["Watchdog: fired critical, resolved critical"]);
});

test("what fails midway leaves nothing, and the next try brings all", async (t) => {
  const db = await open(t);
  await sql`
    create function fail() returns trigger language plpgsql as $$ begin raise exception 'no space'; end $$`.execute(db);
  await sql`create trigger fail before insert on alert_event for each row execute function fail()`.execute(db);
  const payload = { ...payloadOf(report("warning")), watchdog: true };
  await assert.rejects(tell(db, payload), /no space/);
  assert.equal(await watchdogSeenAt(db), null);
  assert.deepEqual(await historyOf(db), []);
  await sql`drop trigger fail on alert_event`.execute(db);
  assert.equal(await tell(db, payload), 1);
});

test("payloads that come at once, forwards and backwards, with settling between them, never open two episodes", async (t) => {
  const db = await open(t);
  const codes = Array.from({ length: 40 }, (_, index) => `c${index}`);
  for (const code of codes) await insertAccount(db, code);
  const all = (firing: boolean) => codes.map((account) => report("warning", firing, { account }));
  await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      index % 5 === 4 ? settleAt(db, 0) : tell(db, payloadOf(...(index % 2 ? all(true) : all(true).reverse()))),
    ),
  );
  assert.equal((await historyOf(db)).length, codes.length);
  await Promise.all([tell(db, payloadOf(...all(false))), tell(db, payloadOf(...all(false).reverse()))]);
  const settled = await Promise.all([1, 2, 3].map(() => settleAt(db, 0)));
  assert.deepEqual(
    settled.sort((a, b) => a - b),
    [0, 0, codes.length],
  );
  for (const line of await historyOf(db)) assert.equal(line, "AccountPublishDue: fired warning, resolved warning");
});

test("a process that halts with the lock in its hand does not keep it", async (t) => {
  const db = await open(t);
  const { rows } = await changingEpisodes(db, (trx) =>
    sql<{ idle_in_transaction_session_timeout: string }>`show idle_in_transaction_session_timeout`.execute(trx),
  );
  assert.deepEqual(rows, [{ idle_in_transaction_session_timeout: "15s" }]);
});

test("three thousand alerts in one payload are as many episodes, and a rise of all of them as many events", async (t) => {
  const db = await open(t);
  await db
    .insertInto("account")
    .columns(["code", "department_code", "name", "platform", "app_id", "lifecycle", "rule_set", "created_at"])
    .expression(
      sql`select 'n' || n, 'd', 'n' || n, 'wechat', 'wx-n' || n, 'running', 'national-2019', ${NOW}::timestamptz
        from generate_series(1, 3000) n`,
    )
    .execute();
  for (const severity of ["info", "warning"] as const) {
    const accounts = Array.from({ length: 3_000 }, (_, index) => ({ account: `n${index + 1}` }));
    assert.equal(await tell(db, payloadOf(...accounts.map((account) => report(severity, true, account)))), 3_000);
  }
});

test("whatever is told in whatever order, events of an episode follow one another rightly and no key has two open", async (t) => {
  const db = await open(t);
  const levels = fc.subarray([...SEVERITIES]);
  const telling = fc.record({ firing: levels, over: levels, times: fc.integer({ min: 1, max: 3 }) });
  const steps = fc.array(fc.oneof({ weight: 3, arbitrary: telling }, fc.constant("settle" as const)), {
    maxLength: 12,
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (told) => {
      const alert = `CountyAlert${run++}`;
      let firing: Severity[] = [];
      let minute = 0;
      let level: Severity | null = null;
      const expected: string[] = [];
      for (const step of told) {
        if (step === "settle") {
          // As Alertmanager repeats it: what it is silent of for half an hour is over.
          await tell(db, payloadOf(...firing.map((one) => report(one, true, { alert }))), minutes(minute));
          await settleThrough(db, minute, minute + CALM_MINUTES + 1);
          minute += CALM_MINUTES + 1;
          const highest = highestOf(firing);
          if (highest === level) continue;
          expected.push(highest === null ? `resolved ${level}` : `changed ${highest}`);
          level = highest;
          continue;
        }
        const payload = payloadOf(
          ...step.firing.map((one) => report(one, true, { alert })),
          ...step.over.map((one) => report(one, false, { alert })),
        );
        for (let time = 0; time < step.times; time++) await tell(db, payload, minutes(minute));
        const loudest = highestOf(step.firing);
        const kept = firing.filter(
          (one) => !step.over.includes(one) && (loudest === null || rankOf(one) <= rankOf(loudest)),
        );
        firing = SEVERITIES.filter((one) => step.firing.includes(one) || kept.includes(one));
        const highest = highestOf(firing);
        if (highest === null || (level !== null && rankOf(highest) <= rankOf(level))) continue;
        expected.push(`${level === null ? "fired" : "changed"} ${highest}`);
        level = highest;
      }
      const events = await db
        .selectFrom("alert_event as e")
        .innerJoin("alert_episode as p", "p.id", "e.episode_id")
        .select(["e.kind", "e.severity", "p.id", "p.ended_at"])
        .where("p.alert", "=", alert)
        .orderBy("e.id")
        .execute();
      assert.deepEqual(
        events.map((event) => `${event.kind} ${event.severity}`),
        expected,
      );
      const openOnes = new Set(events.filter((event) => event.ended_at === null).map((event) => event.id));
      assert.equal(openOnes.size, level === null ? 0 : 1);
      assert.equal(new Set(events.map((event) => event.id)).size, expected.filter((e) => e.startsWith("fired")).length);
    }),
    { numRuns: 30 },
  );
});
