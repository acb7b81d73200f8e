import { sql } from "kysely";
import type { AccountDay, Article, Day, FollowerDay } from "../model.ts";
import { type Db, type UpsertShape, upsertChanged } from "./upsert.ts";

const FIGURES = {
  readers: "integer",
  sharers: "integer",
  likes: "integer",
  zaikan: "integer",
  comments: "integer",
  favourites: "integer",
} as const;

const ACCOUNT_DAY: UpsertShape = {
  table: "account_day",
  key: { account_id: "integer", stat_date: "date" },
  columns: { articles_published: "integer", ...FIGURES },
  insertOnly: { first_seen_at: "timestamptz" },
  keepKnown: true,
};

const ARTICLE: UpsertShape = {
  table: "article",
  key: { account_id: "integer", msgid: "text" },
  columns: { publish_date: "date", title: "text", url: "text", notified: "boolean", in_statistics: "boolean" },
  insertOnly: { first_seen_at: "timestamptz" },
  keepKnown: true,
};

const ARTICLE_DAY: UpsertShape = {
  table: "article_day",
  key: { account_id: "integer", msgid: "text", stat_date: "date" },
  columns: {
    ...FIGURES,
    new_followers: "integer",
    praise_fen: "integer",
    delivery_rate: "real",
    finish_rate: "real",
    average_read_seconds: "real",
  },
  keepKnown: true,
};

const FOLLOWERS: UpsertShape = {
  table: "followers",
  key: { account_id: "integer", stat_date: "date" },
  columns: { followers: "integer", gained: "integer", lost: "integer" },
  keepKnown: true,
};

export async function saveAccountDays(db: Db, accountId: number, days: AccountDay[], seenAt: Date): Promise<void> {
  const rows = days.map(({ day, articlesPublished, ...figures }) => ({
    account_id: accountId,
    stat_date: day,
    articles_published: articlesPublished,
    ...figures,
    first_seen_at: seenAt,
  }));
  await upsertChanged(db, ACCOUNT_DAY, rows);
}

export async function saveArticles(db: Db, accountId: number, articles: Article[], seenAt: Date): Promise<void> {
  await upsertChanged(
    db,
    ARTICLE,
    articles.map((article) => ({
      account_id: accountId,
      msgid: article.id,
      publish_date: article.publishDate,
      title: article.title,
      url: article.url,
      notified: article.notified,
      in_statistics: true,
      first_seen_at: seenAt,
    })),
  );
  await upsertChanged(
    db,
    ARTICLE_DAY,
    articles.flatMap((article) =>
      article.curve.map(
        ({ day, newFollowers, praiseFen, deliveryRate, finishRate, averageReadSeconds, ...figures }) => ({
          account_id: accountId,
          msgid: article.id,
          stat_date: day,
          ...figures,
          new_followers: newFollowers,
          praise_fen: praiseFen,
          delivery_rate: deliveryRate,
          finish_rate: finishRate,
          average_read_seconds: averageReadSeconds,
        }),
      ),
    ),
  );
}

export async function saveFollowers(db: Db, accountId: number, days: FollowerDay[]): Promise<void> {
  await upsertChanged(
    db,
    FOLLOWERS,
    days.map(({ day, ...figures }) => ({ account_id: accountId, stat_date: day, ...figures })),
  );
}

/** A day for which no movement was given had none, when its total is that of the day before. */
export async function settleQuietDay(db: Db, accountId: number, day: Day): Promise<void> {
  await sql`
    update followers f set gained = 0, lost = 0
    from followers before
    where f.account_id = ${accountId} and f.stat_date = ${day} and f.gained is null and f.lost is null
      and before.account_id = f.account_id and before.stat_date = f.stat_date - 1
      and before.followers = f.followers`.execute(db);
}

/** The follower total of one day, null when it is not known. */
export async function followersOn(db: Db, accountId: number, day: Day): Promise<number | null> {
  const row = await db
    .selectFrom("followers")
    .select("followers")
    .where("account_id", "=", accountId)
    .where("stat_date", "=", day)
    .executeTakeFirst();
  return row?.followers ?? null;
}

export interface PublishDay {
  day: Day;
  /** As the account's summary counts; null = no row, or no count in it. */
  expected: number | null;
  /** Whether the account's summary has a row. */
  counted: boolean;
  known: number;
}

/** The days since `from` of which the summary or the articles say that something was published, or that nothing was. */
export async function publishDays(db: Db, accountId: number, from: Day): Promise<Map<Day, PublishDay>> {
  const [summaries, articles] = await Promise.all([
    db
      .selectFrom("account_day")
      .select(["stat_date", "articles_published"])
      .where("account_id", "=", accountId)
      .where("stat_date", ">=", from)
      .execute(),
    db
      .selectFrom("article")
      .select(["publish_date", (eb) => eb.fn.countAll<number>().as("known")])
      .where("account_id", "=", accountId)
      .where("publish_date", ">=", from)
      .where("in_statistics", "=", true)
      .groupBy("publish_date")
      .execute(),
  ]);
  const days = new Map<Day, PublishDay>();
  for (const row of summaries) {
    days.set(row.stat_date, { day: row.stat_date, expected: row.articles_published, counted: true, known: 0 });
  }
  for (const row of articles) {
    days.set(row.publish_date, {
      day: row.publish_date,
      expected: days.get(row.publish_date)?.expected ?? null,
      counted: days.has(row.publish_date),
      known: row.known,
    });
  }
  return days;
}

/** Whether the answers of this account are known to lack days of the curves. */
export async function isSparse(db: Db, accountId: number): Promise<boolean> {
  const row = await db
    .selectFrom("account_current")
    .select("sparse")
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row?.sparse ?? false;
}

export async function markSparse(db: Db, accountId: number, sparse: boolean): Promise<void> {
  await upsertChanged(
    db,
    { table: "account_current", key: { account_id: "integer" }, columns: { sparse: "boolean" }, keepKnown: false },
    [{ account_id: accountId, sparse }],
  );
}
