import assert from "node:assert/strict";
import { test } from "node:test";
import { type Insertable, type Kysely, sql } from "kysely";
import type { ReplyChannel, ReplyChannelState } from "../../../src/model.ts";
import type { Database } from "../../../src/store/database.ts";
import { savePercentiles } from "../../../src/store/replyFigures.ts";
import { days, insertAccount, minutes, NOW } from "../../alerts/support.ts";
import { openTestDatabase } from "../../metrics/county.ts";
import { viewAt } from "../../support/viewAt.ts";

const HOUR = 60;

async function channel(
  db: Kysely<Database>,
  accountId: number,
  name: ReplyChannel,
  state: ReplyChannelState | null,
  rest: { until?: Date; code?: string } = {},
) {
  await db
    .insertInto("reply_channel")
    .values({ account_id: accountId, channel: name, state, until: rest.until ?? null, code: rest.code ?? null })
    .execute();
}

let comments = 0;
async function received(
  db: Kysely<Database>,
  accountId: number,
  at: Date,
  rest: Partial<Insertable<Database["reply_case"]>> = {},
) {
  const row = {
    ...{ account_id: accountId, channel: "comment" as const, received_at: at, msgid: "1_1", length: 9 },
    ...{ comment_id: `c${++comments}`, question: true, first_reply_at: null, first_seen_at: at },
  };
  await db
    .insertInto("reply_case")
    .values({ ...row, ...rest })
    .execute();
}

/** An account of which one channel was never looked at completely: that its questions have no answer is not known. */
async function unread(db: Kysely<Database>) {
  const id = await insertAccount(db, "unread");
  await channel(db, id, "comment", "measurable", { until: NOW });
  await channel(db, id, "message", "measurable");
  await received(db, id, days(-1), deadlines(-4, -3, -2, -1));
}

const deadlines = (warn: number, amber: number, red: number, due: number) => ({
  ...{ warn_at: minutes(warn * HOUR), amber_at: minutes(amber * HOUR) },
  ...{ red_at: minutes(red * HOUR), due_at: minutes(due * HOUR) },
});

test("questions that wait are those of accounts and channels that can be seen, with their stage and how far the deadline is", async (t) => {
  const { db } = await openTestDatabase(t);
  const a = await insertAccount(db, "a");
  await channel(db, a, "comment", "measurable", { until: NOW });
  await channel(db, a, "message", "hidden");
  await sql`insert into article (account_id, msgid, publish_date, title, first_seen_at)
    values (${a}, '1_1', '2026-11-01', '停水通知', ${NOW})`.execute(db);
  await received(db, a, minutes(-1), { length: 1 });
  await received(db, a, minutes(-2 * HOUR), deadlines(1, 2, 3, 4));
  await received(db, a, minutes(-3 * HOUR), deadlines(-1, 2, 3, 50));
  await received(db, a, minutes(-4 * HOUR), { ...deadlines(-2, -1, 3, 4), msgid: "9_9" });
  await received(db, a, minutes(-5 * HOUR), deadlines(-3, -2, -1, 0.5));
  await received(db, a, days(-60), deadlines(-9, -8, -7, 0));
  await received(db, a, days(-3), { first_reply_at: NOW });
  await received(db, a, days(-3), { question: false });
  await received(db, a, days(-3), { vanished_at: NOW });
  await received(db, a, days(-3), { excluded_at: NOW });
  await received(db, a, days(-3), { channel: "message", comment_id: null, msgid: null, person: "p" });
  const gone = await insertAccount(db, "gone", { lifecycle: "closed" });
  await channel(db, gone, "comment", "measurable", { until: NOW });
  await received(db, gone, days(-3));
  await unread(db);
  const rows = await viewAt(db, "v_reply_waiting", NOW);
  const told = rows
    .sort((one, other) => Number(other.received_at) - Number(one.received_at))
    .map(({ account, stage, title, turn, waited }) => [account, stage, title, turn, waited]);
  assert.deepEqual(told, [
    ["a", "unknown", "停水通知", null, "1 分钟"],
    ["a", "in_time", "停水通知", "还剩 4.0 小时", "2.0 小时"],
    ["a", "warn", "停水通知", "还剩 2.1 天", "3.0 小时"],
    ["a", "amber", null, "还剩 4.0 小时", "4.0 小时"],
    ["a", "red", "停水通知", "还剩 30 分钟", "5.0 小时"],
    ["a", "overdue", "停水通知", "已超 不足 1 分钟", "60.0 天"],
  ]);
  const columns = Object.keys(rows[0] ?? {}).join(" ");
  assert.doesNotMatch(columns, /person|length|comment_id/, "nothing of the citizen");
});

