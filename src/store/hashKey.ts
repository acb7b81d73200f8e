import { randomBytes } from "node:crypto";
import { type Place, seal, unseal, type Vault } from "../vault.ts";
import type { Db } from "./upsert.ts";

export const HASH_KEY_PLACE: Place = { table: "hash_key", row: "1", field: "key" };

/**
 * The installation's own key for hashes of persons and texts: 32 bytes, made at the first use and never changed, because
 * the same person must have the same hash for ever.
 */
export async function readHashKey(db: Db, vault: Vault): Promise<Buffer> {
  const find = () => db.selectFrom("hash_key").select("key").executeTakeFirst();
  let row = await find();
  if (!row) {
    const key = seal(vault, HASH_KEY_PLACE, randomBytes(32).toString("base64"));
    await db
      .insertInto("hash_key")
      .values({ key })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    row = await find();
  }
  return Buffer.from(unseal(vault, HASH_KEY_PLACE, row?.key ?? ""), "base64");
}
