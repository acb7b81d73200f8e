import { sql } from "kysely";
import type { Db } from "./upsert.ts";

/** What cases of accounts under a rule set are to be judged by now. */
export interface Judgement {
  ruleSet: string;
  judgedBy: string;
}

export interface UnjudgedCase {
  id: number;
  ruleSet: string;
  receivedAt: Date;
  firstReplyAt: Date | null;
}

/** What follows from a case's times under a calendar and a rule set. */
export interface CaseVerdict {
  id: number;
  judgedBy: string;
  warnAt: Date | null;
  amberAt: Date | null;
  redAt: Date | null;
  dueAt: Date | null;
  /** Null while unanswered too. */
  workingSeconds: number | null;
  workingDays: number | null;
}

/**
 * Up to `limit` cases of the accounts (null = all) that were judged by something else or not yet, held until the
 * transaction ends; those that somebody else writes just now are left to him. Accounts under a rule set without a
 * judgement have the `fallback`.
 */
export async function lockUnjudged(
  db: Db,
  accountIds: readonly number[] | null,
  judgements: readonly Judgement[],
  fallback: Judgement,
  limit: number,
): Promise<UnjudgedCase[]> {
  const ruleSets = judgements.map(({ ruleSet }) => ruleSet);
  const judgedBy = judgements.map((judgement) => judgement.judgedBy);
  // Two ranges and the nulls: `is distinct from` would read every case of the account.
  const { rows } = await sql<UnjudgedCase>`
    with wanted as (
      select c.id, coalesce(j.rule_set, ${fallback.ruleSet}) as rule_set
      from account a
      left join unnest(${ruleSets}::text[], ${judgedBy}::text[]) as j (rule_set, judged_by) on j.rule_set = a.rule_set
      cross join lateral (
        select id from reply_case
        where account_id = a.id and judged_by < coalesce(j.judged_by, ${fallback.judgedBy})
        union all
        select id from reply_case
        where account_id = a.id and judged_by > coalesce(j.judged_by, ${fallback.judgedBy})
        union all
        select id from reply_case where account_id = a.id and judged_by is null
      ) as c
      where ${accountIds}::integer[] is null or a.id = any(${accountIds}::integer[])
      limit ${limit}
    )
    select c.id, w.rule_set as "ruleSet", c.received_at as "receivedAt", c.first_reply_at as "firstReplyAt"
    from reply_case c
    join wanted w on w.id = c.id
    for update of c skip locked`.execute(db);
  return rows;
}

export async function saveVerdicts(db: Db, verdicts: readonly CaseVerdict[]): Promise<void> {
  if (verdicts.length === 0) return;
  const values = <Key extends keyof CaseVerdict>(key: Key) => verdicts.map((verdict) => verdict[key]);
  await sql`
    update reply_case c
    set judged_by = v.judged_by, warn_at = v.warn_at, amber_at = v.amber_at, red_at = v.red_at, due_at = v.due_at,
      working_seconds = v.working_seconds, working_days = v.working_days
    from unnest(
      ${values("id")}::bigint[], ${values("judgedBy")}::text[], ${values("warnAt")}::timestamptz[],
      ${values("amberAt")}::timestamptz[], ${values("redAt")}::timestamptz[], ${values("dueAt")}::timestamptz[],
      ${values("workingSeconds")}::integer[], ${values("workingDays")}::integer[]
    ) as v (id, judged_by, warn_at, amber_at, red_at, due_at, working_seconds, working_days)
    where c.id = v.id`.execute(db);
}
