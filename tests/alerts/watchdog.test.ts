import assert from "node:assert/strict";
import { test } from "node:test";
import { createWatch } from "../../src/alerts/watchdog.ts";
import { readStatus } from "../../src/store/statusPage.ts";
import { sawWatchdog } from "../../src/store/watchdog.ts";
import { openTestDatabase } from "../metrics/county.ts";
import { openOffice } from "./notifying.ts";
import { historyOf, minutes, NOW } from "./support.ts";

const SILENCE_MS = 15 * 60_000;

test("the duty group is told once that Alertmanager is silent, and once that it is back", async (t) => {
  const office = await openOffice(t);
  const round = office.notifier({ watchdog: true });
  const until = async (from: number, to: number) => {
    for (let minute = from; minute < to; minute += 1) {
      office.clock.now = minutes(minute);
      await round();
    }
  };
  await until(0, 15);
  assert.deepEqual(office.read("duty"), []);
  await until(15, 40);
  assert.equal(office.read("duty").length, 1);
  await sawWatchdog(office.db, minutes(40));
  await until(40, 50);
  assert.equal(office.read("duty").length, 2);
  assert.deepEqual(await historyOf(office.db), ["Watchdog: fired critical, resolved critical"]);
});

test("what nobody could hear was no silence: a start, and a time without Postgres, begin the waiting anew", async (t) => {
  const { db } = await openTestDatabase(t);
  await sawWatchdog(db, NOW);
  const watch = createWatch({ db, silenceMs: SILENCE_MS });
  for (const minute of [60, 62, 64, 66, 68, 70, 72, 74]) await watch.look(minutes(minute));
  assert.deepEqual(await historyOf(db), []);
  for (const minute of [100, 102, 104, 106, 108, 110, 112, 114]) await watch.look(minutes(minute));
  assert.deepEqual(await historyOf(db), []);
  await watch.look(minutes(115));
  assert.deepEqual(await historyOf(db), ["Watchdog: fired critical …"]);
});

test("a notifier that starts anew ends what another one raised", async (t) => {
  const { db } = await openTestDatabase(t);
  const first = createWatch({ db, silenceMs: SILENCE_MS });
  for (let minute = 0; minute <= 16; minute += 1) await first.look(minutes(minute));
  await sawWatchdog(db, minutes(17));
  await createWatch({ db, silenceMs: SILENCE_MS }).look(minutes(18));
  const open = await db.selectFrom("alert_episode").select("firing").executeTakeFirst();
  assert.deepEqual(open?.firing, []);
});

test("until Alertmanager was heard once nothing is noted of it, however long it is waited for", async (t) => {
  const { db } = await openTestDatabase(t);
  const watch = createWatch({ db, silenceMs: SILENCE_MS });
  for (let minute = 0; minute <= 16; minute += 1) {
    await watch.look(minutes(minute));
    assert.equal((await readStatus(db)).alerts.watchdogSeenAt, null);
  }
  assert.deepEqual(await historyOf(db), ["Watchdog: fired critical …"]);
  await sawWatchdog(db, minutes(17));
  assert.deepEqual((await readStatus(db)).alerts.watchdogSeenAt, minutes(17));
});
