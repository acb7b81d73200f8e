import { setImmediate as nextTurn } from "node:timers/promises";
import { type Expression, type Kysely, sql } from "kysely";
import type { HolidayYear } from "../calendar/holidays.ts";
import { dayOf, endOf } from "../calendar.ts";
import { VISITED_LIFECYCLES } from "../model.ts";
import { type Database, WINDOW_FIGURES, WINDOWS, type WindowColumn } from "./database.ts";
import { type ExposedNotifications, readNotifications } from "./exposedAlerts.ts";
import { type ExposedReplies, exposedReplies } from "./exposedReplies.ts";
import { readWorkCalendar } from "./holidays.ts";
import type { Db } from "./upsert.ts";

/** Frees the connection when a lock or a slow disk holds the server; readers have given up by then. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** Rows of a page: parsed in a few milliseconds. */
const PAGE_ROWS = 500;

export interface ExposedAccount extends Record<WindowColumn, number | null> {
  account: string;
  name: string;
  department: string;
  departmentName: string;
  platform: string;
  kind: string | null;
  lifecycle: string;
  ruleSet: string;
  /** Unix seconds, as all instants here. */
  lastPublishedAt: number | null;
  publishDeadlineAt: number | null;
  followers: number | null;
  verificationExpiresAt: number | null;
}

export interface ExposedVisit {
  account: string;
  department: string;
  collector: string;
  succeededAt: number | null;
  finishedAt: number | null;
  /** Up to here the collector knows what it is there to know. */
  dataUntil: number | null;
  errorCode: string | null;
  /** Waits for a worker: the time has come and nobody holds the lease. */
  due: boolean;
}

export interface ExposedBudget {
  account: string;
  department: string;
  api: string;
  /** Calls left on the platform's present day. */
  remaining: number;
}

/** A run of rows as it came from the server. Two reads share the page object where nothing changed in between. */
export interface Page<Row> {
  text: string;
  rows: readonly Row[];
}

/** The rows of accounts that are not closed, by code; and what belongs to no account. */
export interface ExpositionData {
  readAt: Date;
  accounts: readonly Page<ExposedAccount>[];
  visits: readonly Page<ExposedVisit>[];
  budgets: readonly Page<ExposedBudget>[];
  replies: readonly Page<ExposedReplies>[];
  plannerTickedAt: number | null;
  /** 24:00 of the day up to which it is known without a gap whether a day is worked; past = today is not known. */
  calendarCoveredUntil: number | null;
  /** Visits to the installation itself, by collector. */
  chores: readonly { collector: string; due: boolean }[];
  notifications: ExposedNotifications;
}

export interface ReadOptions {
  /** Of files; the database may hold more. */
  holidays?: readonly HolidayYear[];
  /** Lends its unchanged pages. */
  previous?: ExpositionData | null;
}

/** Everything that the families need, from one snapshot. */
export function readExposition(
  db: Kysely<Database>,
  now: Date,
  { holidays = [], previous = null }: ReadOptions = {},
): Promise<ExpositionData> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      await sql`set local statement_timeout = ${sql.lit(STATEMENT_TIMEOUT_MS)}`.execute(trx);
      return {
        readAt: now,
        accounts: await readPages(trx, accounts(trx), sql`account collate "C"`, previous?.accounts),
        visits: await readPages(
          trx,
          visits(trx, now),
          sql`account collate "C", collector collate "C"`,
          previous?.visits,
        ),
        budgets: await readPages(trx, budgets(trx, now), sql`account collate "C", api collate "C"`, previous?.budgets),
        replies: await readPages(trx, exposedReplies(now), sql`account collate "C"`, previous?.replies),
        calendarCoveredUntil: await readCalendarEnd(trx, holidays, now),
        plannerTickedAt: await readPlannerTick(trx),
        chores: await readChores(trx, now),
        notifications: await readNotifications(trx, now),
      };
    });
}

/**
 * A page travels as one JSON text: the driver would spend 20 µs on each row of so many columns, every ten seconds,
 * for figures that change a few times a day.
 */
async function readPages<Row>(
  db: Db,
  query: Expression<Row>,
  order: Expression<unknown>,
  previous: readonly Page<Row>[] = [],
): Promise<Page<Row>[]> {
  const { rows } = await sql<{ text: string }>`
    select json_agg(numbered.fields order by position)::text as text
    from (select fields, row_number() over (order by ${order}) - 1 as position from ${query} as fields) as numbered
    group by position / ${sql.lit(PAGE_ROWS)}
    order by position / ${sql.lit(PAGE_ROWS)}`.execute(db);
  const pages: Page<Row>[] = [];
  for (const [index, { text }] of rows.entries()) {
    const known = previous[index];
    if (known?.text !== text) await nextTurn();
    pages.push(known?.text === text ? known : { text, rows: JSON.parse(text) });
  }
  return pages;
}

