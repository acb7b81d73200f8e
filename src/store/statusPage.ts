import { sql } from "kysely";
import type { Day, Lifecycle, ReplyChannel, ReplyChannelState, Severity } from "../model.ts";
import type { Db } from "./upsert.ts";
import { watchdogSeenAt } from "./watchdog.ts";

/** Of one account; more would hide the other accounts. */
const OVERDUE_SHOWN = 3;
/** The page's 30 days, which end a day earlier before yesterday is known. */
const PUBLICATION_DAYS = 31;

export interface OverdueCase {
  id: number;
  channel: ReplyChannel;
  /** Of the article that was commented on; null for messages and where it is not known. */
  title: string | null;
  receivedAt: Date;
  dueAt: Date;
}

export interface StatusAccount {
  account: string;
  name: string;
  department: string;
  departmentName: string;
  lifecycle: Lifecycle;
  lastPublishedAt: Date | null;
  publishDeadlineAt: Date | null;
  /** End of the newest day that is known without a gap. */
  dataUntil: Date | null;
  /** Articles by day, of the last days; one that is missing or null is not wholly known. */
  publications: Readonly<Record<Day, number | null>>;
  articles7d: number | null;
  readers7d: number | null;
  followers: number | null;
  /** Of the last visit for statistics; null = it succeeded or there was none. */
  errorCode: string | null;
  errorReason: string | null;
  openCases: number | null;
  overdueCases: number | null;
  repliesAsOf: Date | null;
  commentState: ReplyChannelState | null;
  messageState: ReplyChannelState | null;
  /** Why a channel has its state, or none; null = measurable, or not looked at yet. */
  commentCode: string | null;
  messageCode: string | null;
  /** The longest waiting few, oldest first. */
  oldestOverdue: OverdueCase[];
}

export interface Status {
  /** All but the closed ones, by code. */
  accounts: StatusAccount[];
  plannerTickedAt: Date | null;
  alerts: {
    /** When Alertmanager was last heard; null = never. */
    watchdogSeenAt: Date | null;
    /** Alerts that are not over. */
    open: Record<Severity, number>;
  };
}

export async function readStatus(db: Db): Promise<Status> {
  const { rows } = await sql<Omit<StatusAccount, "publications" | "oldestOverdue">>`
    select v.account, v.account_name as name, v.department, v.department_name as "departmentName", v.lifecycle,
      v.last_published_at as "lastPublishedAt", v.publish_deadline_at as "publishDeadlineAt",
      v.statistics_as_of as "dataUntil", v.articles_7d as "articles7d", v.readers_7d as "readers7d", v.followers,
      v.last_error_code as "errorCode", v.last_error_reason as "errorReason",
      v.open_cases as "openCases", v.overdue_cases as "overdueCases", v.replies_as_of as "repliesAsOf",
      comment.state as "commentState", message.state as "messageState",
      comment.code as "commentCode", message.code as "messageCode"
    from v_account v
    left join v_reply_channel comment on comment.account = v.account and comment.channel = 'comment'
    left join v_reply_channel message on message.account = v.account and message.channel = 'message'
    where v.lifecycle <> 'closed'
    order by v.account collate "C"`.execute(db);
  const overdue = Map.groupBy(await readOldestOverdue(db), ({ account }) => account);
  const publications = await readPublications(db);
  const accounts = rows.map((row) => ({
    ...row,
    publications: publications.get(row.account) ?? {},
    oldestOverdue: overdue.get(row.account) ?? [],
  }));
  const planner = await db.selectFrom("planner").select("ticked_at").executeTakeFirst();
  const alerts = { watchdogSeenAt: await watchdogSeenAt(db), open: await countOpenAlerts(db) };
  return { accounts, plannerTickedAt: planner?.ticked_at ?? null, alerts };
}

/** The final days of v_account_day, account by account: the view as a whole would read all years. */
async function readPublications(db: Db): Promise<Map<string, StatusAccount["publications"]>> {
  const since = sql`(now() at time zone 'Asia/Shanghai')::date - ${PUBLICATION_DAYS}::integer`;
  const { rows } = await sql<{ account: string; publications: StatusAccount["publications"] | null }>`
    select a.code as account, (
      select json_object_agg(c.day, coalesce(s.articles_published, (
        select (
          select count(*) from article
          where account_id = a.id and publish_date = l.day and in_statistics
        )
        from coverage l
        where l.account_id = a.id and l.collector = 'statistics' and l.part = 'articles' and l.day = c.day
          and l.state = 'final'
      )))
      from coverage c
      left join account_day s on s.account_id = a.id and s.stat_date = c.day and s.stat_date >= ${since}
      where c.account_id = a.id and c.collector = 'statistics' and c.part = 'summary' and c.day >= ${since}
        and c.state = 'final'
    ) as publications
    from account a
    where a.lifecycle <> 'closed'`.execute(db);
  return new Map(rows.map(({ account, publications }) => [account, publications ?? {}]));
}

async function countOpenAlerts(db: Db): Promise<Record<Severity, number>> {
  const rows = await db
    .selectFrom("alert_episode")
    .select(["severity", sql<number>`count(*)::integer`.as("episodes")])
    .where("ended_at", "is", null)
    .groupBy("severity")
    .execute();
  return { info: 0, warning: 0, critical: 0, ...Object.fromEntries(rows.map((row) => [row.severity, row.episodes])) };
}

/** Those that v_reply_case calls overdue, by conditions that an index serves. */
async function readOldestOverdue(db: Db): Promise<(OverdueCase & { account: string })[]> {
  const overdue = db
    .selectFrom("reply_case as c")
    .innerJoin("account as a", "a.id", "c.account_id")
    .innerJoin("reply_channel as h", (join) =>
      join.onRef("h.account_id", "=", "c.account_id").onRef("h.channel", "=", "c.channel"),
    )
    .select(["a.code as account", "c.id", "c.channel", "c.received_at as receivedAt", "c.account_id", "c.msgid"])
    .select([sql<Date>`c.due_at`.as("dueAt")])
    .select(sql<number>`row_number() over (partition by c.account_id order by c.received_at, c.id)`.as("place"))
    .where("c.first_reply_at", "is", null)
    .where("c.vanished_at", "is", null)
    .where("c.excluded_at", "is", null)
    .where("c.question", "=", true)
    .where("c.due_at", "<=", sql<Date>`now()`)
    .where("h.state", "=", "measurable")
    .where("a.lifecycle", "<>", "closed");
  // Titles only of those that are shown: joined above, the articles of all years would be read.
  const title = sql<string | null>`(
    select title from article r where r.account_id = overdue.account_id and r.msgid = overdue.msgid)`;
  return await db
    .selectFrom(overdue.as("overdue"))
    .select(["account", "id", "channel", title.as("title"), "receivedAt", "dueAt"])
    .where("place", "<=", OVERDUE_SHOWN)
    .orderBy("receivedAt")
    .orderBy("id")
    .execute();
}
