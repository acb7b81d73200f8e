import type { AccountProfile } from "../model.ts";
import type { Db } from "./upsert.ts";

export async function saveProfile(db: Db, accountId: number, profile: AccountProfile, now: Date): Promise<void> {
  const values = {
    name: profile.name,
    principal: profile.principal,
    verified: profile.verified,
    verification_expires_at: profile.verificationExpiresAt,
    fetched_at: now,
  };
  await db
    .insertInto("profile")
    .values({ account_id: accountId, ...values })
    .onConflict((conflict) => conflict.column("account_id").doUpdateSet(values))
    .execute();
}

/** Parts of collectors, as `collector.part`, whose last look was refused for want of permission. */
export async function refusedParts(db: Db, accountId: number): Promise<Set<string>> {
  const last = db
    .selectFrom("coverage")
    .distinctOn(["collector", "part"])
    .select(["collector", "part", "state"])
    .where("account_id", "=", accountId)
    .orderBy("collector")
    .orderBy("part")
    .orderBy("fetched_at", "desc")
    .orderBy((eb) => eb("state", "=", "unavailable"), "desc");
  const rows = await db
    .selectFrom(last.as("last"))
    .select(["collector", "part"])
    .where("state", "=", "unavailable")
    .execute();
  return new Set(rows.map(({ collector, part }) => `${collector}.${part}`));
}
