import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kysely, sql } from "kysely";
import { account, departments } from "../../../grafana/boards/kit/variables.ts";
import { DEADLINE_BANDS, GAP_BANDS } from "../../../grafana/boards/updates/bands.ts";
import { isBlind, levelOf } from "../../../src/alerts/support.ts";
import { addDays, dayOf, endOf, startOf } from "../../../src/calendar.ts";
import { type AccountFacts, readAccountFacts } from "../../../src/store/alertFacts.ts";
import type { Database } from "../../../src/store/database.ts";
import { days, insertAccount, NOW } from "../../alerts/support.ts";
import { openTestDatabase } from "../../metrics/county.ts";
import { viewAt } from "../../support/viewAt.ts";

async function risks(db: Kysely<Database>): Promise<Map<unknown, Record<string, unknown>>> {
  return new Map((await viewAt(db, "v_account_risk", NOW)).map((row) => [row.account, row]));
}

function cover(db: Kysely<Database>, accountId: number, first: string, last: string, parts = ["summary", "articles"]) {
  return sql`
    insert into coverage (account_id, collector, part, day, state, fetched_at)
    select ${accountId}, 'statistics', part, day::date, 'final', ${NOW}
    from unnest(${parts}::text[]) part, generate_series(${first}::date, ${last}::date, '1 day') day`.execute(db);
}

async function publish(db: Kysely<Database>, accountId: number, ...publishDates: string[]) {
  await db
    .insertInto("article")
    .values(
      publishDates.map((publishDate, index) => ({
        ...{
          account_id: accountId,
          msgid: `${publishDate}_${index}`,
          publish_date: publishDate,
          title: "t",
          url: null,
        },
        ...{ notified: true, first_seen_at: NOW, in_statistics: true },
      })),
    )
    .execute();
}

test("each account is in the state that the alerts see it in, and says what needs a hand", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertAccount(db, "ok", { deadlineAt: days(5), dataUntil: days(-0.5) });
  await insertAccount(db, "failing", { deadlineAt: days(5), dataUntil: days(-0.5), errorCode: "40125" });
  await insertAccount(db, "near", { deadlineAt: days(1.25), dataUntil: days(-0.5) });
  await insertAccount(db, "soon", { deadlineAt: days(0.02), dataUntil: days(-0.5) });
  await insertAccount(db, "later", { deadlineAt: days(4), dataUntil: days(-0.5) });
  await insertAccount(db, "unproven", { deadlineAt: days(-0.25), dataUntil: days(-0.5) });
  await insertAccount(db, "passed", { deadlineAt: days(-2.125), dataUntil: days(-0.5) });
  await insertAccount(db, "stale", { deadlineAt: days(-3), dataUntil: days(-2.5) });
  await insertAccount(db, "refused", { errorCode: "40125" });
  await insertAccount(db, "filed", { lifecycle: "filed", dataUntil: days(-0.5) });
  await insertAccount(db, "closed", { lifecycle: "closed" });
  const rows = await risks(db);
  const said = [...rows.values()]
    .sort((a, b) => String(a.account).localeCompare(String(b.account)))
    .map(({ account, state, band, need, need_order }) => [account, state, band, need, need_order]);
  assert.deepEqual(said, [
    ["failing", "ok", "4–7 天", "采集失败：请核对 AppSecret。", 6],
    ["filed", "unjudged", "不设期限", null, null],
    ["later", "near", "2–4 天", "距超期 4 天", 5],
    ["near", "near", "0–2 天", "距超期 1 天 6 小时", 2],
    ["ok", "ok", "4–7 天", null, null],
    ["passed", "passed", "已超期", "已超期 2 天 3 小时", 1],
    ["refused", "blind", "采集不到", "采集不到：请核对 AppSecret。", 4],
    ["soon", "near", "0–2 天", "距超期 不足 1 小时", 2],
    ["stale", "blind", "采集不到", "采集不到：数据停在 11-21 00:00", 4],
    ["unproven", "unproven", "待核实", "期限已到，数据尚未覆盖，待核实", 2],
  ]);
  assert.equal(Number(rows.get("passed")?.days_left), -2.125);
  assert.equal(rows.get("stale")?.days_left, null);
  assert.equal(rows.get("filed")?.days_left, null);
  assert.deepEqual(rows.get("passed")?.need_as_of, days(-0.5));
  assert.equal(rows.get("ok")?.need_as_of, null);
  for (const { account, band } of rows.values()) assert.ok(DEADLINE_BANDS.includes(String(band)), String(account));
});

