import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnnotationQuery } from "@grafana/grafana-foundation-sdk/dashboard";
import { type Kysely, sql } from "kysely";
import { annotations } from "../../../grafana/boards/kit/annotations.ts";
import { fillSql } from "../../../grafana/preview/interpolate.ts";
import type { Database } from "../../../src/store/database.ts";
import { saveHolidayYear } from "../../../src/store/holidays.ts";
import { days, insertAccount, NOW } from "../../alerts/support.ts";
import { openTestDatabase } from "../../metrics/county.ts";

/** What Grafana marks in the range: the columns time and timeend. */
async function marks(db: Kysely<Database>, name: string, from: Date, to: Date): Promise<(Date | null)[][]> {
  const found = annotations()
    .map((annotation): AnnotationQuery => annotation.build())
    .find((annotation) => annotation.name === name);
  const { rawSql = "" } = (found?.target ?? {}) as { rawSql?: string };
  const statement = fillSql(rawSql, { from, to, intervalMs: 0, scrapeMs: 0, variables: new Map() });
  const { rows } = await sql<{ time: Date; timeend: Date | null }>`${sql.raw(statement)}`.execute(db);
  return rows.map(({ time, timeend }) => [time, timeend]);
}

test("an alert that is over is marked from end to end within the range, one that goes on where it began", async (t) => {
  const { db } = await openTestDatabase(t);
  const account = await insertAccount(db, "a");
  const other = await insertAccount(db, "b");
  const burning = { account_id: account, subject: "", seen_at: NOW, severity: "critical" as const };
  const rest = { alert: "AccountPublishDue", firing: [] };
  await db
    .insertInto("alert_episode")
    .values([
      { ...burning, ...rest, started_at: days(-9), ended_at: null },
      { ...burning, ...rest, started_at: days(-3), ended_at: days(-2) },
      { ...burning, ...rest, started_at: days(-9), ended_at: days(-5) },
      { ...burning, ...rest, account_id: other, started_at: days(-8), ended_at: days(0) },
    ])
    .execute();
  const [from, to] = [days(-4), days(-1)];
  assert.deepEqual(await marks(db, "预警", from, to), [
    [from, null],
    [from, to],
    [days(-3), days(-2)],
  ]);
});

test("a holiday is marked from its first hour in Beijing on, and in a range of which every hour is its own", async (t) => {
  const { db } = await openTestDatabase(t);
  const off = [{ name: "国庆节", from: "2026-10-01", to: "2026-10-07" }];
  await saveHolidayYear(db, { year: 2026, title: "t", number: "1", source: "s", off, work: [] }, NOW);
  const whole = [[new Date("2026-09-30T16:00:00Z"), new Date("2026-10-07T16:00:00Z")]];
  const firstHour = [new Date("2026-09-25T16:00:00Z"), new Date("2026-09-30T17:00:00Z")] as const;
  const within = [new Date("2026-10-03T00:00:00Z"), new Date("2026-10-03T06:00:00Z")] as const;
  const after = [new Date("2026-10-07T16:30:00Z"), new Date("2026-10-08T06:00:00Z")] as const;
  assert.deepEqual(await marks(db, "节假日", ...firstHour), whole);
  assert.deepEqual(await marks(db, "节假日", ...within), whole);
  assert.deepEqual(await marks(db, "节假日", ...after), []);
});
