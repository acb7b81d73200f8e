import type { Db } from "./upsert.ts";

export interface KeptAnswer {
  api: string;
  fault: string;
  /** Of the answer as it came. */
  bytes: number;
  /** Without personal data. */
  body: string;
}

export async function saveRawAnswers(
  db: Db,
  source: { accountId: number; platform: string; at: Date },
  answers: KeptAnswer[],
): Promise<void> {
  if (answers.length === 0) return;
  const { accountId, platform, at } = source;
  await db
    .insertInto("raw_answer")
    .values(answers.map((answer) => ({ account_id: accountId, platform, at, ...answer })))
    .execute();
}