const seconds = (column: string) => sql<number | null>`extract(epoch from ${sql.ref(column)})::float8`;

const windowColumns = WINDOWS.flatMap((window) => WINDOW_FIGURES.map((figure) => `c.${figure}_${window}` as const));

function accounts(db: Db): Expression<ExposedAccount> {
  return db
    .selectFrom("account as a")
    .innerJoin("department as d", "d.code", "a.department_code")
    .leftJoin("account_current as c", "c.account_id", "a.id")
    .leftJoin("profile as p", "p.account_id", "a.id")
    .select(["a.code as account", "a.name", "a.department_code as department", "d.name as departmentName"])
    .select(["a.platform", "a.kind", "a.lifecycle", "a.rule_set as ruleSet"])
    .select([
      seconds("c.last_published_at").as("lastPublishedAt"),
      seconds("c.publish_deadline_at").as("publishDeadlineAt"),
      seconds("p.verification_expires_at").as("verificationExpiresAt"),
    ])
    .select("c.followers")
    .select(windowColumns)
    .where("a.lifecycle", "<>", "closed");
}

const isDue = (now: Date) => sql<boolean>`
  v.next_due_at <= ${now} and (v.leased_until is null or v.leased_until < clock_timestamp())`;

async function readChores(db: Db, now: Date): Promise<ExpositionData["chores"]> {
  return await db
    .selectFrom("visit as v")
    .select(["v.collector", isDue(now).as("due")])
    .where("v.account_id", "is", null)
    .execute();
}

async function readCalendarEnd(db: Db, holidays: readonly HolidayYear[], now: Date): Promise<number | null> {
  const calendar = await readWorkCalendar(db, holidays);
  const last = calendar.coveredUntil(dayOf(now));
  return last === null ? null : endOf(last).getTime() / 1_000;
}

/** A visit that was refused the list succeeded too, and knows nothing of it. */
const lastList = sql`(
  select l.fetched_at from coverage l
  where l.account_id = v.account_id and l.collector = v.collector and l.part = 'list' and l.state = 'final'
  order by l.day desc limit 1)`;

/** Null until each channel that can be measured was looked at completely. */
const lastLook = sql`(
  select case when bool_and(r.until is not null) then min(r.until) end from reply_channel r
  where r.account_id = v.account_id and r.state = 'measurable')`;

const dataUntil = sql<number | null>`extract(epoch from case v.collector
  when 'statistics' then c.data_until when 'publications' then ${lastList}
  when 'replies' then ${lastLook} else v.succeeded_at end)::float8`;

function visits(db: Db, now: Date): Expression<ExposedVisit> {
  return db
    .selectFrom("visit as v")
    .innerJoin("account as a", "a.id", "v.account_id")
    .leftJoin("account_current as c", "c.account_id", "a.id")
    .select(["a.code as account", "a.department_code as department", "v.collector", "v.error_code as errorCode"])
    .select([seconds("v.succeeded_at").as("succeededAt"), seconds("v.finished_at").as("finishedAt")])
    .select(dataUntil.as("dataUntil"))
    .select((eb) =>
      eb
        .and([eb("a.lifecycle", "in", VISITED_LIFECYCLES), isDue(now)])
        .$castTo<boolean>()
        .as("due"),
    )
    .where("a.lifecycle", "<>", "closed");
}

/**
 * Only where it is known how many are left. 45009 says that the day's calls are used up, whatever our own ledger
 * holds; other codes close for a minute.
 */
function budgets(db: Db, now: Date): Expression<ExposedBudget> {
  const remaining = sql<number>`case
    when b.closed_code = '45009' and b.closed_until > ${now} then 0
    when b.daily_limit is not null then greatest(b.daily_limit - b.used - coalesce(b.used_by_others, 0), 0) end`;
  return db
    .selectFrom("api_budget as b")
    .innerJoin("account as a", "a.app_id", "b.app_id")
    .select(["a.code as account", "a.department_code as department", "b.api", remaining.as("remaining")])
    .where("a.lifecycle", "<>", "closed")
    .where("b.day", "=", dayOf(now))
    .where(remaining, "is not", null);
}

/** Unix seconds; null = the planner never ran. */
export async function readPlannerTick(db: Db): Promise<number | null> {
  const row = await db.selectFrom("planner").select(seconds("ticked_at").as("tickedAt")).executeTakeFirst();
  return row?.tickedAt ?? null;
}
