import { sql } from "kysely";
import { writeAudit } from "./account.ts";
import type { Author } from "./register.ts";
import { type Db, type UpsertShape, upsertChanged } from "./upsert.ts";

const GREETING: UpsertShape = {
  table: "reply_greeting",
  key: { account_id: "integer", text_hash: "text" },
  columns: {
    automatic: "boolean",
    learned_by: "text",
    persons: "integer",
    uses: "integer",
    answers: "integer",
    within_seconds: "integer",
    median_seconds: "integer",
    last_used_at: "timestamptz",
  },
  keepKnown: false,
};

/** How staff used a text, as far as messages are kept. */
export interface TextUses {
  textHash: string;
  uses: number;
  /** Uses after a message of the person. */
  answers: number;
  /** Answers within the rule's seconds, and different persons who got them. */
  withinSeconds: number;
  persons: number;
  /** Different persons who got it within the seconds of the widest rule. */
  widestPersons: number;
  /** From the person's newest message to the answer. */
  medianSeconds: number | null;
  lastUsedAt: Date | null;
}

/** A text of which no use is kept. */
export const UNUSED = {
  ...{ uses: 0, answers: 0, withinSeconds: 0, persons: 0, widestPersons: 0 },
  ...{ medianSeconds: null, lastUsedAt: null },
} as const satisfies Omit<TextUses, "textHash">;

/** Texts that are not used are left out. */
export async function habitsOf(
  db: Db,
  accountId: number,
  texts: readonly string[],
  seconds: number,
  widestSeconds: number,
): Promise<TextUses[]> {
  const { rows } = await sql<TextUses>`
    select text_hash as "textHash", count(*)::integer as uses, count(seconds)::integer as answers,
      count(*) filter (where seconds <= ${seconds})::integer as "withinSeconds",
      count(distinct person) filter (where seconds <= ${seconds})::integer as persons,
      count(distinct person) filter (where seconds <= ${widestSeconds})::integer as "widestPersons",
      percentile_cont(0.5) within group (order by seconds) as "medianSeconds", max(at) as "lastUsedAt"
    from (
      select person collate "C" as person, at, staff, text_hash, extract(epoch from at - max(at) filter (where not staff)
        over (partition by person order by at, staff rows unbounded preceding))::float8 as seconds
      from reply_message
      where account_id = ${accountId} and person = any(array(
        select distinct person from reply_message
        where account_id = ${accountId} and staff and text_hash = any(${texts}::text[])))
    ) as m
    where staff and text_hash = any(${texts}::text[])
    group by text_hash`.execute(db);
  return rows.map((row) => ({
    ...row,
    medianSeconds: row.medianSeconds === null ? null : Math.round(row.medianSeconds),
  }));
}

/** Staff texts that the persons got at `from` or later. */
export async function textsSentTo(
  db: Db,
  accountId: number,
  persons: readonly string[],
  from: Date,
): Promise<string[]> {
  const rows = await db
    .selectFrom("reply_message")
    .select("text_hash")
    .distinct()
    .where("account_id", "=", accountId)
    .where("person", "=", sql<string>`any(${persons}::text[])`)
    .where("staff", "=", true)
    .where("at", ">=", from)
    .execute();
  return rows.map((row) => row.text_hash);
}

export async function personsWhoGot(db: Db, accountId: number, texts: readonly string[]): Promise<string[]> {
  if (texts.length === 0) return [];
  const rows = await db
    .selectFrom("reply_message")
    .select("person")
    .distinct()
    .where("account_id", "=", accountId)
    .where("staff", "=", true)
    .where("text_hash", "=", sql<string>`any(${texts}::text[])`)
    .execute();
  return rows.map((row) => row.person);
}

export interface StoredGreeting {
  textHash: string;
  /** As it was learned. */
  automatic: boolean;
  /** Names the rules that it was learned by; null = not learned yet. */
  learnedBy: string | null;
  decided: boolean | null;
  lastUsedAt: Date | null;
}

export async function storedGreetings(db: Db, accountId: number, texts: readonly string[]): Promise<StoredGreeting[]> {
  return await db
    .selectFrom("reply_greeting")
    .select(["text_hash as textHash", "automatic", "learned_by as learnedBy", "decided", "last_used_at as lastUsedAt"])
    .where("account_id", "=", accountId)
    .where("text_hash", "=", sql<string>`any(${texts}::text[])`)
    .execute();
}

