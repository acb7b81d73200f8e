import { type ColumnType, type GeneratedAlways, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Day, Figures, Kind, Lifecycle } from "../model.ts";

/** A column that the database or a later update fills. */
type Optional<Type> = ColumnType<Type, Type | undefined, Type>;

interface DepartmentTable {
  code: string;
  name: string;
}

interface AccountTable {
  id: GeneratedAlways<number>;
  code: string;
  department_code: string;
  name: string;
  platform: string;
  kind: Kind | null;
  app_id: string;
  original_id: string | null;
  lifecycle: Lifecycle;
  rule_set: string;
  contact_name: string | null;
  contact_channel: string | null;
  contact_target: string | null;
  opened_on: Day | null;
  created_at: ColumnType<Date, Date, never>;
}

interface CredentialTable {
  account_id: number;
  app_secret: string;
  updated_at: Date;
}

interface AuditTable {
  id: GeneratedAlways<string>;
  at: Date;
  actor: string;
  action: string;
  subject: string;
  detail: Optional<Record<string, unknown>>;
}

interface TokenTable {
  app_id: string;
  token: string | null;
  expires_at: Date | null;
  refreshing_until: Date | null;
  failed_at: Date | null;
  failed_code: string | null;
}

interface ApiBudgetTable {
  app_id: string;
  api: string;
  day: Day;
  used: Optional<number>;
  daily_limit: number | null;
  closed_until: Date | null;
  closed_code: string | null;
}

interface VisitTable {
  account_id: number;
  collector: string;
  next_due_at: Date;
  epoch: Optional<number>;
  lease_id: string | null;
  leased_until: Date | null;
  delays: Optional<number>;
  failures: Optional<number>;
  started_at: Date | null;
  finished_at: Date | null;
  succeeded_at: Date | null;
  error_code: string | null;
  error_reason: string | null;
  error_detail: string | null;
}

interface CoverageTable {
  account_id: number;
  collector: string;
  part: string;
  day: Day;
  state: "final" | "provisional" | "failed" | "unavailable";
  code: string | null;
  fetched_at: Date;
  age: number | null;
}

interface PlannerTable {
  single: Optional<boolean>;
  ticked_at: Date;
}

interface AccountDayTable extends Figures {
  account_id: number;
  stat_date: Day;
  articles_published: number | null;
  first_seen_at: Date;
}

interface ArticleTable {
  account_id: number;
  msgid: string;
  publish_date: Day;
  title: string | null;
  url: string | null;
  notified: boolean | null;
  first_seen_at: Date;
}

interface ArticleDayTable extends Figures {
  account_id: number;
  msgid: string;
  stat_date: Day;
  new_followers: number | null;
  praise_fen: number | null;
  delivery_rate: number | null;
  finish_rate: number | null;
  average_read_seconds: number | null;
}

interface FollowersTable {
  account_id: number;
  stat_date: Day;
  followers: number | null;
  gained: number | null;
  lost: number | null;
}

export const WINDOWS = ["1d", "7d", "30d"] as const;
export const WINDOW_FIGURES = ["articles", "readers", "sharers", "likes", "zaikan", "comments", "favourites"] as const;
export type WindowColumn = `${(typeof WINDOW_FIGURES)[number]}_${(typeof WINDOWS)[number]}`;

interface AccountCurrentTable extends Record<WindowColumn, number | null> {
  account_id: number;
  data_until: Date | null;
  last_published_at: Date | null;
  publish_deadline_at: Date | null;
  window_end: Day | null;
  followers: number | null;
  sparse: Optional<boolean>;
}

export interface Database {
  department: DepartmentTable;
  account: AccountTable;
  credential: CredentialTable;
  audit: AuditTable;
  token: TokenTable;
  api_budget: ApiBudgetTable;
  visit: VisitTable;
  coverage: CoverageTable;
  planner: PlannerTable;
  account_day: AccountDayTable;
  article: ArticleTable;
  article_day: ArticleDayTable;
  followers: FollowersTable;
  account_current: AccountCurrentTable;
}

const types = new pg.TypeOverrides();
// Platform days are calendar days: a Date would move them with the container's time zone.
types.setTypeParser(pg.types.builtins.DATE, (text) => text);
types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text));

export function openDatabase(
  connectionString: string,
  options: { max?: number; queryTimeoutMs?: number; onIdleError?: (error: Error) => void } = {},
): Kysely<Database> {
  const pool = new pg.Pool({
    connectionString,
    max: options.max ?? 10,
    types,
    application_name: "govmatrix",
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    // A connection that fell silent would hold its visit for a quarter of an hour.
    query_timeout: options.queryTimeoutMs ?? 60_000,
  });
  // Without a listener a broken idle connection would end the process; the pool replaces it by itself.
  pool.on("error", (error) => options.onIdleError?.(error));
  // The pool listens on idle connections only; one that breaks while in use fails its query and emits besides.
  pool.on("connect", (client) => {
    client.on("error", () => {});
    // A database may be set to another style; the driver reads this one.
    client.query("set datestyle to iso, ymd").catch(() => {});
  });
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** Whether the error says that Postgres is away or going away: the statement's own fault it is not. */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === "string") return /^(08|53|57P|E[A-Z]+$)/.test(code);
  return typeof message === "string" && /^Connection terminated|timeout exceeded when trying to connect/.test(message);
}
