import type { ColumnType, GeneratedAlways } from "kysely";
import type { ReplyChannel, ReplyChannelState } from "../model.ts";

type Optional<Type> = ColumnType<Type, Type | undefined, Type>;

interface HashKeyTable {
  single: Optional<boolean>;
  key: string;
}

interface HolidayYearTable {
  year: number;
  document: ColumnType<unknown, string, string>;
  imported_at: Date;
}

interface HolidayFilesTable {
  single: Optional<boolean>;
  documents: ColumnType<unknown, string, string>;
}

interface ReplyChannelTable {
  account_id: number;
  channel: ReplyChannel;
  /** Null: not known yet. */
  state: Optional<ReplyChannelState | null>;
  code: Optional<string | null>;
  /** Messages: records are covered from here on. */
  since: Optional<Date | null>;
  /** Last complete look. */
  until: Optional<Date | null>;
  /** When an absent or silent channel was last examined. */
  checked_at: Optional<Date | null>;
}

interface CommentLookTable {
  account_id: number;
  msgid: string;
  /** Null: the last look failed and is made up for at the next visit. */
  looked_at: Date | null;
  /** Comments in the last complete look; null: none was possible, `code` says why. */
  found: number | null;
  code: string | null;
}

interface ReplyMessageTable {
  account_id: number;
  /** Keyed hash of the openid. */
  person: string;
  at: Date;
  staff: boolean;
  /** Keyed; of staff only, empty for citizens. */
  text_hash: string;
  /** Of citizens only, as `question`. */
  length: number | null;
  question: boolean | null;
}

interface ReplyGreetingTable {
  id: GeneratedAlways<number>;
  account_id: number;
  text_hash: string;
  automatic: boolean;
  /** Rules that it was learned by; null: not yet. */
  learned_by: Optional<string | null>;
  decided: Optional<boolean | null>;
  decided_by: Optional<string | null>;
  persons: number;
  uses: number;
  answers: Optional<number>;
  within_seconds: number;
  median_seconds: number | null;
  last_used_at: Date | null;
}

interface ReplyCaseTable {
  id: GeneratedAlways<number>;
  account_id: number;
  channel: ReplyChannel;
  received_at: Date;
  person: string | null;
  msgid: string | null;
  comment_id: string | null;
  length: number;
  question: boolean;
  first_reply_at: Date | null;
  vanished_at: Optional<Date | null>;
  excluded_at: Optional<Date | null>;
  excluded_reason: Optional<string | null>;
  first_seen_at: Date;
  warn_at: Optional<Date | null>;
  amber_at: Optional<Date | null>;
  red_at: Optional<Date | null>;
  due_at: Optional<Date | null>;
  working_seconds: Optional<number | null>;
  working_days: Optional<number | null>;
  /** Calendar and rules that the columns before were computed with; null: not yet. */
  judged_by: Optional<string | null>;
}

interface ReplyPercentileTable {
  scope: "account" | "department" | "county";
  /** Empty for the county. */
  code: string;
  clock: "calendar" | "working";
  cases: number;
  p50_seconds: number | null;
  /** Where too few are answered yet: longer than this. */
  p50_over_seconds: number | null;
  p90_seconds: number | null;
  p90_over_seconds: number | null;
  as_of: Date;
}

export interface ReplyTables {
  hash_key: HashKeyTable;
  holiday_year: HolidayYearTable;
  holiday_files: HolidayFilesTable;
  reply_channel: ReplyChannelTable;
  comment_look: CommentLookTable;
  reply_message: ReplyMessageTable;
  reply_greeting: ReplyGreetingTable;
  reply_case: ReplyCaseTable;
  reply_percentile: ReplyPercentileTable;
}
