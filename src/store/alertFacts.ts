import { sql } from "kysely";
import { JUDGED_LIFECYCLES, type Lifecycle } from "../model.ts";
import type { Db } from "./upsert.ts";

/** What is known of one account when an alert about it is to be told. Null is unknown. */
export interface AccountFacts {
  id: number;
  code: string;
  name: string;
  department: string;
  departmentName: string;
  lifecycle: Lifecycle;
  createdAt: Date;
  lastPublishedAt: Date | null;
  deadlineAt: Date | null;
  /** Nothing can have been published unseen up to here. */
  dataUntil: Date | null;
  openCases: number | null;
  overdueCases: number | null;
  repliesAsOf: Date | null;
  /** Received time of the question that waits longest. */
  oldestOpenAt: Date | null;
  /** Of the last visit for statistics; null = it succeeded or there was none. */
  errorCode: string | null;
  /** Chinese: what is wrong and what to do. */
  errorReason: string | null;
  verificationExpiresAt: Date | null;
  contactName: string | null;
  contactChannel: string | null;
  contactTarget: string | null;
}

/** Accounts that are bound to publish, and how many of them cannot be seen. */
export interface CountyFacts {
  judged: number;
  blind: number;
  /** Seen as yet, though the platform rejects who asks. */
  rejected: number;
}

const COUNTED = sql`first_reply_at is null and vanished_at is null and excluded_at is null`;

/** Without a complete look at each channel that can be measured, what is known of the account is not all. */
const LOOKED_AT = sql`(
  select array_agg(channel) as channels, case when bool_and(until is not null) then min(until) end as until
  from reply_channel
  where account_id = a.id and state = 'measurable' and a.lifecycle <> 'closed')`;

/** As the rule's metric counts them, within 30 days; on the database's clock, as the views are. */
const WINDOW_CASES = sql`(
  select count(*)::integer as "openCases",
    (count(*) filter (where question and due_at <= now()))::integer as "overdueCases"
  from reply_case
  where account_id = a.id and channel = any (ch.channels) and ${COUNTED} and received_at >=
    (date_trunc('day', now() at time zone 'Asia/Shanghai') - interval '29 days') at time zone 'Asia/Shanghai')`;

const WAITING = sql`(
  select min(received_at) as received_at
  from reply_case
  where account_id = a.id and channel = any (ch.channels) and question and ${COUNTED})`;

export async function readAccountFacts(
  db: Db,
  accountIds: readonly number[] | "all",
): Promise<Map<number, AccountFacts>> {
  if (accountIds.length === 0) return new Map();
  const chosen = accountIds === "all" ? sql`true` : sql`a.id = any(${[...accountIds]}::integer[])`;
  const { rows } = await sql<AccountFacts>`
    select a.id, a.code, a.name, a.department_code as department, d.name as "departmentName", a.lifecycle,
      a.created_at as "createdAt", c.last_published_at as "lastPublishedAt", c.publish_deadline_at as "deadlineAt",
      c.data_until as "dataUntil", cases."openCases", cases."overdueCases", ch.until as "repliesAsOf",
      waiting.received_at as "oldestOpenAt", v.error_code as "errorCode", v.error_reason as "errorReason",
      p.verification_expires_at as "verificationExpiresAt",
      a.contact_name as "contactName", a.contact_channel as "contactChannel", a.contact_target as "contactTarget"
    from account a
    join department d on d.code = a.department_code
    left join account_current c on c.account_id = a.id
    left join profile p on p.account_id = a.id
    left join visit v on v.account_id = a.id and v.collector = 'statistics'
    left join lateral ${LOOKED_AT} as ch on true
    left join lateral ${WINDOW_CASES} as cases on ch.until is not null
    left join lateral ${WAITING} as waiting on ch.until is not null
    where ${chosen}`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** `blindUntil`: data that reach no further count as none. */
export async function countUnseen(
  db: Db,
  { blindUntil, rejectedCodes }: { blindUntil: Date; rejectedCodes: readonly string[] },
): Promise<CountyFacts> {
  const { rows } = await sql<CountyFacts>`
    select count(*)::integer as judged, (count(*) filter (where blind))::integer as blind,
      (count(*) filter (where not blind and rejected))::integer as rejected
    from (
      select coalesce(c.data_until <= ${blindUntil}, true) as blind,
        coalesce(v.error_code = any(${[...rejectedCodes]}::text[]), false) as rejected
      from account a
      left join account_current c on c.account_id = a.id
      left join visit v on v.account_id = a.id and v.collector = 'statistics'
      where a.lifecycle = any(${[...JUDGED_LIFECYCLES]}::text[])
    ) accounts`.execute(db);
  return rows[0] ?? { judged: 0, blind: 0, rejected: 0 };
}

/** Ids by code, without the closed ones. */
export async function openAccountIds(db: Db, codes: readonly string[]): Promise<Map<string, number>> {
  if (codes.length === 0) return new Map();
  const rows = await db
    .selectFrom("account")
    .select(["id", "code"])
    .where("code", "=", sql<string>`any(${[...codes]}::text[])`)
    .where("lifecycle", "<>", "closed")
    .execute();
  return new Map(rows.map(({ id, code }) => [code, id]));
}
