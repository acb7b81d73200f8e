import { CREDENTIAL_CODES } from "../rules/credentials.ts";
import { type CountyFacts, countUnseen } from "../store/alertFacts.ts";
import type { Db } from "../store/upsert.ts";
import { BLIND_AFTER_MS } from "./support.ts";

export async function readCountyFacts(db: Db, now: Date): Promise<CountyFacts> {
  return await countUnseen(db, {
    blindUntil: new Date(now.getTime() - BLIND_AFTER_MS),
    rejectedCodes: CREDENTIAL_CODES,
  });
}
