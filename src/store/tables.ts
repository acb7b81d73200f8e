import type { ColumnType, GeneratedAlways } from "kysely";
import type { ArticleForm, Day, Figures, Kind, Lifecycle } from "../model.ts";
import type { AlertTables } from "./alertTables.ts";
import type { ReplyTables } from "./replyTables.ts";

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
  used_by_others: Optional<number | null>;
  asked_at: Optional<Date | null>;
}

interface VisitTable {
  /** Null for a visit to the installation itself. */
  account_id: number | null;
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
  in_statistics: Optional<boolean>;
  published_at: Optional<Date | null>;
  form: Optional<ArticleForm | null>;
  original: Optional<boolean | null>;
  length: Optional<number | null>;
  images: Optional<number | null>;
  state: Optional<"ok" | "deleted" | "violation" | "unknown">;
  state_reason: Optional<string | null>;
  page_fetched_at: Optional<Date | null>;
  page_due_at: Optional<Date | null>;
}

interface PublicationTable {
  account_id: number;
  object_id: string;
  position: number;
  title: string | null;
  url: string | null;
  updated_at: Date;
  first_updated_at: Optional<Date | null>;
  deleted: boolean;
  msgid: string | null;
  first_seen_at: Date;
  page_tried_at: Optional<Date | null>;
}

interface ProfileTable {
  account_id: number;
  name: string | null;
  principal: string | null;
  verified: boolean | null;
  verification_expires_at: Date | null;
  fetched_at: Date;
}

interface PageBucketTable {
  single: Optional<boolean>;
  next_at: Date;
  closed_until: Date | null;
  closed_code: string | null;
}

interface RawAnswerTable {
  id: GeneratedAlways<number>;
  at: Date;
  account_id: number | null;
  platform: string;
  api: string;
  fault: string;
  bytes: number;
  body: string;
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
  last_notified_at: Optional<Date | null>;
  publish_deadline_at: Date | null;
  window_end: Day | null;
  followers: number | null;
  sparse: Optional<boolean>;
}

export interface Database extends ReplyTables, AlertTables {
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
  publication: PublicationTable;
  profile: ProfileTable;
  page_bucket: PageBucketTable;
  raw_answer: RawAnswerTable;
  account_current: AccountCurrentTable;
}
