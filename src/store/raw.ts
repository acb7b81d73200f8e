import { sql } from "kysely";
import type { Db } from "./upsert.ts";

export interface KeptAnswer {
  api: string;
  fault: string;
  /** Of the answer as it came. */
  bytes: number;
  /** Without personal data. */
  body: string;
}

/** In 24 hours: a platform that changed its answers would send the same to every account at every visit. */
const ANSWERS_PER_API = 100;

/** Keeps the answers for a look; what comes when enough of the API's are there already is left out. */
export async function saveRawAnswers(
  db: Db,
  source: { accountId: number; platform: string; at: Date },
  answers: KeptAnswer[],
): Promise<void> {
  const { accountId, platform, at } = source;
  for (const { api, fault, bytes, body } of answers) {
    await sql`
      insert into raw_answer (at, account_id, platform, api, fault, bytes, body)
      select ${at}, ${accountId}, ${platform}, ${api}, ${fault}, ${bytes}, ${body}
      where (
        select count(*) from raw_answer
        where at > ${at}::timestamptz - interval '24 hours' and platform = ${platform} and api = ${api}
      ) < ${ANSWERS_PER_API}`.execute(db);
  }
}

export interface RawAnswerEntry {
  id: number;
  at: Date;
  /** Null for an answer of no account. */
  account: string | null;
  platform: string;
  api: string;
  fault: string;
  bytes: number;
}

const select = (db: Db) =>
  db
    .selectFrom("raw_answer as r")
    .leftJoin("account as a", "a.id", "r.account_id")
    .select(["r.id", "r.at", "a.code as account", "r.platform", "r.api", "r.fault", "r.bytes"]);

/** Newest first. */
export async function listRawAnswers(db: Db): Promise<RawAnswerEntry[]> {
  return await select(db).orderBy("r.at", "desc").orderBy("r.id", "desc").execute();
}

export async function findRawAnswer(db: Db, id: number): Promise<(RawAnswerEntry & { body: string }) | null> {
  return (await select(db).select("r.body").where("r.id", "=", id).executeTakeFirst()) ?? null;
}
