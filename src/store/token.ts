import { sql } from "kysely";
import { seal, unseal, type Vault } from "../vault.ts";
import type { Db } from "./upsert.ts";

export const tokenPlace = (appId: string) => ({ table: "token", row: appId, field: "token" });

interface StoredToken {
  token: string;
  expiresAt: Date;
}

/** The shared token row of one AppID, as `TokenStore` of the platforms asks for it. */
export function tokenStore(db: Db, vault: Vault, appId: string, now: () => Date) {
  return {
    async read(): Promise<StoredToken | null> {
      const row = await db
        .selectFrom("token")
        .select(["token", "expires_at"])
        .where("app_id", "=", appId)
        .executeTakeFirst();
      if (!row?.token || !row.expires_at) return null;
      return { token: unseal(vault, tokenPlace(appId), row.token), expiresAt: row.expires_at };
    },

    /** The sealed text differs each time, so the comparison with `stale` needs the row lock for a moment. */
    async claim(stale: string | null): Promise<boolean> {
      await db
        .insertInto("token")
        .values({
          app_id: appId,
          token: null,
          expires_at: null,
          refreshing_until: null,
          failed_at: null,
          failed_code: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return await db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom("token")
          .select(["token", sql<boolean>`coalesce(refreshing_until > clock_timestamp(), false)`.as("claimed")])
          .where("app_id", "=", appId)
          .forUpdate()
          .executeTakeFirstOrThrow();
        const stored = row.token === null ? null : unseal(vault, tokenPlace(appId), row.token);
        if (row.claimed || stored !== stale) return false;
        await trx
          .updateTable("token")
          .set({ refreshing_until: sql<Date>`clock_timestamp() + interval '15 seconds'` })
          .where("app_id", "=", appId)
          .execute();
        return true;
      });
    },

    async save(token: StoredToken): Promise<void> {
      await db
        .updateTable("token")
        .set({
          token: seal(vault, tokenPlace(appId), token.token),
          expires_at: token.expiresAt,
          refreshing_until: null,
          failed_at: null,
          failed_code: null,
        })
        .where("app_id", "=", appId)
        .execute();
    },

    async fail(code: string): Promise<void> {
      await db
        .updateTable("token")
        .set({ refreshing_until: null, failed_at: now(), failed_code: code })
        .where("app_id", "=", appId)
        .execute();
    },

    async failureSince(since: Date): Promise<string | null> {
      const row = await db
        .selectFrom("token")
        .select("failed_code")
        .where("app_id", "=", appId)
        .where("failed_at", ">=", since)
        .executeTakeFirst();
      return row?.failed_code ?? null;
    },
  };
}

/** Forgets the token, as after the account's AppID or secret changed. */
export async function forgetToken(db: Db, appId: string): Promise<void> {
  await db.deleteFrom("token").where("app_id", "=", appId).execute();
}
