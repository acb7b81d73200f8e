import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kysely, sql } from "kysely";
import type { NotificationState, Severity } from "../../../src/model.ts";
import type { Database } from "../../../src/store/database.ts";
import { insertAccount, minutes, NOW } from "../../alerts/support.ts";
import { openTestDatabase } from "../../metrics/county.ts";
import { viewAt } from "../../support/viewAt.ts";

/** `told`: per event its level, and what came of it for each recipient; null: not routed yet. */
async function episode(
  db: Kysely<Database>,
  alert: string,
  told: readonly (readonly [Severity, ...(NotificationState | null)[]])[],
  rest: { account?: number; subject?: string; endedAt?: Date } = {},
): Promise<void> {
  const { id } = await db
    .insertInto("alert_episode")
    .values({
      ...{ alert, account_id: rest.account ?? null, subject: rest.subject ?? "", ended_at: rest.endedAt ?? null },
      ...{ severity: told.at(-1)?.[0] ?? "info", firing: [], started_at: NOW, seen_at: NOW },
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  for (const [place, [severity, ...states]] of told.entries()) {
    const at = minutes(place * 10);
    const event = await db
      .insertInto("alert_event")
      .values({
        episode_id: id,
        kind: place ? "changed" : "fired",
        severity,
        at,
        routed_at: states[0] === null ? null : at,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    for (const [index, state] of states.entries()) {
      if (state === null) continue;
      await db
        .insertInto("notification")
        .values({
          ...{ event_id: event.id, recipient: `duty${index}`, hops: "[]", channel: "chat", state },
          ...{ created_at: at, next_at: at, settled_at: state === "pending" ? null : minutes(place * 10 + index + 1) },
        })
        .execute();
    }
  }
}

test("an episode tells its name, whose matter it is, its levels, and the best that came of telling it", async (t) => {
  const { db } = await openTestDatabase(t);
  const account = await insertAccount(db, "a");
  await episode(
    db,
    "AccountPublishDue",
    [
      ["info", "superseded"],
      ["critical", "pending", "delivered"],
      ["warning", "delivered"],
    ],
    {
      account,
      endedAt: minutes(90),
    },
  );
  await episode(db, "AccountBlind", [["warning", "inhibited", "pending"]], { account });
  await episode(db, "AccountRepliesOverdue", [["warning", "unsupported", "inhibited"]], { account });
  await episode(db, "QueueBacklog", [["warning"]], { subject: "pages" });
  await episode(db, "PlannerStalled", [
    ["critical", "superseded"],
    ["critical", null],
  ]);
  await episode(db, "OwnOfTheCounty", [["info", "delivered"]], { account });
  await episode(db, "OwnRule", [["info", "delivered"]]);
  const { rows } = await sql<Record<string, unknown>>`
    select alert_name, about, account, department_name, subject, severity, highest_level,
      case when ended_at is not null then hours end as hours, hours > 0 as lasts, case when ended_at is not null then lasted end as lasted,
      extract(epoch from delivered_at - started_at)::integer / 60 as told_after, delivery
    from v_alert_episode order by episode`.execute(db);
  const of = { account: "a", department_name: "云溪县水利局", subject: null };
  const none = { account: null, department_name: null, subject: null };
  const open = { hours: null, lasts: true, lasted: null, told_after: null };
  assert.deepEqual(rows, [
    {
      ...{ alert_name: "更新期限", about: "unit", ...of, severity: "warning", highest_level: 3 },
      ...{ hours: 1.5, lasts: true, lasted: "1.5 小时", told_after: 12, delivery: "delivered" },
    },
    {
      alert_name: "采集不到数据",
      about: "collection",
      ...of,
      severity: "warning",
      highest_level: 2,
      ...open,
      delivery: "pending",
    },
    {
      alert_name: "留言超时未回复",
      about: "unit",
      ...of,
      severity: "warning",
      highest_level: 2,
      ...open,
      delivery: "unsupported",
    },
    {
      ...{ alert_name: "采集任务积压", about: "collection", ...none, subject: "pages" },
      ...{ severity: "warning", highest_level: 2, ...open, delivery: "nobody" },
    },
    {
      alert_name: "采集调度停止",
      about: "collection",
      ...none,
      severity: "critical",
      highest_level: 3,
      ...open,
      delivery: "waiting",
    },
    {
      ...{ alert_name: "OwnOfTheCounty", about: "unit", ...of, severity: "info", highest_level: 1 },
      ...{ ...open, told_after: 1, delivery: "delivered" },
    },
    {
      ...{ alert_name: "OwnRule", about: "collection", ...none, severity: "info", highest_level: 1 },
      ...{ ...open, told_after: 1, delivery: "delivered" },
    },
  ]);
});

test("durations are told in minutes, hours from one on, days from two on, and not at all when unknown", async (t) => {
  const { db } = await openTestDatabase(t);
  const { rows } = await sql<{ text: string | null }>`
    select duration_text(seconds) as text
    from unnest(array[0, 59.9, 60, 3599, 3600, 172799, 172800, 2490000, null]::float8[]) with ordinality s (seconds, place)
    order by place`.execute(db);
  assert.deepEqual(
    rows.map(({ text }) => text),
    ["不足 1 分钟", "不足 1 分钟", "1 分钟", "59 分钟", "1.0 小时", "48.0 小时", "2.0 天", "28.8 天", null],
  );
});

test("a watchdog that never spoke is unknown, one that fell silent is not alive, and every table tells its size", async (t) => {
  const { db } = await openTestDatabase(t);
  const seen = async () => viewAt(db, "v_alert_watchdog", NOW);
  assert.deepEqual(await seen(), [{ seen_at: null, alive: false }]);
  for (const [ago, alive] of [
    [15, false],
    [14, true],
  ] as const) {
    const seen_at = minutes(-ago);
    await db
      .insertInto("alert_watchdog")
      .values({ seen_at })
      .onConflict((conflict) => conflict.column("single").doUpdateSet({ seen_at }))
      .execute();
    assert.deepEqual(await seen(), [{ seen_at, alive }]);
  }
  const { rows } = await sql<{ tables: number; known: boolean }>`
    select count(*)::integer as tables, bool_or(name = 'public.account_day' and bytes > 0) as known
    from v_storage`.execute(db);
  assert.ok((rows[0]?.tables ?? 0) > 30);
  assert.equal(rows[0]?.known, true);
});
