import { sql } from "kysely";
import type { Day, Lifecycle } from "../model.ts";
import { WINDOW_FIGURES, WINDOWS, type WindowColumn } from "./database.ts";
import { type LastPublicationRow, lastPublications } from "./lastPublication.ts";
import { type Db, type UpsertShape, upsertChanged } from "./upsert.ts";

type WindowValues = Record<WindowColumn, number | null>;

/** What the stored statistics of one account say, before any rule is applied. */
export interface AccountFacts {
  accountId: number;
  lifecycle: Lifecycle;
  ruleSet: string;
  openedOn: Day | null;
  lastPublished: { on: Day; at: Date } | null;
  lastNotified: { on: Day; at: Date } | null;
  /**
   * Days whose publications are settled, ascending: the newest one before the last publication and all from its day
   * on, or with none known all of them.
   */
  finalDays: Day[];
  windowEnd: Day | null;
  windows: WindowValues;
  followers: number | null;
}

interface FactsRow extends WindowValues, LastPublicationRow {
  account_id: number;
  lifecycle: Lifecycle;
  rule_set: string;
  opened_on: Day | null;
  final_days: Day[] | null;
  final_before: Day | null;
  window_end: Day | null;
  followers: number | null;
}

const days = (window: (typeof WINDOWS)[number]) => Number.parseInt(window, 10);

/**
 * One window's figure: only when each of its days is covered, and unknown as soon as one row lacks the figure.
 * A covered day without a row adds 0; for a row without a count the listed articles are counted.
 */
const windowColumns = WINDOWS.flatMap((window) =>
  WINDOW_FIGURES.map((figure) => {
    const inWindow = sql`filter (where age <= ${days(window)})`;
    const complete = sql`count(*) ${inWindow} = ${days(window)}`;
    const column = sql.ref(`${figure}_${window}`);
    if (figure === "articles") {
      return sql`case when ${complete} and bool_and(coalesce(articles_published, articles) is not null) ${inWindow}
        then sum(coalesce(articles_published, articles)) ${inWindow} end::bigint as ${column}`;
    }
    const value = sql.ref(figure);
    return sql`case when ${complete} and bool_and(${value} is not null or not has_row and articles = 0) ${inWindow}
      then coalesce(sum(${value}) ${inWindow}, 0) end::bigint as ${column}`;
  }),
);

const windowNames = WINDOWS.flatMap((window) => WINDOW_FIGURES.map((figure) => sql.ref(`windows.${figure}_${window}`)));

/**
 * Held until the transaction ends, so that facts read after it cannot overwrite values that are newer than they.
 * A row that does not exist cannot be locked, so an account's first one is made here.
 */
export async function lockCurrent(db: Db, accountIds: number[] | null): Promise<void> {
  await sql`
    insert into account_current (account_id)
    select id from account
    where (${accountIds}::integer[] is null or id = any(${accountIds}::integer[]))
      and not exists (select 1 from account_current where account_id = id)
    order by id
    on conflict do nothing`.execute(db);
  let rows = db.selectFrom("account_current").select("account_id").orderBy("account_id").forUpdate();
  if (accountIds !== null) rows = rows.where("account_id", "in", accountIds);
  await rows.execute();
}

