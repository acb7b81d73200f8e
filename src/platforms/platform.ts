import type {
  AccountDay,
  AccountProfile,
  ApiQuota,
  Article,
  ArticlePage,
  Comment,
  Day,
  FollowerDay,
  Message,
  MessageDay,
  Publication,
} from "../model.ts";

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

/**
 * `publications`, `account`, `quota`, `comments`, `messages` and `messageDays`: one call of `PublicationsSource.list`,
 * `ProfileSource.account` and `.quota`, `CommentsSource.list`, `MessagesSource.list` and `.days`.
 */
export type Part = StatisticsPart | "publications" | "account" | "quota" | "comments" | "messages" | "messageDays";

/** What was published without notifying followers, in no promised order. Each method throws `PlatformError`. */
export interface PublicationsSource {
  /** Publish objects from `offset` (0 = usually the newest), at most `limits.publications` of them. */
  list(offset: number): Promise<PublicationList>;
}

export interface PublicationList {
  /** The articles of the objects. */
  rows: Publication[];
  /** Objects in this answer. */
  objects: number;
  /** Objects in all; null = the platform did not say. */
  total: number | null;
}

/** Each method throws `PlatformError`; scope `function` when the account has no comments at all. */
export interface CommentsSource {
  /**
   * At most `limits.comments` comments of one article from `begin` (0-based) on, in no promised order: it shifts when
   * somebody replies. Null when the platform knows no comments of this article.
   */
  list(articleId: string, begin: number): Promise<CommentPage | null>;
}

export interface CommentPage {
  rows: Comment[];
  /** In this answer, those included that were not understood. */
  entries: number;
  /** In all. */
  total: number;
}

/** Each method throws `PlatformError`; scope `function` when the account has no customer service. */
export interface MessagesSource {
  /** `to` lies at most `limits.messageWindowSeconds` after `from`. `cursor` null begins the window. */
  list(from: Date, to: Date, cursor: string | null): Promise<MessagePage>;
  /** At most `limits.messageDays` days, both ends included. A day without a row is one on which nobody wrote. */
  days(from: Day, to: Day): Promise<Answer<MessageDay>>;
}

export interface MessagePage {
  rows: Message[];
  /** Where the next page begins; null after the last one. */
  next: string | null;
}

/** Each method throws `PlatformError`; scope `permission` when the kind of token does not allow the question. */
export interface ProfileSource {
  account(): Promise<AccountProfile>;
  /** `api` as in `Platform.apis`. */
  quota(api: string): Promise<ApiQuota>;
}

export interface Session {
  /** Makes sure that the platform accepts the account's credentials; asks it only when no valid token is stored. */
  authorise(): Promise<void>;
  statistics: StatisticsSource;
  publications: PublicationsSource;
  profile: ProfileSource;
  comments: CommentsSource;
  messages: MessagesSource;
}

/** Public article pages, read without credentials. */
export interface PageSource {
  /**
   * Throws `PlatformError` when no page came; a page that says no more than that it cannot be shown is an answer.
   * `url` as the platform's lists give it; what is no article link of the platform throws with the code `not_a_page`.
   */
  read(url: string, ports: PagePorts): Promise<ArticlePage>;
  /** What a link says by itself; null for short links and for what is none. */
  identify(url: string): { articleId: string | null; biz: string | null };
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

/** An answer that did not have the expected shape, as it came: it may hold personal data. */
export interface RawAnswer {
  api: string;
  /** What was expected and where. */
  fault: string;
  body: string;
}

export interface PagePorts {
  signal: AbortSignal;
  now(): Date;
  /** Takes what could not be understood; never throws. */
  keepRaw(answer: RawAnswer): void;
}

/** Everything that one visit lends to the platform. */
export interface SessionPorts extends PagePorts {
  tokens: TokenStore;
  /** The account's secret in clear, asked for only when a token is fetched; null = none registered. */
  secret(): Promise<string | null>;
  /** Books a request that puts a question again, before it goes out; throws `PlatformError` when no call is left for it. */
  bookRepeat(api: string): Promise<void>;
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
  /** Days, days, publish objects, comments, seconds and days of one call. */
  readonly limits: {
    summaryDays: number;
    followerDays: number;
    publications: number;
    comments: number;
    messageWindowSeconds: number;
    messageDays: number;
  };
  /** Names of the APIs that one call of each part asks, as quotas count them. */
  readonly apis: Record<Part, readonly string[]>;
  /** The API that reads article pages, for metrics. */
  readonly pageApi: string;
  open(account: { code: string; appId: string }, ports: SessionPorts): Session;
  readonly pages: PageSource;
  /** The answer's text as it may be kept for a look: its shape, without personal data. */
  withoutPersonalData(body: string): string;
}
