import { sql } from "kysely";
import type { Day } from "../model.ts";
import type { Db } from "./upsert.ts";

/** What is known of one article's comments when its next look is planned. */
export interface WatchedArticle {
  msgid: string;
  publishDate: Day;
  /** The last look at its comments; null before the first one, and after one that has to be made up for. */
  lookedAt: Date | null;
  /** Comments in the last complete look; null: none was possible. */
  found: number | null;
  /** What was wrong with the last look. */
  code: string | null;
  /** Its page says that it was deleted or taken down. */
  gone: boolean;
  /** Receipt of its newest open case; null = none is open. */
  newestOpenAt: Date | null;
  /** One of its open cases waits for an answer. */
  openQuestion: boolean;
}

export interface WatchedComments {
  articles: WatchedArticle[];
  /** The newest day for which the platform's statistics count more comments than are known; null = none does. */
  missedOn: Day | null;
}

/** Articles published on `from` or later and older ones with open cases, newest first. */
export async function watchedComments(db: Db, accountId: number, from: Day): Promise<WatchedComments> {
  const { rows } = await sql<WatchedArticle & { missedOn: Day | null }>`
    with open as (
      select msgid, max(received_at) as newest_at, bool_or(question) as question from reply_case
      where account_id = ${accountId} and channel = 'comment'
        and first_reply_at is null and vanished_at is null and excluded_at is null
      group by msgid
    ), known as (
      select (received_at at time zone 'Asia/Shanghai')::date as day, count(*) as comments from reply_case
      where account_id = ${accountId} and channel = 'comment'
        and received_at >= ${from}::date::timestamp at time zone 'Asia/Shanghai'
      group by 1
    ), missed as (
      select max(d.stat_date) as day from account_day d left join known on known.day = d.stat_date
      where d.account_id = ${accountId} and d.stat_date >= ${from} and d.comments > coalesce(known.comments, 0)
    )
    select r.msgid, r.publish_date as "publishDate", l.looked_at as "lookedAt", l.found, l.code,
      r.state in ('deleted', 'violation') as gone, open.newest_at as "newestOpenAt", coalesce(open.question, false) as "openQuestion", missed.day as "missedOn"
    from article r cross join missed
    left join comment_look l on l.account_id = r.account_id and l.msgid = r.msgid
    left join open on open.msgid = r.msgid
    where r.account_id = ${accountId} and (r.publish_date >= ${from} or open.msgid is not null)
    order by r.publish_date desc, r.msgid`.execute(db);
  return { articles: rows.map(({ missedOn, ...article }) => article), missedOn: rows[0]?.missedOn ?? null };
}

/** A comment as it is kept: nothing in it is personal. */
export interface KeptComment {
  id: string;
  receivedAt: Date;
  person: string | null;
  length: number;
  question: boolean;
  repliedAt: Date | null;
}

export interface ArticleLook {
  at: Date;
  comments: KeptComment[];
  /** A known comment of the article that is not among them has vanished. */
  whole: boolean;
  /** What the next look has to know of this one; null: the same as of the one before. */
  outcome: Pick<WatchedArticle, "lookedAt" | "found" | "code"> | null;
}

/** As long as cases are kept: an older comment would come and go with each look. */
const KEPT_DAYS = 400;

/**
 * Saves what one look at an article's comments told. The first reply stays the earliest that was ever told, because the
 * platform tells only the latest one. Of cases that are known and unchanged no row is locked or written.
 */
export async function saveArticleLook(db: Db, accountId: number, msgid: string, look: ArticleLook): Promise<void> {
  await insertNew(db, accountId, msgid, look);
  await updateKnown(db, accountId, msgid, look);
  if (look.outcome === null) return;
  const { lookedAt, found, code } = look.outcome;
  await sql`
    insert into comment_look (account_id, msgid, looked_at, found, code)
    values (${accountId}, ${msgid}, ${lookedAt}, ${found}, ${code})
    on conflict (account_id, msgid) do update set
      looked_at = excluded.looked_at, found = excluded.found, code = excluded.code`.execute(db);
}

/** Some articles answer with another one's comments, so the article is no part of a comment's key. */
const isSame = (accountId: number) => sql`
  c.account_id = ${accountId} and c.channel = 'comment' and c.comment_id = s.id and c.received_at = s.received_at`;

async function insertNew(db: Db, accountId: number, msgid: string, { comments, at }: ArticleLook): Promise<void> {
  if (comments.length === 0) return;
  await sql`
    insert into reply_case (account_id, channel, received_at, person, msgid, comment_id, length, question,
      first_reply_at, first_seen_at)
    select ${accountId}, 'comment', s.received_at, s.person, ${msgid}, s.id, s.length, s.question, s.replied_at, ${at}
    from unnest(
      ${comments.map(({ id }) => id)}::text[], ${comments.map(({ receivedAt }) => receivedAt)}::timestamptz[],
      ${comments.map(({ person }) => person)}::text[], ${comments.map(({ length }) => length)}::integer[],
      ${comments.map(({ question }) => question)}::boolean[],
      ${comments.map(({ repliedAt }) => repliedAt)}::timestamptz[]
    ) as s (id, received_at, person, length, question, replied_at)
    where s.received_at >= ${at}::timestamptz - make_interval(days => ${KEPT_DAYS})
      and not exists (select from reply_case c where ${isSame(accountId)})
    order by s.received_at, s.id`.execute(db);
}

/**
 * Earlier replies, vanished comments and those that are back, of which the article that shows them now is theirs. An
 * answer that holds another article's comments makes none vanish. One statement in the order of ids, as others write
 * cases: two orders would deadlock.
 */
async function updateKnown(
  db: Db,
  accountId: number,
  msgid: string,
  { comments, whole, at }: ArticleLook,
): Promise<void> {
  if (comments.length === 0 && !whole) return;
  await sql`
    with shown as (
      select * from unnest(
        ${comments.map(({ id }) => id)}::text[], ${comments.map(({ receivedAt }) => receivedAt)}::timestamptz[],
        ${comments.map(({ repliedAt }) => repliedAt)}::timestamptz[]
      ) as s (id, received_at, replied_at)
    ), others as (
      select from reply_case c join shown s on ${isSame(accountId)} where c.msgid <> ${msgid} and c.vanished_at is null
    ), told as (
      select c.id, s.replied_at, false as gone from shown s join reply_case c on ${isSame(accountId)}
      where c.vanished_at is not null or s.replied_at < coalesce(c.first_reply_at, 'infinity')
      union all
      select c.id, null, true from reply_case c
      where ${whole} and c.account_id = ${accountId} and c.channel = 'comment' and c.msgid = ${msgid}
        and c.vanished_at is null and not exists (select from shown s where ${isSame(accountId)})
        and not exists (select from others)
    ), changed as (
      select told.* from told join reply_case c on c.id = told.id order by c.id for update of c
    )
    update reply_case c set
      first_reply_at = least(c.first_reply_at, changed.replied_at),
      judged_by = case when changed.replied_at < coalesce(c.first_reply_at, 'infinity') then null else c.judged_by end,
      msgid = case when c.vanished_at is null then c.msgid else ${msgid} end,
      vanished_at = case when changed.gone then ${at}::timestamptz end
    from changed where c.id = changed.id`.execute(db);
}
