import { sql } from "kysely";
import { dayOf } from "../calendar.ts";
import type { Day, Publication } from "../model.ts";
import { type Db, type UpsertShape, upsertChanged } from "./upsert.ts";

const PUBLICATION: UpsertShape = {
  table: "publication",
  key: { account_id: "integer", object_id: "text", position: "integer" },
  columns: {
    title: "text",
    url: "text",
    updated_at: "timestamptz",
    first_updated_at: "timestamptz",
    deleted: "boolean",
    msgid: "text",
  },
  insertOnly: { first_seen_at: "timestamptz" },
  keepKnown: true,
};

/** Why an article is called deleted when it was not its page that said so. */
const DELETED_IN_LIST = "deleted in the publications list";

export interface StoredPublication extends Pick<Publication, "objectId" | "position" | "updatedAt" | "deleted"> {
  articleId: string | null;
  /** Its publication; `updatedAt` moves with each edit. */
  publishedAt: Date;
  firstSeenAt: Date;
}

const publishedAt = sql<Date>`least(first_updated_at, updated_at)`;

export async function storedPublications(db: Db, accountId: number, objectIds: string[]): Promise<StoredPublication[]> {
  if (objectIds.length === 0) return [];
  return await db
    .selectFrom("publication")
    .select(["object_id as objectId", "position", "updated_at as updatedAt", "deleted", "msgid as articleId"])
    .select(["first_seen_at as firstSeenAt", publishedAt.as("publishedAt")])
    .where("account_id", "=", accountId)
    .where("object_id", "in", objectIds)
    .execute();
}

/** How many publish objects are stored, and when the newest was published. */
export async function publicationTotals(db: Db, accountId: number): Promise<{ objects: number; newest: Date | null }> {
  return await db
    .selectFrom("publication")
    .select((eb) => eb.fn.count<number>("object_id").distinct().as("objects"))
    .select(sql<Date | null>`max(${publishedAt})`.as("newest"))
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
}

/** Calls left of the API's day, as far as its limit is known. */
export async function callsLeft(db: Db, appId: string, api: string, day: Day): Promise<number | null> {
  const row = await db
    .selectFrom("api_budget")
    .select(["daily_limit", "used", "used_by_others"])
    .where("app_id", "=", appId)
    .where("api", "=", api)
    .where("day", "=", day)
    .executeTakeFirst();
  if (!row || row.daily_limit === null) return null;
  return row.daily_limit - row.used - (row.used_by_others ?? 0);
}

/** What one page of the list says, also to the articles it names. `stored` are the rows of its objects until now. */
export async function savePublications(
  db: Db,
  accountId: number,
  rows: Publication[],
  stored: StoredPublication[],
  seenAt: Date,
): Promise<void> {
  const before = new Map(stored.map((row) => [keyOf(row), row]));
  await upsertChanged(
    db,
    PUBLICATION,
    rows.map((row) => {
      const known = before.get(keyOf(row));
      const edited = known !== undefined && known.publishedAt < row.updatedAt;
      return {
        account_id: accountId,
        object_id: row.objectId,
        position: row.position,
        title: row.title,
        url: row.url,
        updated_at: row.updatedAt,
        first_updated_at: edited ? known.publishedAt : null,
        deleted: row.deleted,
        msgid: row.articleId,
        first_seen_at: seenAt,
      };
    }),
  );
  const articles = rows.flatMap((row) => {
    const known = before.get(keyOf(row));
    const msgid = row.articleId ?? known?.articleId;
    const turned = row.deleted !== (known?.deleted ?? false);
    const publishDate = dayOf(known && known.publishedAt < row.updatedAt ? known.publishedAt : row.updatedAt);
    return msgid ? [{ msgid, publishDate, title: row.title, url: row.url, deleted: row.deleted, turned }] : [];
  });
  if (articles.length > 0) await saveListedArticles(db, accountId, articles, seenAt);
}

const keyOf = (row: Pick<Publication, "objectId" | "position">) => `${row.position} ${row.objectId}`;

interface ListedArticle {
  msgid: string;
  publishDate: Day;
  title: string | null;
  url: string | null;
  deleted: boolean;
  /** The list says something else about `deleted` than before. */
  turned: boolean;
}

/**
 * The list makes articles known on their day; what the statistics or a page say of one stands above it. Whether an
 * article is deleted is taken over when the list changes its mind, so that a page read since then keeps the last word.
 */
async function saveListedArticles(db: Db, accountId: number, articles: ListedArticle[], seenAt: Date): Promise<void> {
  const listed = sql`jsonb_to_recordset(${JSON.stringify(articles)}::jsonb)
    as l ("msgid" text, "publishDate" date, "title" text, "url" text, "deleted" boolean, "turned" boolean)`;
  await sql`
    insert into article
      (account_id, msgid, publish_date, title, url, notified, in_statistics, first_seen_at, state, state_reason)
    select distinct on (msgid) ${accountId}, msgid, "publishDate", title, url, false, false, ${seenAt},
      case when deleted then 'deleted' else 'unknown' end, case when deleted then ${DELETED_IN_LIST} end
    from ${listed}
    where not exists (select 1 from article a where a.account_id = ${accountId} and a.msgid = l.msgid)
    order by msgid, "publishDate"
    on conflict do nothing`.execute(db);
  await sql`
    update article a set
      publish_date = fresh.publish_date, title = fresh.title, notified = fresh.notified,
      state = fresh.state, state_reason = fresh.state_reason, page_due_at = fresh.page_due_at
    from (
      select a.msgid,
        case when ours then least(a.publish_date, l."publishDate") else a.publish_date end as publish_date,
        case when ours then coalesce(l.title, a.title) else a.title end as title,
        coalesce(a.notified, false) as notified,
        case when gone then 'deleted' when back then 'unknown' else a.state end as state,
        case when gone then ${DELETED_IN_LIST} when back then null else a.state_reason end as state_reason,
        case when back and a.page_fetched_at is not null then ${seenAt} else a.page_due_at end as page_due_at
      from article a
      join (select distinct on (msgid) * from ${listed} order by msgid, "publishDate") l on l.msgid = a.msgid
      cross join lateral (select
        not a.in_statistics and a.page_fetched_at is null as ours,
        l.turned and l.deleted and a.state not in ('deleted', 'violation') as gone,
        l.turned and not l.deleted and a.state_reason = ${DELETED_IN_LIST} as back) judged
      where a.account_id = ${accountId}
      order by a.msgid for update of a
    ) fresh
    where a.account_id = ${accountId} and a.msgid = fresh.msgid
      and row(a.publish_date, a.title, a.notified, a.state, a.state_reason, a.page_due_at)
        is distinct from row(fresh.publish_date, fresh.title, fresh.notified, fresh.state, fresh.state_reason, fresh.page_due_at)`.execute(
    db,
  );
}
