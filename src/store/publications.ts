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
  publishedAt: Date;
  firstSeenAt: Date;
}

/** Of a row `p` of the table: an object's update time moves with each edit. */
export const listedAt = sql<Date>`least(p.first_updated_at, p.updated_at)`;

export async function storedPublications(db: Db, accountId: number, objectIds: string[]): Promise<StoredPublication[]> {
  if (objectIds.length === 0) return [];
  return await db
    .selectFrom("publication as p")
    .select(["object_id as objectId", "position", "updated_at as updatedAt", "deleted", "msgid as articleId"])
    .select(["first_seen_at as firstSeenAt", listedAt.as("publishedAt")])
    .where("account_id", "=", accountId)
    .where("object_id", "in", objectIds)
    .execute();
}

/** How many publish objects are stored, and when the newest was published. */
export async function publicationTotals(db: Db, accountId: number): Promise<{ objects: number; newest: Date | null }> {
  return await db
    .selectFrom("publication as p")
    .select((eb) => eb.fn.count<number>("object_id").distinct().as("objects"))
    .select(sql<Date | null>`max(${listedAt})`.as("newest"))
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
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
    return msgid
      ? [{ msgid, publish_date: publishDate, title: row.title, url: row.url, deleted: row.deleted, turned }]
      : [];
  });
  if (articles.length > 0) await saveListedArticles(db, accountId, articles, seenAt);
}

const keyOf = (row: Pick<Publication, "objectId" | "position">) => `${row.position} ${row.objectId}`;

interface ListedArticle {
  msgid: string;
  publish_date: Day;
  title: string | null;
  url: string | null;
  deleted: boolean;
  /** The list says something else about `deleted` than before. */
  turned: boolean;
}

/**
 * What the list `l` makes of an article `r`; what the statistics or a page say of one stands above it. Whether an article
 * is deleted is taken over when the list changes its mind, so that a page read since then keeps the last word; what the
 * list has back is to be seen on its page.
 */
const verdict = (seenAt: Date) => sql`
  select
    case when ours then least(r.publish_date, l.publish_date) else r.publish_date end as publish_date,
    case when ours then coalesce(l.title, r.title) else r.title end as title,
    coalesce(r.notified, false) as notified,
    case when gone then 'deleted' when back then 'unknown' else r.state end as state,
    case when gone then ${DELETED_IN_LIST} when back then null else r.state_reason end as state_reason,
    case when back and r.page_fetched_at is not null then ${seenAt}::timestamptz else r.page_due_at end as page_due_at
  from (select
    not r.in_statistics and r.page_fetched_at is null as ours,
    l.turned and l.deleted and r.state not in ('deleted', 'violation') as gone,
    l.turned and not l.deleted and r.state = 'deleted' as back) as judged`;

/**
 * The list makes articles known on their day. One statement in key order, as the statistics write theirs: two orders
 * would deadlock; and unchanged rows are filtered before the insert, so that they are neither locked nor written.
 */
async function saveListedArticles(db: Db, accountId: number, articles: ListedArticle[], seenAt: Date): Promise<void> {
  const columns = ["publish_date", "title", "notified", "state", "state_reason", "page_due_at"];
  const of = (row: string) => sql.join(columns.map((column) => sql.ref(`${row}.${column}`)));
  await sql`
    with listed as (
      select distinct on (msgid) * from jsonb_to_recordset(${JSON.stringify(articles)}::jsonb)
        as l (msgid text, publish_date date, title text, url text, deleted boolean, turned boolean)
      order by msgid, publish_date
    )
    insert into article as r
      (account_id, msgid, publish_date, title, url, notified, in_statistics, first_seen_at, state, state_reason)
    select ${accountId}, l.msgid, l.publish_date, l.title, l.url, false, false, ${seenAt},
      case when l.deleted then 'deleted' else 'unknown' end, case when l.deleted then ${DELETED_IN_LIST} end
    from listed l
    where not exists (
      select 1 from article r cross join lateral (${verdict(seenAt)}) fresh
      where r.account_id = ${accountId} and r.msgid = l.msgid
        and row(${of("r")}) is not distinct from row(${of("fresh")})
    )
    order by l.msgid
    on conflict (account_id, msgid) do update set (${sql.join(columns.map((column) => sql.ref(column)))}) = (
      select ${of("fresh")} from listed l cross join lateral (${verdict(seenAt)}) fresh where l.msgid = r.msgid)`.execute(
    db,
  );
}