/** Facts of the given accounts, or of all. `notifiedOnly`: settled days are wanted from the last publication with notice on. */
export async function readFacts(db: Db, accountIds: number[] | null, notifiedOnly: boolean): Promise<AccountFacts[]> {
  const judgedOn = notifiedOnly ? sql`published.notified_on` : sql`published.published_on`;
  const result = await sql<FactsRow>`
    with chosen as (
      select id, lifecycle, rule_set, opened_on from account
      where ${accountIds}::integer[] is null or id = any(${accountIds}::integer[])
    ), ${lastPublications}, ends as (
      select c.account_id, max(c.day) as window_end
      from coverage c
      join chosen on chosen.id = c.account_id
      where c.collector = 'statistics' and c.part = 'summary' and c.state = 'final'
      group by c.account_id
    ), covered as (
      select c.account_id, c.day, ends.window_end, ends.window_end - c.day + 1 as age,
        d.account_id is not null as has_row, d.articles_published,
        d.readers, d.sharers, d.likes, d.zaikan, d.comments, d.favourites,
        a.state = 'final' as listed, published_on.articles as found,
        case when a.state = 'final' then published_on.articles end as articles
      from ends
      join published on published.account_id = ends.account_id
      join coverage c on c.account_id = ends.account_id and c.collector = 'statistics'
        and c.part = 'summary' and c.state = 'final'
        and c.day > least(coalesce(${judgedOn} - 1, '-infinity'), ends.window_end - 30)
      left join account_day d on d.account_id = c.account_id and d.stat_date = c.day
      left join coverage a on a.account_id = c.account_id and a.collector = c.collector
        and a.part = 'articles' and a.day = c.day
      cross join lateral (
        select count(*) as articles from article r where r.account_id = c.account_id and r.publish_date = c.day
          and r.in_statistics
      ) published_on
    ), windows as (
      select account_id, window_end, ${sql.join(windowColumns)}
      from covered where age <= 30 group by account_id, window_end
    ), settled as (
      select c.account_id,
        array_agg(c.day::text order by c.day) filter (where ${judgedOn} is null or c.day >= ${judgedOn}) as final_days,
        max(c.day) filter (where c.day < ${judgedOn}) as final_before
      from covered c
      join published on published.account_id = c.account_id
      where case when c.articles_published is not null then c.articles_published <= c.found else c.listed end
      group by c.account_id
    )
    select chosen.id as account_id, chosen.lifecycle, chosen.rule_set, chosen.opened_on,
      published.published_on, published.published_at, published.notified_on, published.notified_at,
      settled.final_days, settled.final_before, windows.window_end, ${sql.join(windowNames)},
      (select f.followers from followers f
        where f.account_id = chosen.id and f.followers is not null order by f.stat_date desc limit 1) as followers
    from chosen
    join published on published.account_id = chosen.id
    left join windows on windows.account_id = chosen.id
    left join settled on settled.account_id = chosen.id`.execute(db);
  return result.rows.map((row) => {
    const windows = Object.fromEntries(
      WINDOW_FIGURES.flatMap((figure) => WINDOWS.map((window) => [`${figure}_${window}`, row[`${figure}_${window}`]])),
    ) as WindowValues;
    return {
      accountId: row.account_id,
      lifecycle: row.lifecycle,
      ruleSet: row.rule_set,
      openedOn: row.opened_on,
      lastPublished: publication(row.published_on, row.published_at),
      lastNotified: publication(row.notified_on, row.notified_at),
      finalDays: [...(row.final_before ? [row.final_before] : []), ...(row.final_days ?? [])],
      windowEnd: row.window_end,
      windows,
      followers: row.followers,
    };
  });
}

function publication(on: Day | null, at: Date | null): { on: Day; at: Date } | null {
  return on === null || at === null ? null : { on, at };
}

export interface CurrentValues {
  accountId: number;
  dataUntil: Date | null;
  lastPublishedAt: Date | null;
  lastNotifiedAt: Date | null;
  publishDeadlineAt: Date | null;
  windowEnd: Day | null;
  windows: WindowValues;
  followers: number | null;
}

const CURRENT: UpsertShape = {
  table: "account_current",
  key: { account_id: "integer" },
  columns: {
    data_until: "timestamptz",
    last_published_at: "timestamptz",
    last_notified_at: "timestamptz",
    publish_deadline_at: "timestamptz",
    window_end: "date",
    ...Object.fromEntries(
      WINDOW_FIGURES.flatMap((figure) => WINDOWS.map((window) => [`${figure}_${window}`, "bigint" as const])),
    ),
    followers: "integer",
  },
  keepKnown: false,
};

export async function saveCurrent(db: Db, values: CurrentValues[]): Promise<void> {
  await upsertChanged(
    db,
    CURRENT,
    values.map((value) => ({
      account_id: value.accountId,
      data_until: value.dataUntil,
      last_published_at: value.lastPublishedAt,
      last_notified_at: value.lastNotifiedAt,
      publish_deadline_at: value.publishDeadlineAt,
      window_end: value.windowEnd,
      ...value.windows,
      followers: value.followers,
    })),
  );
}
