import { type Kysely, sql } from "kysely";
import { addDays, dayOf } from "../calendar.ts";
import type { CoverageState, Day, ReplyChannel } from "../model.ts";
import type { Database } from "./database.ts";
import type { StoredChannel } from "./replyChannel.ts";
import type { Db } from "./upsert.ts";

/** Older reads tell nothing of what the account may ask today. */
const COVERAGE_DAYS = 40;
const ARTICLE_DAYS = 30;

export interface LastVisit {
  collector: string;
  succeededAt: Date | null;
  nextDueAt: Date;
  errorCode: string | null;
  errorReason: string | null;
}

export interface LastLook {
  collector: string;
  part: string;
  state: CoverageState;
  code: string | null;
  fetchedAt: Date;
}

export interface KnownChannel extends Pick<StoredChannel, "state" | "code" | "since" | "until"> {
  channel: ReplyChannel;
}

/** What the store holds of one account's health. */
export interface AccountFacts {
  verified: boolean | null;
  verificationExpiresAt: Date | null;
  /** The platform's per-article figures have holes. */
  sparse: boolean;
  /** Of the last 30 days: with a page, and those among them whose page nobody looked at yet. */
  articles: number;
  unread: number;
  /** When the longest unread of them became known. */
  unreadSince: Date | null;
  newestArticle: string | null;
  channels: KnownChannel[];
  /** Staff texts that were learned to be a robot's, and that nobody decided about. */
  learnedGreetings: number;
  visits: LastVisit[];
  /** The newest look of each collector at each of its parts. */
  looks: LastLook[];
}

/** By account id, of all accounts. */
export async function readAccountFacts(db: Kysely<Database>, now: Date): Promise<Map<number, AccountFacts>> {
  const today = dayOf(now);
  const [accounts, visits, channels, greetings, looks] = await Promise.all([
    readAccounts(db, addDays(today, -ARTICLE_DAYS)),
    selectVisits(db).select("account_id").where("account_id", "is not", null).execute(),
    db.selectFrom("reply_channel").select(["account_id", "channel", "state", "code", "since", "until"]).execute(),
    db
      .selectFrom("reply_greeting")
      .select(["account_id", sql<number>`count(*)::integer`.as("learned")])
      .where("automatic", "=", true)
      .where("decided", "is", null)
      .groupBy("account_id")
      .execute(),
    db
      .selectFrom("coverage")
      .distinctOn(["account_id", "collector", "part"])
      .select(["account_id", "collector", "part", "state", "code", "fetched_at as fetchedAt"])
      .where("day", ">=", addDays(today, -COVERAGE_DAYS))
      .orderBy("account_id")
      .orderBy("collector")
      .orderBy("part")
      .orderBy("fetched_at", "desc")
      .orderBy("day", "desc")
      .execute(),
  ]);
  const facts = new Map(
    accounts.map(({ id, ...account }): [number, AccountFacts] => [
      id,
      { ...account, channels: [], learnedGreetings: 0, visits: [], looks: [] },
    ]),
  );
  for (const { account_id, ...visit } of visits) facts.get(account_id ?? 0)?.visits.push(visit);
  for (const { account_id, ...channel } of channels) facts.get(account_id)?.channels.push(channel);
  for (const { account_id, learned } of greetings) {
    const known = facts.get(account_id);
    if (known) known.learnedGreetings = learned;
  }
  for (const { account_id, ...look } of looks) facts.get(account_id)?.looks.push(look);
  return facts;
}

/** Visits to the installation itself. */
export async function readOwnVisits(db: Db): Promise<LastVisit[]> {
  return await selectVisits(db).where("account_id", "is", null).execute();
}

function selectVisits(db: Db) {
  return db
    .selectFrom("visit")
    .select(["collector", "succeeded_at as succeededAt", "next_due_at as nextDueAt"])
    .select(["error_code as errorCode", "error_reason as errorReason"])
    .orderBy("collector");
}

type StoredAccount = Omit<AccountFacts, "channels" | "learnedGreetings" | "visits" | "looks"> & { id: number };

async function readAccounts(db: Db, since: Day): Promise<StoredAccount[]> {
  const unread = sql<boolean>`r.page_fetched_at is null`;
  return await db
    .selectFrom("account as a")
    .leftJoin("profile as p", "p.account_id", "a.id")
    .leftJoin("account_current as c", "c.account_id", "a.id")
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom("article as r")
          .select(({ fn }) => [
            sql<number>`count(*)::integer`.as("articles"),
            sql<number>`(count(*) filter (where ${unread}))::integer`.as("unread"),
            fn.min("r.first_seen_at").filterWhere(unread).as("unreadSince"),
          ])
          .whereRef("r.account_id", "=", "a.id")
          .where("r.publish_date", ">=", since)
          .where("r.url", "is not", null)
          .as("pages"),
      (join) => join.onTrue(),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom("article as n")
          .select("n.msgid")
          .whereRef("n.account_id", "=", "a.id")
          .orderBy("n.publish_date", "desc")
          .orderBy("n.msgid", "desc")
          .limit(1)
          .as("newest"),
      (join) => join.onTrue(),
    )
    .select([
      "a.id",
      "newest.msgid as newestArticle",
      "p.verified",
      "p.verification_expires_at as verificationExpiresAt",
    ])
    .select((eb) => [
      eb.fn.coalesce("c.sparse", sql.lit(false)).as("sparse"),
      eb.fn.coalesce("pages.articles", sql.lit(0)).as("articles"),
      eb.fn.coalesce("pages.unread", sql.lit(0)).as("unread"),
      "pages.unreadSince",
    ])
    .execute();
}

export interface Budget {
  /** Calls of ours that the ledger counts. */
  used: number;
  usedByOthers: number | null;
  dailyLimit: number | null;
  closedUntil: Date | null;
}

export async function readBudget(db: Db, appId: string, api: string, day: Day): Promise<Budget | null> {
  const row = await db
    .selectFrom("api_budget")
    .select(["used", "used_by_others as usedByOthers", "daily_limit as dailyLimit", "closed_until as closedUntil"])
    .where("app_id", "=", appId)
    .where("api", "=", api)
    .where("day", "=", day)
    .executeTakeFirst();
  return row ?? null;
}
