import { sql } from "kysely";
import type { Db } from "./upsert.ts";

export interface ExposedNotifications {
  /** Unix seconds; null = none waits. */
  oldestPendingAt: number | null;
  /**
   * Of each channel that was ever tried, failures in a row at its worst target. One that was not tried for a day and
   * for which nothing waits is no longer used, such as a mail address that was corrected: nothing would end its failing.
   */
  channels: readonly { channel: string; failures: number }[];
}

const DAY_MS = 86_400_000;

export async function readNotifications(db: Db, now: Date): Promise<ExposedNotifications> {
  const pending = await db
    .selectFrom("notification")
    .select(sql<number | null>`extract(epoch from min(created_at))::float8`.as("since"))
    .where("state", "=", "pending")
    .where("settled_at", "is", null)
    .executeTakeFirst();
  const inUse = sql`failed_at > ${new Date(now.getTime() - DAY_MS)} or exists (
    select from notification n
    where n.channel = t.channel and n.address = t.address and n.state = 'pending' and n.settled_at is null)`;
  const channels = await db
    .selectFrom("notification_target as t")
    .select(["channel", sql<number>`coalesce(max(failures) filter (where ${inUse}), 0)`.as("failures")])
    .groupBy("channel")
    .orderBy(sql`channel collate "C"`)
    .execute();
  return { oldestPendingAt: pending?.since ?? null, channels };
}
