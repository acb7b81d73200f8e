import { type RawBuilder, sql } from "kysely";
import { addDays, dayOf } from "../calendar.ts";
import type { Database } from "./database.ts";
import type { Db } from "./upsert.ts";

/** Few enough that nobody waits for their locks. */
const BATCH_ROWS = 5_000;

export interface Retention {
  /** How long rows stay, and why. */
  rule: string;
  /** Of the table's rows, called `t`: those that may go. Without it all stay. */
  expired?(now: Date): RawBuilder<boolean>;
}

const ago = (now: Date, days: number) => new Date(now.getTime() - days * 86_400_000);
/** `t` is a row with an account's id of an account that is closed, and whose lifecycle nobody touched for a month. */
const closedForMonth = (now: Date) => sql`
  exists (select from account a where a.id = t.account_id and a.lifecycle = 'closed' and not exists (
    select from audit where audit.subject = 'account ' || a.code and audit.detail -> 'fields' ? 'lifecycle'
      and audit.at >= ${ago(now, 30)}))`;

const KEPT: Retention = { rule: "for ever: the register and its accounts' history, closed accounts' too" };
const BOUNDED: Retention = { rule: "for ever: as many rows as there are accounts, or one" };

/** Every table of ours, so that none grows without anybody having thought about it. */
export const RETENTION: Readonly<Record<keyof Database, Retention>> = {
  department: KEPT,
  account: KEPT,
  account_day: KEPT,
  article: KEPT,
  article_day: KEPT,
  followers: KEPT,
  publication: KEPT,
  profile: BOUNDED,
  account_current: BOUNDED,
  visit: BOUNDED,
  planner: BOUNDED,
  page_bucket: BOUNDED,
  hash_key: BOUNDED,
  holiday_year: BOUNDED,
  holiday_files: BOUNDED,
  reply_channel: BOUNDED,
  reply_percentile: BOUNDED,
  comment_look: { rule: "for ever: as long as its article, one row each" },
  reply_case: {
    rule: "400 days, as long as it can be appraised",
    expired: (now) => sql<boolean>`t.received_at < ${ago(now, 400)}`,
  },
  reply_message: {
    rule: "400 days: a greeting that is learned later reopens the cases that it had ended",
    expired: (now) => sql<boolean>`t.at < ${ago(now, 400)}`,
  },
  reply_greeting: {
    rule: "400 days after its last use, unless somebody decided about it",
    expired: (now) => sql<boolean>`t.decided is null and coalesce(t.last_used_at, '-infinity') < ${ago(now, 400)}`,
  },
  alert_watchdog: BOUNDED,
  notification_target: { rule: "for ever: one for each channel, and for each address of those that have some" },
  alert_episode: {
    rule: "400 days after its end, with its events and notifications: a year and the appraisal after it",
    expired: (now) => sql<boolean>`t.ended_at < ${ago(now, 400)}`,
  },
  alert_event: { rule: "as long as its episode" },
  notification: { rule: "as long as its event or digest" },
  digest: {
    rule: "30 days, with what it said",
    expired: (now) => sql<boolean>`t.day < ${addDays(dayOf(now), -30)}`,
  },
  notification_send: {
    rule: "a day: limits count those of the last minutes",
    expired: (now) => sql<boolean>`t.at < ${ago(now, 1)}`,
  },
  credential: {
    rule: "30 days after the account was closed: a secret that nobody uses is a risk only",
    expired: (now) => sql<boolean>`t.updated_at < ${ago(now, 30)} and ${closedForMonth(now)}`,
  },
  token: {
    rule: "30 days after its end, unless an account that is not closed has the AppID",
    expired: (now) => sql<boolean>`
      coalesce(greatest(t.expires_at, t.refreshing_until, t.failed_at), '-infinity') < ${ago(now, 30)}
      and not exists (select from account a where a.app_id = t.app_id and a.lifecycle <> 'closed')`,
  },
  coverage: {
    rule:
      "final days of the statistics for ever, because they tell a day without publications from a day unseen; " +
      "their other days 400 days, as long as visits look back; days of other collectors 30 days",
    expired: (now) => sql<boolean>`
      case when t.collector = 'statistics' then t.state <> 'final' and t.fetched_at < ${ago(now, 400)}
        else t.fetched_at < ${ago(now, 30)} end`,
  },
  api_budget: {
    rule: "40 days: a quota is of its day, and a month shows who spends it",
    expired: (now) => sql<boolean>`t.day < ${addDays(dayOf(now), -40)}`,
  },
  raw_answer: {
    rule: "7 days: long enough for a look",
    expired: (now) => sql<boolean>`t.at < ${ago(now, 7)}`,
  },
  audit: {
    rule: "400 days: a year and the appraisal after it",
    expired: (now) => sql<boolean>`t.at < ${ago(now, 400)}`,
  },
};

/**
 * Removes some of the table's rows whose time has passed and answers how many; 0 = none is left. What somebody else is
 * writing just now waits for the next day.
 */
export async function removeExpired(db: Db, table: keyof Database, now: Date): Promise<number> {
  const expired = RETENTION[table].expired?.(now);
  if (!expired) return 0;
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select ctid from ${sql.table(table)} t where ${expired} limit ${BATCH_ROWS} for update skip locked))`.execute(db);
  return Number(numAffectedRows);
}