test("the states are those of the alerts' own judgement, at each of its limits", async (t) => {
  const { db } = await openTestDatabase(t);
  const second = 1 / 86_400;
  const around = (count: number) => [count - second, count, count + second];
  const deadlines = [-2.5, -0.5, 0, 2, 4].flatMap(around);
  const reached = [...[-2.5, -0.5].flatMap(around), null];
  for (const [row, deadline] of deadlines.entries())
    for (const [column, data] of reached.entries())
      await insertAccount(db, `a${row}-${column}`, {
        ...{ deadlineAt: days(deadline), dataUntil: data === null ? null : days(data) },
        lifecycle: row % 2 === 0 ? "running" : "rectifying",
      });
  const rows = await risks(db);
  const judged = (facts: AccountFacts) => {
    if (isBlind(facts, NOW)) return "blind";
    const level = levelOf("AccountPublishDue", facts, NOW);
    if (level === "critical") return "passed";
    if (facts.deadlineAt !== null && facts.deadlineAt <= NOW) return "unproven";
    return level === null ? "ok" : "near";
  };
  const facts = [...(await readAccountFacts(db, "all")).values()];
  assert.equal(facts.length, deadlines.length * reached.length);
  for (const account of facts) {
    const row = rows.get(account.code);
    assert.equal(row?.state, judged(account), account.code);
    const urgent = row?.state === "unproven" || levelOf("AccountPublishDue", account, NOW) === "warning";
    if (row?.state !== "blind" && row?.state !== "passed") assert.equal(row?.need_order === 2, urgent, account.code);
  }
  assert.equal(new Set([...rows.values()].map(({ state }) => state)).size, 5);
});

test("silence is counted in Beijing days, and a gap only where each of its days was seen", async (t) => {
  const { db } = await openTestDatabase(t);
  const until = new Date("2026-11-22T16:00:00Z");
  const [gaps = 0, holes = 0, never = 0, running = 0] = await Promise.all(
    ["gaps", "holes", "never", "running", "unseen"].map((code) =>
      insertAccount(db, code, { deadlineAt: days(9), dataUntil: code === "unseen" ? null : until }),
    ),
  );
  const lastPublished = (id: number, at: string) =>
    db
      .updateTable("account_current")
      .set({ last_published_at: new Date(at) })
      .where("account_id", "=", id)
      .execute();
  for (const id of [gaps, holes]) {
    await publish(db, id, "2026-09-25", "2026-10-05", "2026-10-12", "2026-11-20", "2026-11-20");
    await lastPublished(id, "2026-11-20T16:00:00Z");
    await cover(db, id, "2026-09-20", "2026-11-22");
  }
  await sql`delete from coverage where account_id = ${holes} and day = '2026-11-01'`.execute(db);
  await cover(db, never, "2026-10-20", "2026-11-22");
  await cover(db, running, "2026-09-01", "2026-11-22");
  await publish(db, running, "2026-09-10");
  await sql`
    insert into account_day (account_id, stat_date, articles_published, first_seen_at)
    values (${running}, '2026-11-02', 1, ${NOW})`.execute(db);
  await lastPublished(running, "2026-11-22T16:30:00Z");
  const rows = await risks(db);
  const figures = (code: string) => [rows.get(code)?.silent_days, rows.get(code)?.longest_gap_days];
  assert.deepEqual(figures("gaps"), [3, 39]);
  assert.deepEqual(figures("holes"), [3, 10]);
  assert.deepEqual(figures("never"), [null, 34]);
  assert.deepEqual(figures("running"), [0, 53]);
  assert.deepEqual(figures("unseen"), [null, null]);
  for (const { account, gap_band } of rows.values()) assert.ok(GAP_BANDS.includes(String(gap_band)), String(account));
  assert.deepEqual(
    ["gaps", "holes", "unseen"].map((code) => rows.get(code)?.gap_band),
    ["15 天以上", "8–10 天", "未知"],
  );
});