test("days of receipt are Beijing's, by department, and tell how many were answered since or are overdue", async (t) => {
  const { db } = await openTestDatabase(t);
  const a = await insertAccount(db, "a");
  await channel(db, a, "comment", "measurable", { until: NOW });
  await channel(db, a, "message", null);
  await received(db, a, new Date("2026-11-21T15:59:59Z"), { first_reply_at: NOW });
  await received(db, a, new Date("2026-11-21T16:00:00Z"));
  await received(db, a, new Date("2026-11-22T15:59:59Z"), { first_reply_at: NOW, question: false });
  const overdue = deadlines(-4, -3, -2, -1);
  await received(db, a, new Date("2026-11-21T10:00:00Z"), overdue);
  await received(db, a, new Date("2026-11-21T10:00:00Z"), { ...overdue, question: false });
  await received(db, a, new Date("2026-11-21T10:00:00Z"), { ...overdue, first_reply_at: NOW });
  await received(db, a, new Date("2026-11-21T10:00:00Z"), deadlines(-3, -2, -1, 1));
  await received(db, a, new Date("2026-11-22T10:00:00Z"), { excluded_at: NOW });
  await received(db, a, new Date("2026-11-22T10:00:00Z"), { channel: "message", comment_id: null, person: "p" });
  await unread(db);
  const rows = await viewAt(db, "v_reply_day", NOW);
  const told = rows
    .sort((one, other) => String(one.stat_date).localeCompare(String(other.stat_date)))
    .map((row) => [
      row.stat_date,
      row.department,
      row.received,
      row.answered,
      row.open,
      row.questions,
      row.questions_overdue,
    ]);
  assert.deepEqual(told, [
    ["2026-11-21", "d", 5, 2, 3, 4, 1],
    ["2026-11-22", "d", 2, 1, 1, 1, 0],
  ]);
});

test("a percentile is told in words: at least so long where too few are answered, and none of fewer than ten", async (t) => {
  const { db } = await openTestDatabase(t);
  const now = new Date();
  const a = await insertAccount(db, "a");
  const b = await insertAccount(db, "b");
  await insertAccount(db, "c");
  await insertAccount(db, "d", { lifecycle: "planned" });
  await insertAccount(db, "e", { lifecycle: "filed" });
  await channel(db, a, "comment", "measurable", { until: minutes(-20, now) });
  await channel(db, b, "comment", "measurable", { until: minutes(-10, now) });
  for (let index = 0; index < 10; index++) await received(db, a, minutes(-index, now));
  await received(db, b, minutes(-5, now));
  const row = { clock: "calendar" as const, cases: 10, p50OverSeconds: null, p90Seconds: null };
  await savePercentiles(
    db,
    [
      { ...row, scope: "account", code: "a", p50Seconds: 100_000, p90OverSeconds: 300_000 },
      { ...row, scope: "account", code: "a", clock: "working", p50Seconds: 0, p90OverSeconds: 180_000 },
      { ...row, scope: "account", code: "b", cases: 1, p50Seconds: null, p90OverSeconds: null },
    ],
    now,
  );
  const { rows } = await sql<Record<string, unknown>>`
    select scope, code, p50, p90, working_p50, working_p90, p50_seconds, p50_over, p90_seconds, p90_over, received,
      accounts, accounts_measurable, as_of
    from v_reply_summary order by scope, code`.execute(db);
  const none = [null, true, null, true];
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      [
        ...["account", "a", "27.8 小时", "≥ 3.5 天", "不足 1 分钟", "≥ 50.0 小时", 100_000, false, 300_000, true],
        ...[10, 1, 1, minutes(-20, now)],
      ],
      ["account", "b", ...Array(4).fill("不足 10 件"), ...none, 1, 1, 1, minutes(-10, now)],
      ["account", "c", ...Array(4).fill(null), ...none, null, 1, 0, null],
      ["county", "", ...Array(4).fill(null), ...none, 11, 3, 2, minutes(-20, now)],
      ["department", "d", ...Array(4).fill(null), ...none, 11, 3, 2, minutes(-20, now)],
    ],
  );
});

