import type { AccountDay, Article, Day, FollowerDay } from "../model.ts";

/** What the platform said about the asked days. `delayed`: it has not computed the newest of them yet. */
export interface Answer<Row> {
  rows: Row[];
  delayed: boolean;
}

/** Statistics of one account. Each method throws `PlatformError`; rows lie within the asked days, one per key. */
export interface StatisticsSource {
  /** At most `limits.summaryDays` days, both ends included, in one call. */
  summary(from: Day, to: Day): Promise<Answer<AccountDay>>;
  /** The articles of one publish day with their curves so far. */
  articles(publishDate: Day): Promise<Answer<Article>>;
  /**
   * At most `limits.followerDays` days, both ends included. A row per day of which the platform said anything;
   * `gained` and `lost` are null on a day for which it gave no movement.
   */
  followers(from: Day, to: Day): Promise<Answer<FollowerDay>>;
}

export type StatisticsPart = keyof StatisticsSource;

export interface Session {
  /** Makes sure that the platform accepts the account's credentials; asks it only when no valid token is stored. */
  authorise(): Promise<void>;
  statistics: StatisticsSource;
}

export interface StoredToken {
  token: string;
  expiresAt: Date;
}

/**
 * The shared place of one account's token, so that all processes use one. Claiming is a conditional update that
 * holds for 15 s; no lock is held while the platform is asked.
 */
export interface TokenStore {
  read(): Promise<StoredToken | null>;
  /** True when this caller may ask for a new token: nobody else is asking, and the stored token still is `stale` (null = none). */
  claim(stale: string | null): Promise<boolean>;
  /** Keeps the new token and ends the claim. */
  save(token: StoredToken): Promise<void>;
  /** Ends the claim without a token; `code` lets the ones who wait fail alike instead of asking again. */
  fail(code: string): Promise<void>;
  /** The code of a failed attempt that ended after `since`, else null. */
  failureSince(since: Date): Promise<string | null>;
}

/** Everything that one visit lends to the platform. */
export interface SessionPorts {
  tokens: TokenStore;
  /** The account's secret in clear, asked for only when a token is fetched; null = none registered. */
  secret(): Promise<string | null>;
  signal: AbortSignal;
  now(): Date;
}

/** Told of each request that went out, for metrics. `errorClass` is null for an answer that could be used. */
export type RequestObserver = (request: {
  platform: string;
  api: string;
  errorClass: string | null;
  seconds: number;
}) => void;

export interface Platform {
  readonly name: string;
  /** No figures exist before this day. */
  readonly historyStart: Day;
  readonly limits: { summaryDays: number; followerDays: number };
  /** Names of the APIs that one call of each part asks, as quotas count them. */
  readonly apis: Record<StatisticsPart, readonly string[]>;
  open(account: { code: string; appId: string }, ports: SessionPorts): Session;
}
