import { type Kysely, sql } from "kysely";
import type { Day, Hop } from "../model.ts";
import type { Database } from "./database.ts";
import type { Db } from "./upsert.ts";

export interface DueReplies {
  overdue: number;
  /** Not overdue yet, but on the same day. */
  dueLater: number;
}

export interface DigestNotification {
  recipient: string;
  hops: readonly Hop[];
  channel: string;
  address: string;
  sheet: unknown;
}

export async function isDigestMade(db: Db, day: Day): Promise<boolean> {
  return (await db.selectFrom("digest").select("day").where("day", "=", day).executeTakeFirst()) !== undefined;
}

/** Questions of channels that can be measured and nobody answered, due up to `until`; accounts without any are left out. */
export async function readDueReplies(db: Db, now: Date, until: Date): Promise<Map<number, DueReplies>> {
  const rows = await db
    .selectFrom("reply_case as c")
    .innerJoin("reply_channel as h", (join) =>
      join.onRef("h.account_id", "=", "c.account_id").onRef("h.channel", "=", "c.channel"),
    )
    .select("c.account_id as accountId")
    .select(sql<number>`(count(*) filter (where c.due_at <= ${now}))::integer`.as("overdue"))
    .select(sql<number>`(count(*) filter (where c.due_at > ${now}))::integer`.as("dueLater"))
    .where("c.question", "=", true)
    .where("c.first_reply_at", "is", null)
    .where("c.vanished_at", "is", null)
    .where("c.excluded_at", "is", null)
    .where("c.due_at", "<=", until)
    .where("h.state", "=", "measurable")
    .groupBy("c.account_id")
    .execute();
  return new Map(rows.map(({ accountId, ...due }) => [accountId, due]));
}

/** Records the day's digest and who gets it; false when somebody else made it before. */
export async function insertDigest(
  db: Kysely<Database>,
  { day, asOf, now }: { day: Day; asOf: Date | null; now: Date },
  notifications: readonly DigestNotification[],
): Promise<boolean> {
  return await db.transaction().execute(async (trx) => {
    const made = await trx
      .insertInto("digest")
      .values({ day, as_of: asOf, made_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .returning("day")
      .executeTakeFirst();
    if (!made) return false;
    await sql`
      insert into notification (digest_day, sheet, recipient, hops, channel, address, created_at, next_at)
      select ${day}::date, sheet, recipient, hops, channel, address, ${now}::timestamptz, ${now}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(notifications)}) as n (
        sheet jsonb, recipient text, hops jsonb, channel text, address text)`.execute(trx);
    return true;
  });
}