test("where too few questions came for a percentile each of them is listed", async (t) => {
  const { db } = await openTestDatabase(t);
  const a = await insertAccount(db, "a");
  await channel(db, a, "comment", "measurable", { until: NOW });
  await received(db, a, days(-2), { first_reply_at: days(-1.75) });
  await received(db, a, days(-1));
  await received(db, a, days(-1), { question: false });
  await received(db, a, new Date("2026-10-24T15:59:59Z"));
  await received(db, a, new Date("2026-10-24T16:00:00Z"));
  await unread(db);
  const told = async (cases: number) => {
    const none = { p50Seconds: null, p50OverSeconds: null, p90Seconds: null, p90OverSeconds: null };
    await savePercentiles(db, [{ ...none, scope: "department", code: "d", clock: "calendar", cases }], NOW);
    const rows = await viewAt(db, "v_reply_few", NOW);
    return rows
      .sort((one, other) => Number(one.received_at) - Number(other.received_at))
      .map(({ account, received_at, answered_after }) => [account, received_at, answered_after]);
  };
  assert.deepEqual(await told(9), [
    ["a", new Date("2026-10-24T16:00:00Z"), null],
    ["a", days(-2), "6.0 小时"],
    ["a", days(-1), null],
  ]);
  assert.deepEqual(await told(10), []);
});

test("accounts that are not counted say why: no such function, not to be measured, not looked at", async (t) => {
  const { db } = await openTestDatabase(t);
  const add = async (
    code: string,
    comment?: Parameters<typeof channel>[3],
    message?: Parameters<typeof channel>[3],
    rest: { until?: Date; code?: string } = {},
  ) => {
    const id = await insertAccount(db, code);
    if (comment !== undefined) await channel(db, id, "comment", comment, comment === "measurable" ? rest : {});
    if (message !== undefined) await channel(db, id, "message", message, comment === "measurable" ? {} : rest);
  };
  await add("a-counted", "measurable", "absent", { until: NOW });
  await add("b-half", "measurable", "measurable", { until: NOW });
  await add("c-none", "absent", "absent");
  await add("d-taken", "absent", "hidden");
  await add("e-refused", "absent", null, { code: "48001" });
  await add("f-new");
  await add("g-unsettled", "absent", null, { code: "unsettled" });
  await insertAccount(db, "closed", { lifecycle: "closed" });
  await insertAccount(db, "planned", { lifecycle: "planned" });
  await insertAccount(db, "filed", { lifecycle: "filed" });
  const { rows } = await sql<Record<string, unknown>>`
    select account, kind, remark from v_reply_function order by account`.execute(db);
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ["a-counted", "measurable", "未启用客服"],
      ["b-half", "pending", ""],
      ["c-none", "absent", "无留言功能；未启用客服"],
      ["d-taken", "unmeasurable", "无留言功能；私信由服务器接管，无法测量"],
      ["e-refused", "unmeasurable", "无留言功能；私信暂时无法读取（48001）"],
      ["f-new", "unknown", "留言尚未读取；私信尚未读取"],
      ["g-unsettled", "unmeasurable", "无留言功能；私信尚未确认能否统计"],
    ],
  );
});
