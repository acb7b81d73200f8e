/** A calendar day of Asia/Shanghai, `YYYY-MM-DD`. */
export type Day = string;

export const LIFECYCLES = ["planned", "filed", "running", "rectifying", "closing", "closed"] as const;
export type Lifecycle = (typeof LIFECYCLES)[number];

export const KINDS = ["subscription", "service"] as const;
export type Kind = (typeof KINDS)[number];

export interface Account {
  id: number;
  code: string;
  name: string;
  department: string;
  departmentName: string;
  platform: string;
  kind: Kind | null;
  appId: string;
  lifecycle: Lifecycle;
  ruleSet: string;
  openedOn: Day | null;
}

/** Lifecycles whose accounts exist on the platform and are therefore visited. */
export const VISITED_LIFECYCLES = ["filed", "running", "rectifying", "closing"] as const satisfies Lifecycle[];

/** Lifecycles that are bound to publish, so that a deadline is set for them. */
export const JUDGED_LIFECYCLES = ["running", "rectifying"] as const satisfies Lifecycle[];

/** What people did, in persons (comments: in pieces). `null` = the platform did not say. */
export interface Figures {
  readers: number | null;
  sharers: number | null;
  likes: number | null;
  zaikan: number | null;
  comments: number | null;
  favourites: number | null;
}

/** One account's day as the platform sums it up. */
export interface AccountDay extends Figures {
  day: Day;
  articlesPublished: number | null;
}

/** Totals of one article from its publication up to the end of `day`: cumulative, never to be summed. */
export interface ArticleDay extends Figures {
  day: Day;
  /** Readers who followed the account after reading. */
  newFollowers: number | null;
  praiseFen: number | null;
  /** Ratios 0..1. */
  deliveryRate: number | null;
  finishRate: number | null;
  averageReadSeconds: number | null;
}

export interface Article {
  /** `<msg_data_id>_<idx>`, idx from 1; unique within its account only. */
  id: string;
  publishDate: Day;
  title: string | null;
  url: string | null;
  /** Whether followers were notified (群发); `null` = the platform did not say. */
  notified: boolean | null;
  curve: ArticleDay[];
}

export const ARTICLE_FORMS = ["article", "video", "audio", "picture", "text", "repost", "other"] as const;
export type ArticleForm = (typeof ARTICLE_FORMS)[number];

/** One article of the list of what was published without notifying followers. */
export interface Publication {
  /** The publish object, opaque; it holds one or more articles. */
  objectId: string;
  /** Place of the article in its object, from 1. */
  position: number;
  title: string | null;
  url: string | null;
  /** `<msg_data_id>_<idx>` as the link tells it; null for short links. */
  articleId: string | null;
  /** Last update of the object: its publication unless it was edited later. */
  updatedAt: Date;
  deleted: boolean;
}

/** `captcha` says nothing about the article. */
export type PageState = "ok" | "deleted" | "violation" | "account_gone" | "captcha" | "unknown";

/** What the public page of an article says. Fields other than `state` and `reason` are null unless the page carries them. */
export interface ArticlePage {
  state: PageState;
  /** English words for what decided the state; null for `ok`. */
  reason: string | null;
  articleId: string | null;
  /** The account's `__biz`. */
  biz: string | null;
  /** The account's `gh_…`. */
  originalId: string | null;
  title: string | null;
  publishedAt: Date | null;
  form: ArticleForm | null;
  original: boolean | null;
  /** Characters of the body without white space. */
  length: number | null;
  images: number | null;
}

/** What the platform knows about the account itself. */
export interface AccountProfile {
  name: string | null;
  /** The body that the account belongs to. */
  principal: string | null;
  verified: boolean | null;
  verificationExpiresAt: Date | null;
}

/** One API's calls of the platform's present day. */
export interface ApiQuota {
  dailyLimit: number;
  /** By whomsoever. */
  used: number;
}

export const REPLY_CHANNELS = ["comment", "message"] as const;
export type ReplyChannel = (typeof REPLY_CHANNELS)[number];

/** `hidden`: the account's own server takes the messages, so that nobody else sees them. */
export type ReplyChannelState = "measurable" | "absent" | "hidden";

/** Code of a channel that answers, but showed nothing yet, so that nobody knows whether it can be measured. */
export const UNSETTLED = "unsettled";

/** A citizen's comment under an article. `person` and `text` are personal: never stored, logged or put into an error. */
export interface Comment {
  /** Unique within its article at least. */
  id: string;
  receivedAt: Date;
  /** The openid; null for who commented without a WeChat identity. */
  person: string | null;
  text: string;
  /** Of the one reply that the platform tells; a later edit moves it. */
  repliedAt: Date | null;
}

/** One record of a conversation with customer service. `person` and `text` as in `Comment`. */
export interface Message {
  person: string;
  /** Sent by the account, a robot's greetings included; else received from the citizen. */
  staff: boolean;
  at: Date;
  text: string;
}

/** Messages that citizens sent to the account on one day, whoever received them. */
export interface MessageDay {
  day: Day;
  messages: number;
}

export interface FollowerDay {
  day: Day;
  followers: number | null;
  gained: number | null;
  lost: number | null;
}

export type CoverageState = "final" | "provisional" | "failed" | "unavailable";

/** How far (collector, part) knows one day, and why not further. */
export interface Coverage {
  part: string;
  day: Day;
  state: CoverageState;
  code: string | null;
  fetchedAt: Date;
  /** Articles: days from publish day to newest day of the answer, counting both. Replies: 0, as each look counts anew. */
  age: number | null;
}

/** Of alerts, the lowest first. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One way to a person: a channel of the routes file, and whom to mention there (mail: whom to write to). */
export interface Hop {
  channel: string;
  /** A user id, mobile number or mail address; null tells the whole chat. */
  target: string | null;
}

/**
 * `unsupported`: the data no longer bear it out. `inhibited`: another alert speaks for it.
 * `superseded`: a later event of its episode was told instead, or nothing of the episode ever was.
 */
export type NotificationState = "pending" | "delivered" | "unsupported" | "inhibited" | "superseded";
