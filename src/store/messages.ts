import { sql } from "kysely";
import type { Db } from "./upsert.ts";

/** A message as it is kept: nothing in it is personal. Citizens' have no text hash; staff's no length and no flag. */
export interface KeptMessage {
  person: string;
  at: Date;
  staff: boolean;
  textHash: string;
  length: number | null;
  question: boolean | null;
}

/** Any number will do as long as it stays: it names these locks among all advisory locks of the database. */
const CASES_LOCK = 1_919_250_540;

/**
 * Until the transaction ends nobody else derives cases of the account's conversations: a greeting that is decided about
 * meanwhile would be missed by cases that were derived from before and written after.
 */
export async function lockConversations(trx: Db, accountId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(${CASES_LOCK}, ${accountId})`.execute(trx);
}

/**
 * Citizens' messages of one second cannot be told from one message that is seen again, so they are one: as long as the
 * longest, a question if one of them is. A known message is neither locked nor written.
 */
export async function saveMessages(db: Db, accountId: number, messages: readonly KeptMessage[]): Promise<void> {
  await sql`
    with seen as (
      select person, at, staff, text_hash, max(length) as length, bool_or(question) as question
      from unnest(
        ${messages.map(({ person }) => person)}::text[], ${messages.map(({ at }) => at)}::timestamptz[],
        ${messages.map(({ staff }) => staff)}::boolean[], ${messages.map(({ textHash }) => textHash)}::text[],
        ${messages.map(({ length }) => length)}::integer[], ${messages.map(({ question }) => question)}::boolean[]
      ) as s (person, at, staff, text_hash, length, question)
      group by person, at, staff, text_hash
    )
    insert into reply_message as m (account_id, person, at, staff, text_hash, length, question)
    select ${accountId}, s.person, s.at, s.staff, s.text_hash, s.length, s.question from seen s
    where not exists (
      select from reply_message m
      where (m.account_id, m.person, m.at, m.staff, m.text_hash)
          = (${accountId}, s.person, s.at, s.staff, s.text_hash)
        and (m.staff or (m.length >= s.length and m.question >= s.question)))
    order by s.person, s.at, s.staff, s.text_hash
    on conflict (account_id, person, at, staff, text_hash) do update
    set length = greatest(m.length, excluded.length), question = m.question or excluded.question`.execute(db);
}

/** Whether a staff text counts as automatic. */
const isAutomatic = sql<boolean>`coalesce(g.decided, g.automatic, false)`;

export interface StoredMessage extends Omit<KeptMessage, "textHash"> {
  automatic: boolean;
}

export async function messagesOf(db: Db, accountId: number, persons: readonly string[]): Promise<StoredMessage[]> {
  return await db
    .selectFrom("reply_message as m")
    .leftJoin("reply_greeting as g", (join) =>
      join.onRef("g.account_id", "=", "m.account_id").onRef("g.text_hash", "=", "m.text_hash").on("m.staff", "=", true),
    )
    .select(["m.person", "m.at", "m.staff", "m.length", "m.question", isAutomatic.as("automatic")])
    .where("m.account_id", "=", accountId)
    .where("m.person", "=", sql<string>`any(${persons}::text[])`)
    .execute();
}

/** When citizens last wrote; null = nobody did, as far as messages are kept. */
export async function newestCitizenMessage(db: Db, accountId: number): Promise<Date | null> {
  const { newest } = await db
    .selectFrom("reply_message")
    .select((eb) => eb.fn.max<Date | null>("at").as("newest"))
    .where("account_id", "=", accountId)
    .where(sql<boolean>`not staff`)
    .executeTakeFirstOrThrow();
  return newest;
}

/** When the records that may have been lost are before everything that is covered now. */
export async function forgetCoveredSince(db: Db, accountId: number): Promise<void> {
  await db
    .updateTable("reply_channel")
    .set({ since: null })
    .where("account_id", "=", accountId)
    .where("channel", "=", "message")
    .where("since", "is not", null)
    .execute();
}

export interface StoredCase {
  id: number;
  person: string;
  receivedAt: Date;
  length: number;
  question: boolean;
  firstReplyAt: Date | null;
  excludedAt: Date | null;
  excludedReason: string | null;
  firstSeenAt: Date;
  /** Excluded, and no case any more. */
  vanished: boolean;
}

/** Cases of conversations, received at `from` or later; `lock` holds them until the transaction ends. */
export async function conversationCases(
  db: Db,
  accountId: number,
  persons: readonly string[],
  from: Date,
  { lock }: { lock: boolean },
): Promise<StoredCase[]> {
  const rows = await db
    .selectFrom("reply_case")
    .select(["id", "person", "received_at as receivedAt", "length", "question", "first_reply_at as firstReplyAt"])
    .select(["excluded_at as excludedAt", "excluded_reason as excludedReason", "first_seen_at as firstSeenAt"])
    .select((eb) => eb("vanished_at", "is not", null).as("vanished"))
    .where("account_id", "=", accountId)
    .where("channel", "=", "message")
    .where("person", "=", sql<string>`any(${persons}::text[])`)
    .where("received_at", ">=", from)
    .$if(lock, (query) => query.orderBy("id").forUpdate())
    .execute();
  return rows.map((row) => ({ ...row, person: row.person ?? "", vanished: Boolean(row.vanished) }));
}

export type NewCase = Omit<StoredCase, "id" | "vanished">;
export type ChangedCase = Pick<StoredCase, "id" | "length" | "question" | "firstReplyAt">;

export interface CaseChanges {
  added: NewCase[];
  /** Also those that are cases again. */
  changed: ChangedCase[];
  vanished: number[];
  removed: number[];
}

/** A case whose first reply is another one is to be judged again. */
export async function saveCaseChanges(db: Db, accountId: number, changes: CaseChanges, now: Date): Promise<void> {
  const { added, changed, vanished, removed } = changes;
  if (removed.length > 0) await sql`delete from reply_case where id = any(${removed}::bigint[])`.execute(db);
  if (vanished.length > 0) {
    await sql`update reply_case set vanished_at = ${now} where id = any(${vanished}::bigint[])`.execute(db);
  }
  if (changed.length > 0) {
    await sql`
      update reply_case c
      set length = s.length, question = s.question, first_reply_at = s.first_reply_at, vanished_at = null,
        judged_by = case when c.first_reply_at is not distinct from s.first_reply_at then c.judged_by end
      from unnest(
        ${changed.map(({ id }) => id)}::bigint[], ${changed.map(({ length }) => length)}::integer[],
        ${changed.map(({ question }) => question)}::boolean[],
        ${changed.map(({ firstReplyAt }) => firstReplyAt)}::timestamptz[]
      ) as s (id, length, question, first_reply_at)
      where c.id = s.id`.execute(db);
  }
  if (added.length === 0) return;
  await sql`
    insert into reply_case (account_id, channel, person, received_at, length, question, first_reply_at,
      excluded_at, excluded_reason, first_seen_at)
    select ${accountId}, 'message', s.* from unnest(
      ${added.map(({ person }) => person)}::text[], ${added.map(({ receivedAt }) => receivedAt)}::timestamptz[],
      ${added.map(({ length }) => length)}::integer[], ${added.map(({ question }) => question)}::boolean[],
      ${added.map(({ firstReplyAt }) => firstReplyAt)}::timestamptz[],
      ${added.map(({ excludedAt }) => excludedAt)}::timestamptz[],
      ${added.map(({ excludedReason }) => excludedReason)}::text[],
      ${added.map(({ firstSeenAt }) => firstSeenAt)}::timestamptz[]
    ) as s`.execute(db);
}
