import { sql } from "kysely";
import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE } from "kysely/migration";
import type { Db } from "./upsert.ts";

/** What each migration makes in schema public. */
const MADE_BY: Readonly<Record<string, readonly string[]>> = {
  "0001_register": ["department", "account", "credential", "audit"],
  "0002_collection": ["token", "api_budget", "visit", "coverage", "planner"],
  "0003_statistics": ["account_day", "article", "article_day", "followers", "account_current"],
  "0004_views": ["v_account", "v_account_day", "v_article", "v_article_day", "v_department_day", "v_coverage"],
  "0005_pages": ["publication", "profile", "page_bucket", "raw_answer"],
  "0006_page_views": ["v_api_quota"],
  "0007_replies": [
    ...["hash_key", "holiday_year", "reply_channel", "comment_look", "reply_message", "reply_greeting"],
    ...["reply_case", "reply_percentile"],
  ],
  "0008_reply_views": ["v_reply_case", "v_reply_channel", "v_reply_figures"],
  "0009_alerts": [
    ...["alert_episode", "alert_event", "digest", "notification", "notification_target", "notification_send"],
    "alert_watchdog",
  ],
  "0010_alert_views": ["v_alert_event"],
  "0011_overview_views": ["v_account_risk", "v_publishing_day", "v_county_day", "v_overview"],
  "0012_account_views": ["v_publishing_calendar", "v_article_curve", "v_article_reach", "v_account_collector"],
  "0013_board_views": ["holiday_files", "v_holiday", "v_alert_episode", "v_alert_watchdog", "v_storage"],
  "0014_reply_board_views": ["v_reply_summary", "v_reply_day", "v_reply_waiting", "v_reply_few", "v_reply_function"],
  "0016_week_views": ["v_department_week", "v_reader_trend", "v_department_reply_week"],
};

export interface Table {
  name: string;
  columns: string[];
}

/** Every table of schema public but the migrations' own and those of extensions, each after those that it refers to. */
export async function listTables(db: Db): Promise<Table[]> {
  const { rows } = await sql<Table & { parents: string[] }>`
    select c.relname as name,
      array(
        select a.attname::text from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum
      ) as columns,
      array(
        select distinct p.relname::text from pg_constraint k join pg_class p on p.oid = k.confrelid
        where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid
      ) as parents
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname not in (${DEFAULT_MIGRATION_TABLE}, ${DEFAULT_MIGRATION_LOCK_TABLE}) and ${notOfExtension}
    order by c.relname`.execute(db);
  const ordered: Table[] = [];
  for (let left = rows; left.length > 0; ) {
    const placed = new Set(ordered.map(({ name }) => name));
    const next = left.filter(({ parents }) => parents.every((parent) => placed.has(parent)));
    if (next.length === 0) throw new Error(`tables refer to each other: ${left.map(({ name }) => name).join(", ")}`);
    ordered.push(...next.map(({ name, columns }) => ({ name, columns })));
    left = left.filter((table) => !next.includes(table));
  }
  return ordered;
}

/** Condition on `pg_class c`. */
const notOfExtension = sql<boolean>`not exists (
  select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** The table's name as statements need it. */
export const inPublic = (name: string) => sql.id("public", name);

/** Names of the tables and views that a database with these migrations has from them; all others are somebody else's. */
export function relationsOf(migrations: readonly string[]): Set<string> {
  const own = migrations.length > 0 ? [DEFAULT_MIGRATION_TABLE, DEFAULT_MIGRATION_LOCK_TABLE] : [];
  return new Set([...own, ...migrations.flatMap((name) => MADE_BY[name] ?? [])]);
}
