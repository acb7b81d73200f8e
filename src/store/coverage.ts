import { sql } from "kysely";
import type { Coverage, Day } from "../model.ts";
import type { Db } from "./upsert.ts";

/** By part and day, from `from` on. */
export async function readCoverage(
  db: Db,
  accountId: number,
  collector: string,
  from: Day,
): Promise<Map<string, Map<Day, Coverage>>> {
  const rows = await db
    .selectFrom("coverage")
    .select(["part", "day", "state", "code", "fetched_at as fetchedAt", "age"])
    .where("account_id", "=", accountId)
    .where("collector", "=", collector)
    .where("day", ">=", from)
    .execute();
  const parts = new Map<string, Map<Day, Coverage>>();
  for (const row of rows) {
    const days = parts.get(row.part) ?? new Map<Day, Coverage>();
    parts.set(row.part, days.set(row.day, row));
  }
  return parts;
}

/**
 * What is final stays final: a later fault, delay or refusal takes back nothing that was known. Only a reading (its
 * `age` is given) may find that something is missing after all.
 */
export async function saveCoverage(db: Db, accountId: number, collector: string, rows: Coverage[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("coverage")
    .values(
      rows.map((row) => ({
        account_id: accountId,
        collector,
        part: row.part,
        day: row.day,
        state: row.state,
        code: row.code,
        fetched_at: row.fetchedAt,
        age: row.age,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "collector", "part", "day"])
        .doUpdateSet((eb) => ({
          state: eb.ref("excluded.state"),
          code: eb.ref("excluded.code"),
          fetched_at: eb.ref("excluded.fetched_at"),
          age: sql<number | null>`coalesce(excluded.age, coverage.age)`,
        }))
        .where(sql<boolean>`coverage.state <> 'final' or excluded.state = 'final' or excluded.age is not null`),
    )
    .execute();
}

/**
 * Days without a row in the summary become final once an article list of no earlier day shows that nothing was
 * published. What only the list of publications dates to such a day may be of another, so it holds none up.
 */
export async function settleDaysWithoutRow(db: Db, accountId: number, codes: string[]): Promise<void> {
  await sql`
    update coverage s set state = 'final', code = null
    from coverage a
    where s.account_id = ${accountId} and s.collector = 'statistics' and s.part = 'summary'
      and s.state = 'provisional' and s.code = any(${codes})
      and a.account_id = s.account_id and a.collector = s.collector and a.part = 'articles' and a.day = s.day
      and a.state = 'final'
      and (a.fetched_at at time zone 'Asia/Shanghai')::date >= (s.fetched_at at time zone 'Asia/Shanghai')::date
      and not exists (
        select 1 from article where account_id = s.account_id and publish_date = s.day and in_statistics)`.execute(db);
}

/** Of the active accounts answered for `day` since `since` (with a row, or without one as `codes` say): all, and those without. */
export async function missingRows(
  db: Db,
  day: Day,
  since: Date,
  codes: string[],
): Promise<{ asked: number; missing: number }> {
  const result = await sql<{ asked: number; missing: number }>`
    select count(*)::integer as asked,
      count(*) filter (where not exists (
        select 1 from account_day d where d.account_id = c.account_id and d.stat_date = c.day))::integer as missing
    from coverage c
    where c.collector = 'statistics' and c.part = 'summary' and c.day = ${day} and c.fetched_at >= ${since}
      and (c.state = 'final' or c.state = 'provisional' and c.code = any(${codes}))
      and (select count(*) from account_day d
           where d.account_id = c.account_id and d.stat_date < c.day and d.stat_date >= c.day - 7) >= 4`.execute(db);
  return result.rows[0] ?? { asked: 0, missing: 0 };
}

/**
 * Puts `code` to every account that got no row for `day` since `since`, whether that was called final or, with one of
 * `codes`, was about to be; answers whose accounts those are. A row that a visit is writing just now is left to that visit.
 */
export async function doubtDaysWithoutRow(
  db: Db,
  day: Day,
  since: Date,
  codes: string[],
  code: string,
): Promise<number[]> {
  const { rows } = await sql<{ account_id: number }>`
    with doubtful as (
      select account_id from coverage c
      where collector = 'statistics' and part = 'summary' and day = ${day} and fetched_at >= ${since}
        and (state = 'final' or state = 'provisional' and code = any(${codes}))
        and not exists (select 1 from account_day d where d.account_id = c.account_id and d.stat_date = c.day)
      order by account_id for update skip locked
    )
    update coverage c set state = 'provisional', code = ${code}
    from doubtful
    where c.account_id = doubtful.account_id and c.collector = 'statistics' and c.part = 'summary'
      and c.day = ${day}
    returning c.account_id`.execute(db);
  return rows.map((row) => row.account_id);
}
