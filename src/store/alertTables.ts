import type { ColumnType, GeneratedAlways } from "kysely";
import type { Day, Hop, NotificationState, Severity } from "../model.ts";

type Optional<Type> = ColumnType<Type, Type | undefined, Type>;
/** Handed over as JSON text: the driver would write an array as one of Postgres'. */
type Json<Type> = ColumnType<Type, string, string>;

interface AlertEpisodeTable {
  id: GeneratedAlways<number>;
  alert: string;
  account_id: number | null;
  /** What tells alerts without an account apart, such as a channel; else empty. */
  subject: Optional<string>;
  /** Of the newest event. */
  severity: Severity;
  /** Levels that fire as far as Alertmanager told. */
  firing: Severity[];
  started_at: Date;
  seen_at: Date;
  /** The data no longer support it, though nobody said that it is over. */
  unsupported_since: Optional<Date | null>;
  ended_at: Optional<Date | null>;
}

export const EVENT_KINDS = ["fired", "changed", "resolved"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

interface AlertEventTable {
  id: GeneratedAlways<number>;
  episode_id: number;
  kind: EventKind;
  /** The new level; of what is resolved the last one. */
  severity: Severity;
  at: Date;
  routed_at: Optional<Date | null>;
}

interface DigestTable {
  day: Day;
  as_of: Date | null;
  made_at: Date;
}

interface NotificationTable {
  id: GeneratedAlways<number>;
  event_id: Optional<number | null>;
  digest_day: Optional<Day | null>;
  sheet: ColumnType<unknown, string | null | undefined, never>;
  recipient: string;
  hops: Json<Hop[]>;
  hop: Optional<number>;
  channel: string;
  address: Optional<string>;
  state: Optional<NotificationState>;
  created_at: Date;
  next_at: Date;
  /** The last try to tell it began; null: nobody can have heard it. */
  tried_at: Optional<Date | null>;
  settled_at: Optional<Date | null>;
}

interface NotificationTargetTable {
  channel: string;
  address: Optional<string>;
  /** Sends that failed since the last one that succeeded. */
  failures: Optional<number>;
  failed_at: Optional<Date | null>;
  reason: Optional<string | null>;
  next_at: Date;
  lease_id: Optional<string | null>;
  leased_until: Optional<Date | null>;
}

interface NotificationSendTable {
  id: GeneratedAlways<number>;
  channel: string;
  address: Optional<string>;
  at: Date;
}

interface AlertWatchdogTable {
  single: Optional<boolean>;
  seen_at: Date;
}

export interface AlertTables {
  alert_episode: AlertEpisodeTable;
  alert_event: AlertEventTable;
  digest: DigestTable;
  notification: NotificationTable;
  notification_target: NotificationTargetTable;
  notification_send: NotificationSendTable;
  alert_watchdog: AlertWatchdogTable;
}
