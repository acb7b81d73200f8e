import type { Db } from "./upsert.ts";

export async function writeTick(db: Db, at: Date): Promise<void> {
  await db
    .insertInto("planner")
    .values({ ticked_at: at })
    .onConflict((conflict) => conflict.column("single").doUpdateSet({ ticked_at: at }))
    .execute();
}
