import type { Db } from "./upsert.ts";

/** Alertmanager has shown that it is alive. */
export async function sawWatchdog(db: Db, now: Date): Promise<void> {
  await db
    .insertInto("alert_watchdog")
    .values({ seen_at: now })
    .onConflict((conflict) => conflict.column("single").doUpdateSet({ seen_at: now }))
    .execute();
}

/** When Alertmanager was last heard; null = never. */
export async function watchdogSeenAt(db: Db): Promise<Date | null> {
  const row = await db.selectFrom("alert_watchdog").select("seen_at").executeTakeFirst();
  return row?.seen_at ?? null;
}