test("replies are counted of channels that can be measured, and unknown before a look at each", async (t) => {
  const { db } = await openTestDatabase(t);
  const ids: Record<string, number> = {};
  const looks: Record<string, (Date | null)[]> = {
    both: [days(-0.1), days(-0.2)],
    half: [days(-0.1), null],
    none: [],
  };
  for (const [code, untils] of Object.entries(looks)) {
    const id = await insertAccount(db, code, { deadlineAt: days(9), dataUntil: days(-0.5) });
    ids[code] = id;
    for (const [index, until] of untils.entries())
      await db
        .insertInto("reply_channel")
        .values({ account_id: id, channel: index === 0 ? "comment" : "message", state: "measurable", until })
        .execute();
    const asked = { account_id: id, channel: "comment", length: 5, question: true, first_seen_at: NOW } as const;
    await db
      .insertInto("reply_case")
      .values([
        { ...asked, comment_id: "1", received_at: days(-9), due_at: NOW },
        { ...asked, comment_id: "2", received_at: days(-9), due_at: days(0.01) },
        { ...asked, comment_id: "3", received_at: days(-9), due_at: NOW, first_reply_at: NOW },
        { ...asked, comment_id: "4", received_at: days(-9), due_at: NOW, vanished_at: NOW },
        { ...asked, comment_id: "5", received_at: days(-9), due_at: null, question: false },
      ])
      .execute();
  }
  const rows = await risks(db);
  const figures = (code: string) => {
    const { open_cases, open_questions, overdue_cases, replies_as_of, need, need_order, need_as_of } =
      rows.get(code) ?? {};
    return [open_cases, open_questions, overdue_cases, replies_as_of, need, need_order, need_as_of];
  };
  assert.deepEqual(figures("both"), [3, 2, 1, days(-0.2), "1 条超时未回复", 3, days(-0.2)]);
  assert.deepEqual(figures("half"), [null, null, null, null, null, null, null]);
  assert.deepEqual(figures("none"), [null, null, null, null, null, null, null]);
});

test("two departments or accounts of one name are told apart by their codes in the choice of them", async (t) => {
  const { db } = await openTestDatabase(t);
  for (const code of ["one", "two"]) await insertAccount(db, code, code === "two" ? { lifecycle: "closed" } : {});
  await insertAccount(db, "other");
  await sql`update account set name = '县局' where code in ('one', 'two')`.execute(db);
  const asked = async (variable: { build(): { query?: unknown } }) => {
    const { rows } = await sql<Record<string, unknown>>`${sql.raw(String(variable.build().query))}`.execute(db);
    return rows.map((row) => Object.values(row));
  };
  const names = await asked(account());
  assert.deepEqual(
    names.slice(-2).map(([text]) => text),
    ["县局（one）", "县局（two）（已注销）"],
  );
  await sql`insert into department (code, name) select code || '-2', name from department`.execute(db);
  await sql`update account set department_code = department_code || '-2' where code = 'other'`.execute(db);
  const departmentNames = await asked(departments());
  assert.equal(departmentNames.length, 2);
  for (const [text, code] of departmentNames) assert.ok(String(text).endsWith(`（${code}）`), String(text));
});

test("a day is complete, partly known or missing, and the county's day tells how many accounts it holds", async (t) => {
  const { db } = await openTestDatabase(t);
  const dataUntil = startOf("2026-11-23");
  const known = { deadlineAt: days(9), dataUntil };
  const listed = await insertAccount(db, "listed", known);
  const counted = await insertAccount(db, "counted", { ...known, lifecycle: "rectifying" });
  const filed = await insertAccount(db, "filed", { ...known, lifecycle: "filed" });
  const closed = await insertAccount(db, "closed", { ...known, lifecycle: "closed" });
  for (const id of [listed, filed, closed]) {
    await cover(db, id, "2026-11-20", "2026-11-21");
    await cover(db, id, "2026-11-22", "2026-11-22", ["summary"]);
    await publish(db, id, "2026-11-20", "2026-11-20", "2026-11-23");
  }
  await cover(db, counted, "2026-11-20", "2026-11-20");
  await sql`
    insert into account_day (account_id, stat_date, articles_published, first_seen_at)
    values (${counted}, '2026-11-20', 3, ${NOW})`.execute(db);
  const { rows } = await sql<Record<string, unknown>>`
    select account, stat_date, articles_published as articles, complete from v_publishing_day
    where account <> 'filed' order by 1, 2`.execute(db);
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ["closed", "2026-11-20", 2, true],
      ["closed", "2026-11-21", 0, true],
      ["closed", "2026-11-22", null, true],
      ["counted", "2026-11-20", 3, true],
      ["listed", "2026-11-20", 2, true],
      ["listed", "2026-11-21", 0, true],
      ["listed", "2026-11-22", null, true],
      ["listed", "2026-11-23", 1, false],
    ],
  );
  const county = await sql<Record<string, unknown>>`select * from v_county_day order by 1`.execute(db);
  assert.deepEqual(
    county.rows.map((row) => Object.values(row)),
    [
      ["2026-11-20", 7, 3, 3],
      ["2026-11-21", 0, 2, 3],
      ["2026-11-22", null, 0, 2],
    ],
  );
});

