import { createHmac } from "node:crypto";

const BYTES = 16;

// The account is part of what is hashed: the same person or text cannot be told again at another account.

export function personHash(key: Buffer, accountId: number, openid: string): string {
  return keyedHash(key, `person|${accountId}|${openid}`);
}

export function textHash(key: Buffer, accountId: number, text: string): string {
  return keyedHash(key, `text|${accountId}|${text.trim()}`);
}

function keyedHash(key: Buffer, value: string): string {
  return createHmac("sha256", key).update(value).digest().subarray(0, BYTES).toString("hex");
}
