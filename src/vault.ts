import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { UserError } from "./errors.ts";

export interface MasterKey {
  /** First 8 hex digits of the key's SHA-256: kept beside each ciphertext, so labels may change. */
  id: string;
  key: Buffer;
}

/** Newest first: the first encrypts, all decrypt. */
export type Vault = readonly [MasterKey, ...MasterKey[]];

/** Where a ciphertext lives; it opens nowhere else. */
export interface Place {
  table: string;
  row: string;
  field: string;
}

/** Reads `base64` or a comma list of `id:base64`, newest first. */
export function parseMasterKeys(text: string): Vault {
  const keys = text.split(",").map((entry) => {
    const encoded = entry.trim().replace(/^[^:]*:/, "");
    const key = Buffer.from(encoded, "base64");
    if (key.length !== 32) {
      throw new UserError(
        `MASTER_KEY: expected 32 bytes in base64 (or a comma list of id:key), got ${key.length} bytes`,
      );
    }
    return { id: createHash("sha256").update(key).digest("hex").slice(0, 8), key };
  });
  return keys as unknown as Vault;
}

const aad = (place: Place) => Buffer.from(`${place.table}|${place.row}|${place.field}`);

/** `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url; AES-256-GCM with a random 96-bit nonce. */
export function seal(vault: Vault, place: Place, clear: string): string {
  const [{ id, key }] = vault;
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad(place));
  const sealed = Buffer.concat([cipher.update(clear, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1.${id}.${nonce.toString("base64url")}.${sealed.toString("base64url")}`;
}

/** Throws `UserError` when the key is unknown or the text was moved or changed. */
export function unseal(vault: Vault, place: Place, text: string): string {
  const [version, id, nonce, body] = text.split(".");
  const where = `${place.table} ${place.row} ${place.field}`;
  if (version !== "v1" || !id || !nonce || !body) throw new UserError(`${where}: not a sealed value`);
  const key = vault.find((candidate) => candidate.id === id)?.key;
  if (!key) throw new UserError(`${where}: sealed with master key ${id}, which MASTER_KEY does not hold`);
  const bytes = Buffer.from(body, "base64url");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64url")).setAAD(aad(place));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
  } catch {
    throw new UserError(`${where}: the sealed value was changed or belongs to another place`);
  }
}

/** Whether the value is sealed with the newest key. */
export function isCurrent(vault: Vault, text: string): boolean {
  return text.split(".")[1] === vault[0].id;
}