test("a day that is not complete counts an article once, known by the statistics or not yet by its link in the list", async (t) => {
  const { db } = await openTestDatabase(t);
  const id = await insertAccount(db, "a", { deadlineAt: days(9), dataUntil: startOf("2026-11-22") });
  await cover(db, id, "2026-11-21", "2026-11-21");
  await publish(db, id, "2026-11-22", "2026-11-22");
  const listing = async (objectId: string, at: string, msgid: string | null) =>
    sql`
      insert into publication (account_id, object_id, position, updated_at, deleted, msgid, first_seen_at)
      values (${id}, ${objectId}, 1, ${at}, false, ${msgid}, ${NOW})`.execute(db);
  const known = async () => {
    const { rows } = await sql<Record<string, unknown>>`
      select stat_date, articles_published from v_publishing_day where not complete order by 1`.execute(db);
    return rows.map((row) => Object.values(row));
  };
  await listing("1", "2026-11-22T02:00:00Z", "2026-11-22_0");
  await listing("2", "2026-11-22T03:00:00Z", null);
  assert.deepEqual(await known(), [["2026-11-22", 2]]);
  await listing("3", "2026-11-22T04:00:00Z", null);
  await listing("4", "2026-11-22T17:00:00Z", null);
  assert.deepEqual(await known(), [
    ["2026-11-22", 3],
    ["2026-11-23", 1],
  ]);
});

test("the county in one line: each figure with the accounts that it holds, unknown apart from none", async (t) => {
  const { db } = await openTestDatabase(t);
  // The views go by the database's clock, which stands still within a transaction.
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ now: Date }>`select now() as now`.execute(trx);
    const now = rows[0]?.now ?? assert.fail();
    const overview = async () => (await sql<Record<string, unknown>>`select * from v_overview`.execute(trx)).rows[0];
    const empty = await overview();
    assert.deepEqual([empty?.accounts, empty?.accounts_passed], [0, 0]);
    assert.deepEqual([empty?.articles_yesterday, empty?.articles_7d, empty?.articles_today], [null, null, null]);

    const yesterday = addDays(dayOf(now), -1);
    const known = { deadlineAt: days(9, now), dataUntil: endOf(yesterday) };
    const early = await insertAccount(trx, "early", known);
    await insertAccount(trx, "late", { ...known, dataUntil: startOf(yesterday), errorCode: "40125" });
    await insertAccount(trx, "blind", { ...known, dataUntil: days(-3, now) });
    await insertAccount(trx, "over", { ...known, deadlineAt: days(-3, now) });
    await insertAccount(trx, "filed", { ...known, lifecycle: "filed" });
    const closed = await insertAccount(trx, "closed", { ...known, lifecycle: "closed" });
    await sql`
      update account_current set articles_7d = 5, window_end = (data_until at time zone 'Asia/Shanghai')::date - 1
      from account where id = account_id and code <> 'over'`.execute(trx);
    await cover(trx, early, yesterday, yesterday);
    await publish(trx, early, yesterday, dayOf(now), dayOf(now));
    await cover(trx, closed, yesterday, yesterday);
    await publish(trx, closed, yesterday, yesterday, dayOf(now));
    await trx
      .insertInto("visit")
      .values({
        ...{ account_id: early, collector: "publications", next_due_at: now, lease_id: null, leased_until: null },
        ...{ started_at: now, finished_at: now, succeeded_at: now, error_code: null, error_reason: null },
        error_detail: null,
      })
      .execute();
    await trx
      .insertInto("reply_channel")
      .values({ account_id: early, channel: "comment", state: "measurable", until: now })
      .execute();
    assert.deepEqual(await overview(), {
      ...{
        accounts: 4,
        accounts_visited: 4,
        accounts_ok: 2,
        accounts_near: 0,
        accounts_unproven: 0,
        accounts_passed: 1,
        accounts_blind: 1,
      },
      ...{ accounts_unjudged: 1, accounts_failing: 1 },
      ...{ statistics_as_of: startOf(yesterday), statistics_as_of_newest: endOf(yesterday) },
      ...{
        open_cases: 0,
        open_questions: 0,
        overdue_cases: 0,
        accounts_listed: 5,
        accounts_measurable: 1,
        replies_as_of: now,
      },
      ...{ yesterday, articles_yesterday: 3, accounts_yesterday: 2, accounts_expected_yesterday: 5 },
      ...{ articles_7d: 10, accounts_7d: 2, articles_7d_as_of: startOf(yesterday) },
      ...{ articles_today: 2, accounts_today: 1, today_as_of: now },
    });
  });
});
