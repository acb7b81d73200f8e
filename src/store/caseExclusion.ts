import { sql } from "kysely";
import { writeAudit } from "./account.ts";
import type { Author } from "./register.ts";
import type { Db } from "./upsert.ts";

export const CASE_STATES = ["open", "overdue", "answered", "excluded"] as const;
export type CaseState = (typeof CASE_STATES)[number];

export interface ListedCase {
  id: number;
  account: string;
  channel: string;
  /** Under which it was commented; null for messages. */
  article: string | null;
  receivedAt: Date;
  question: boolean;
  dueAt: Date | null;
  state: CaseState;
  excludedReason: string | null;
}

/** As `v_reply_case` judges them now, the longest waiting first. */
export async function listCases(db: Db, of: { account?: string; state?: CaseState }): Promise<ListedCase[]> {
  const { rows } = await sql<ListedCase>`
    select id, account, channel, article, received_at as "receivedAt", question, due_at as "dueAt", state,
      excluded_reason as "excludedReason"
    from v_reply_case
    where (${of.account ?? null}::text is null or account = ${of.account ?? null})
      and (${of.state ?? null}::text is null or state = ${of.state ?? null})
    order by received_at, id`.execute(db);
  return rows;
}

export interface ExcludedCase {
  account: string;
  vanished: boolean;
}

/** `reason` null takes the exclusion back. The first exclusion's time stays. Null = no such case. */
export async function setExclusion(
  trx: Db,
  id: number,
  reason: string | null,
  author: Author,
): Promise<ExcludedCase | null> {
  const found = await trx
    .selectFrom("reply_case as c")
    .innerJoin("account as a", "a.id", "c.account_id")
    .select(["a.code as account", "c.vanished_at", "c.excluded_at", "c.excluded_reason"])
    .where("c.id", "=", id)
    .forUpdate("c")
    .executeTakeFirst();
  if (!found) return null;
  const { account, vanished_at, excluded_at, excluded_reason } = found;
  if (excluded_reason !== reason) {
    const since = reason === null ? null : (excluded_at ?? author.at);
    await trx
      .updateTable("reply_case")
      .set({ excluded_at: since, excluded_reason: reason })
      .where("id", "=", id)
      .execute();
    await writeAudit(trx, {
      ...author,
      subject: `case ${id}`,
      detail: { account, ...(reason === null ? {} : { reason }) },
    });
  }
  return { account, vanished: vanished_at !== null };
}
