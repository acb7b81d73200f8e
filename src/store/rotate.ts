import { isCurrent, seal, unseal, type Vault } from "../vault.ts";
import { secretPlace } from "./account.ts";
import { HASH_KEY_PLACE } from "./hashKey.ts";
import { tokenPlace } from "./token.ts";
import type { Db } from "./upsert.ts";

/** Seals every secret with the newest master key, all or none; answers how many it re-sealed and how many there are. */
export async function rotateKeys(trx: Db, vault: Vault, now: Date): Promise<{ resealed: number; total: number }> {
  const credentials = await trx.selectFrom("credential").select(["account_id", "app_secret"]).forUpdate().execute();
  const tokens = await trx
    .selectFrom("token")
    .select(["app_id", "token"])
    .where("token", "is not", null)
    .forUpdate()
    .execute();
  const hashKeys = await trx.selectFrom("hash_key").select("key").forUpdate().execute();
  let resealed = 0;
  for (const { account_id, app_secret } of credentials) {
    if (isCurrent(vault, app_secret)) continue;
    const place = secretPlace(account_id);
    await trx
      .updateTable("credential")
      .set({ app_secret: seal(vault, place, unseal(vault, place, app_secret)), updated_at: now })
      .where("account_id", "=", account_id)
      .execute();
    resealed += 1;
  }
  for (const { app_id, token } of tokens) {
    if (token === null || isCurrent(vault, token)) continue;
    const place = tokenPlace(app_id);
    await trx
      .updateTable("token")
      .set({ token: seal(vault, place, unseal(vault, place, token)) })
      .where("app_id", "=", app_id)
      .execute();
    resealed += 1;
  }
  for (const { key } of hashKeys) {
    if (isCurrent(vault, key)) continue;
    await trx
      .updateTable("hash_key")
      .set({ key: seal(vault, HASH_KEY_PLACE, unseal(vault, HASH_KEY_PLACE, key)) })
      .execute();
    resealed += 1;
  }
  return { resealed, total: credentials.length + tokens.length + hashKeys.length };
}