/** Texts of which `learnedBy` does not name the rules that they were learned by. */
export async function textsLearnedOtherwise(db: Db, accountId: number, learnedBy: string): Promise<string[]> {
  const rows = await db
    .selectFrom("reply_greeting")
    .select("text_hash")
    .where("account_id", "=", accountId)
    .where("learned_by", "is distinct from", learnedBy)
    .execute();
  return rows.map((row) => row.text_hash);
}

export interface LearnedGreeting extends Omit<TextUses, "widestPersons"> {
  automatic: boolean;
  learnedBy: string;
}

export async function saveLearned(db: Db, accountId: number, greetings: readonly LearnedGreeting[]): Promise<void> {
  await upsertChanged(
    db,
    GREETING,
    greetings.map((greeting) => ({
      account_id: accountId,
      text_hash: greeting.textHash,
      automatic: greeting.automatic,
      learned_by: greeting.learnedBy,
      persons: greeting.persons,
      uses: greeting.uses,
      answers: greeting.answers,
      within_seconds: greeting.withinSeconds,
      median_seconds: greeting.medianSeconds,
      last_used_at: greeting.lastUsedAt,
    })),
  );
}

/** What somebody says of a text, known or not; null leaves it to what is learned. Answers its id. */
export async function decideText(
  db: Db,
  account: { id: number; code: string },
  textHash: string,
  decided: boolean | null,
  author: Author,
): Promise<number> {
  const unused = { automatic: false, persons: 0, uses: 0, answers: 0, within_seconds: 0 };
  const values = { decided, decided_by: decided === null ? null : author.actor };
  const { id } = await db
    .insertInto("reply_greeting")
    .values({ account_id: account.id, text_hash: textHash, ...unused, ...values })
    .onConflict((conflict) => conflict.columns(["account_id", "text_hash"]).doUpdateSet(values))
    .returning("id")
    .executeTakeFirstOrThrow();
  const detail = { account: account.code, automatic: decided };
  await writeAudit(db, { ...author, subject: `greeting ${id}`, detail });
  return id;
}

export interface ListedGreeting {
  id: number;
  account: string;
  /** Whether it counts as automatic, by decision or learned. */
  automatic: boolean;
  learned: boolean;
  decided: boolean | null;
  decidedBy: string | null;
  uses: number;
  persons: number;
  /** Share of the uses after a message that came within the rule's seconds; null = there was none. */
  fastShare: number | null;
  medianSeconds: number | null;
  lastUsedAt: Date | null;
}

/** Of those that came within seconds so often that it might be learned. */
const LISTED_PERSONS = 2;

/** What counts as automatic, what somebody decided about and what comes near, by account, the most used first. */
export async function listGreetings(db: Db, account?: string): Promise<ListedGreeting[]> {
  return await db
    .selectFrom("reply_greeting as g")
    .innerJoin("account as a", "a.id", "g.account_id")
    .select(["g.id", "a.code as account", "g.automatic as learned", "g.decided", "g.decided_by as decidedBy"])
    .select(["g.uses", "g.persons", "g.median_seconds as medianSeconds", "g.last_used_at as lastUsedAt"])
    .select((eb) => eb.fn.coalesce("g.decided", "g.automatic").as("automatic"))
    .select(sql<number | null>`g.within_seconds::float / nullif(g.answers, 0)`.as("fastShare"))
    .where((eb) =>
      eb.or([eb("g.automatic", "=", true), eb("g.decided", "is not", null), eb("g.persons", ">=", LISTED_PERSONS)]),
    )
    .$if(account !== undefined, (query) => query.where("a.code", "=", account ?? ""))
    .orderBy("a.code")
    .orderBy("g.uses", "desc")
    .orderBy("g.id")
    .execute();
}

export async function findGreeting(db: Db, id: number): Promise<{ account: string; textHash: string } | null> {
  const row = await db
    .selectFrom("reply_greeting as g")
    .innerJoin("account as a", "a.id", "g.account_id")
    .select(["a.code as account", "g.text_hash as textHash"])
    .where("g.id", "=", id)
    .executeTakeFirst();
  return row ?? null;
}
