import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import type { Database } from "../../src/store/database.ts";
import { alertsRoute } from "../../src/web/alerts.ts";
import { insertAccount, minutes } from "../alerts/support.ts";
import { openTestDatabase } from "../metrics/county.ts";

const TOKEN = "0123456789abcdef";

/** Posts payloads and keeps what is logged of them. */
function openRelay(db: Kysely<Database>) {
  const written: Record<string, unknown>[] = [];
  const clock = { minute: 0 };
  const alerts = alertsRoute({
    ...{ db, token: TOKEN, now: () => minutes(clock.minute) },
    log: pino({ level: "info" }, { write: (line: string) => void written.push(JSON.parse(line)) }),
  });
  return {
    written,
    clock,
    async post(accounts: readonly string[], groupKey?: string): Promise<number> {
      const own = (account: string) => ({ alertname: "AccountPublishDue", account, severity: "warning" });
      const told = accounts.map((account) => ({ status: "firing", labels: own(account) }));
      const body = Readable.from([Buffer.from(JSON.stringify({ version: "4", groupKey, alerts: told }))]);
      const headers = { authorization: `Bearer ${TOKEN}` };
      return (await alerts(Object.assign(body, { headers }) as unknown as IncomingMessage)).status;
    },
  };
}

const ghosts = (count: number) => Array.from({ length: count }, (_, index) => `ghost-${index}`);

test("of accounts that are not open it says how many once for each group, and again when that changes or after an hour", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertAccount(db, "closed", { lifecycle: "closed" });
  const { written, clock, post } = openRelay(db);
  const said = async (minute: number, accounts: readonly string[], group?: string) => {
    clock.minute = minute;
    const before = written.length;
    assert.equal(await post(accounts, group), 200);
    return written.slice(before).map(({ level, alerts }) => [level, alerts]);
  };
  assert.deepEqual(await said(0, [...ghosts(2_000), "closed"], "due"), [[40, 2_001]]);
  assert.deepEqual(await said(10, [...ghosts(2_000), "closed"], "due"), []);
  assert.deepEqual(await said(10, ghosts(2), "blind"), [[40, 2]]);
  assert.deepEqual(await said(20, ghosts(2_000), "due"), [[40, 2_000]]);
  assert.deepEqual(await said(70, ghosts(2), "blind"), [[40, 2]]);
  assert.deepEqual(await said(79, ghosts(2_000), "due"), []);
  assert.deepEqual(await said(80, ghosts(2_000), "due"), [[40, 2_000]]);
  assert.deepEqual(await said(81, [], "due"), []);
  assert.deepEqual(await said(82, ghosts(2_000), "due"), [[40, 2_000]]);
  assert.doesNotMatch(JSON.stringify(written), /ghost|closed/);
});

test("while alerts cannot be stored that is said once without a stack, and once that they can be again", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertAccount(db, "a");
  const { written, post } = openRelay(db);
  assert.equal(await post(["a"]), 200);
  for (const _ of ["one time", "and again"]) {
    const before = written.length;
    await sql`alter table alert_episode rename to elsewhere`.execute(db);
    for (let retry = 0; retry < 3; retry += 1) assert.equal(await post(["a"]), 503);
    await sql`alter table elsewhere rename to alert_episode`.execute(db);
    for (let more = 0; more < 2; more += 1) assert.equal(await post(["a"]), 200);
    assert.deepEqual(
      written.slice(before).map(({ level, msg }) => [level, msg]),
      [
        [50, "alerts could not be stored"],
        [30, "alerts are stored again"],
      ],
    );
  }
  assert.match(String(written[0]?.error), /alert_episode/);
  assert.doesNotMatch(JSON.stringify(written), /stack/);
});
