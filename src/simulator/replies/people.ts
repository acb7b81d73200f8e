import type { Account } from "../county.ts";
import { hex, salt } from "../random.ts";

const openid = salt("openid");
export const openidPrefix = "oGmSim";

/** The account's citizen of that number; the same in comments and in messages, another for every account. */
export function openidOf(account: Account, person: number): string {
  const rest = Buffer.from(hex(34, account.seed, openid, account.index, person), "hex").toString("base64url");
  return openidPrefix + rest.slice(0, 22);
}
