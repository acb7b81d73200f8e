import { sql } from "kysely";
import { dayOf } from "../calendar.ts";
import { type ArticlePage, type Day, VISITED_LIFECYCLES } from "../model.ts";
import { listedAt } from "./publications.ts";
import type { Db } from "./upsert.ts";

/** Why a look told nothing: the page names another article or account. */
export const FOREIGN = "foreign page";

/** A page that is to be looked at now. */
export interface PageTarget {
  url: string;
  publishDate: Day;
  /** As far as it is known. */
  publishedAt: Date | null;
  title: string | null;
  /** Null for a link of the publications list that does not tell its article. */
  articleId: string | null;
  /** What has that link; null for an article. */
  publication: { objectId: string; position: number } | null;
  /** The publish date is the platform's own. */
  inStatistics: boolean;
  /** Its publication as the publications list has it; null when it is not listed. */
  listedAt: Date | null;
  firstSeenAt: Date;
  /** The last look that brought a page; null before the first one. */
  lookedAt: Date | null;
  /** The time that was set for this look; null when it was never tried. */
  dueAt: Date | null;
}

interface TargetRow {
  url: string;
  publish_date: Day;
  published_at: Date | null;
  title: string | null;
  msgid: string | null;
  object_id: string | null;
  position: number | null;
  in_statistics: boolean;
  listed_at: Date | null;
  first_seen_at: Date;
  looked_at: Date | null;
  due_at: Date | null;
}

/** A short link that told nothing is tried again after 1 h, then after twice the time, daily in the end. */
const TRY_AGAIN = sql`page_tried_at
  + least(greatest(page_tried_at - first_seen_at, interval '1 hour'), interval '1 day')`;

/** Looks that are due by `now`, or will be at some time (`due_at`; null = never tried). */
const looks = (accountId: number) => sql`
  select url, publish_date, published_at, title, msgid, null as object_id, null::smallint as position,
    in_statistics, (
      select min(${listedAt}) from publication p where p.account_id = r.account_id and p.msgid = r.msgid
    ) as listed_at,
    first_seen_at, page_fetched_at as looked_at, page_due_at as due_at
  from article r
  where account_id = ${accountId} and url is not null and (page_fetched_at is null or page_due_at is not null)
  union all
  select url, (${listedAt} at time zone 'Asia/Shanghai')::date, ${listedAt}, title, null, object_id, position,
    false, ${listedAt}, first_seen_at, null, ${TRY_AGAIN}
  from publication p
  where account_id = ${accountId} and url is not null and msgid is null and not deleted
    and (page_tried_at is null or ${TRY_AGAIN} <= ${listedAt} + interval '30 days')`;

/** What was never tried by publish date, newest first; then what is due again, longest due first. */
export async function pagesToRead(db: Db, accountId: number, now: Date, limit: number): Promise<PageTarget[]> {
  const { rows } = await sql<TargetRow>`
    select * from (${looks(accountId)}) looks
    where due_at is null or due_at <= ${now}
    order by due_at nulls first, publish_date desc, msgid desc, object_id, position
    limit ${limit}`.execute(db);
  return rows.map((row) => ({
    url: row.url,
    publishDate: row.publish_date,
    publishedAt: row.published_at,
    title: row.title,
    articleId: row.msgid,
    publication: row.object_id === null ? null : { objectId: row.object_id, position: row.position ?? 1 },
    inStatistics: row.in_statistics,
    listedAt: row.listed_at,
    firstSeenAt: row.first_seen_at,
    lookedAt: row.looked_at,
    dueAt: row.due_at,
  }));
}

/** The earliest look that is wanted, `now` at the earliest; null = none. */
export async function nextLook(db: Db, accountId: number, now: Date): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(greatest(coalesce(due_at, ${now}), ${now}::timestamptz)) as at
    from (${looks(accountId)}) looks`.execute(db);
  return rows[0]?.at ?? null;
}

export interface Waiting {
  /** Other accounts whose visit for pages is due or was put off for want of a slot. */
  all: number;
  /** Those of them that have an article of which nothing was seen yet, published on `freshFrom` or later. */
  fresh: number;
}

export async function waitingAccounts(
  db: Db,
  accountId: number,
  collector: string,
  times: { now: Date; freshFrom: Day },
): Promise<Waiting> {
  const { rows } = await sql<Waiting>`
    select count(*)::integer as all, (count(*) filter (where exists (
        select 1 from article r
        where r.account_id = v.account_id and r.url is not null and r.page_fetched_at is null and r.page_due_at is null
          and r.publish_date >= ${times.freshFrom}
      ) or exists (
        select 1 from publication p
        where p.account_id = v.account_id and p.url is not null and p.msgid is null and not p.deleted
          and p.page_tried_at is null and (${listedAt} at time zone 'Asia/Shanghai')::date >= ${times.freshFrom}
      )))::integer as fresh
    from visit v
    join account a on a.id = v.account_id and a.lifecycle = any(${[...VISITED_LIFECYCLES]}::text[])
    where v.collector = ${collector} and v.account_id <> ${accountId}
      and (v.next_due_at <= ${times.now} or v.delays > 0)`.execute(db);
  return rows[0] ?? { all: 0, fresh: 0 };
}

/** What the account's pages must agree with: its `gh_…` from the register, and links of its newest articles. */
export async function accountMarks(db: Db, accountId: number): Promise<{ originalId: string | null; links: string[] }> {
  const account = await db
    .selectFrom("account")
    .select("original_id as originalId")
    .where("id", "=", accountId)
    .executeTakeFirst();
  const articles = await db
    .selectFrom("article")
    .select("url")
    .where("account_id", "=", accountId)
    .where("url", "is not", null)
    .orderBy("publish_date", "desc")
    .limit(50)
    .$narrowType<{ url: string }>()
    .execute();
  return { originalId: account?.originalId ?? null, links: articles.map((article) => article.url) };
}

/** What one look at a page changes. */
export interface Look {
  /** Null leaves it as it was known. */
  state: "ok" | "deleted" | "violation" | "unknown" | null;
  reason: string | null;
  /** The page itself, when it carries its article. */
  facts: ArticlePage | null;
  /** The next look; null = none. */
  dueAt: Date | null;
}

/** What the page leaves out stays as it was known; titles and days of the statistics stay in any case. */
export async function saveLook(db: Db, accountId: number, articleId: string, look: Look, at: Date): Promise<void> {
  const { facts } = look;
  const day = facts?.publishedAt ? dayOf(facts.publishedAt) : null;
  await sql`
    update article set
      state = coalesce(${look.state}, state), state_reason = ${look.reason},
      page_fetched_at = ${at}, page_due_at = ${look.dueAt},
      title = case when in_statistics then coalesce(title, ${facts?.title ?? null})
        else coalesce(${facts?.title ?? null}, title) end,
      publish_date = case when in_statistics then publish_date else coalesce(${day}::date, publish_date) end,
      published_at = coalesce(${facts?.publishedAt ?? null}, published_at),
      form = coalesce(${facts?.form ?? null}, form),
      original = coalesce(${facts?.original ?? null}, original),
      length = coalesce(${facts?.length ?? null}, length),
      images = coalesce(${facts?.images ?? null}, images)
    where account_id = ${accountId} and msgid = ${articleId}`.execute(db);
}

/** A look that brought no page; what is known stays. Without a `dueAt` it was the last one, and the first one says why. */
export async function postponeLook(
  db: Db,
  accountId: number,
  target: PageTarget,
  { at, dueAt, reason }: { at: Date; dueAt: Date | null; reason: string },
): Promise<void> {
  if (target.publication) return await savePublicationTry(db, accountId, target.publication, null, at);
  const unread = dueAt === null && target.lookedAt === null;
  await db
    .updateTable("article")
    .set({ page_due_at: dueAt, ...(unread ? { page_fetched_at: at, state_reason: reason } : {}) })
    .where("account_id", "=", accountId)
    .where("msgid", "=", target.articleId ?? "")
    .execute();
}

/** `articleId`: as the page told it, if it did. */
export async function savePublicationTry(
  db: Db,
  accountId: number,
  publication: { objectId: string; position: number },
  articleId: string | null,
  at: Date,
): Promise<void> {
  await db
    .updateTable("publication")
    .set({ page_tried_at: at, ...(articleId === null ? {} : { msgid: articleId }) })
    .where("account_id", "=", accountId)
    .where("object_id", "=", publication.objectId)
    .where("position", "=", publication.position)
    .execute();
}

/** Makes sure that the article behind a short link exists; what is known of it stays. */
export async function ensurePublished(db: Db, accountId: number, articleId: string, target: PageTarget): Promise<void> {
  await sql`
    insert into article as r (account_id, msgid, publish_date, title, url, notified, first_seen_at)
    values (${accountId}, ${articleId}, ${target.publishDate}, ${target.title}, ${target.url}, false,
      ${target.firstSeenAt})
    on conflict (account_id, msgid) do update set title = coalesce(r.title, excluded.title),
      url = coalesce(r.url, excluded.url), notified = coalesce(r.notified, excluded.notified)`.execute(db);
}

/** First looks again at what was refused as foreign: the account is another one than the register said. */
export async function forgetForeign(db: Db, accountId: number): Promise<void> {
  await db
    .updateTable("article")
    .set({ page_fetched_at: null, page_due_at: null, state_reason: null })
    .where("account_id", "=", accountId)
    .where("state_reason", "=", FOREIGN)
    .execute();
  await db
    .updateTable("publication")
    .set({ page_tried_at: null })
    .where("account_id", "=", accountId)
    .where("msgid", "is", null)
    .where("page_tried_at", "is not", null)
    .execute();
}
