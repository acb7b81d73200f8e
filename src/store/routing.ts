import { type Kysely, sql } from "kysely";
import type { Hop, Severity } from "../model.ts";
import type { EventKind } from "./alertTables.ts";
import { boundedTransaction } from "./bounded.ts";
import type { Database } from "./database.ts";
import type { Db } from "./upsert.ts";

/** Any number will do as long as it stays: it names this lock among all advisory locks of the database. */
const ROUTING_LOCK = 7_261_033_120;

export interface UnroutedEvent {
  event: number;
  episode: number;
  alert: string;
  subject: string;
  kind: EventKind;
  severity: Severity;
  account: {
    code: string;
    department: string;
    contactChannel: string | null;
    contactTarget: string | null;
  } | null;
}

export interface NewNotification {
  event: number;
  recipient: string;
  hops: readonly Hop[];
  channel: string;
  address: string;
}

/**
 * One notifier at a time: whom an event goes to depends on whom the earlier ones of its episode went to. False when
 * another is at it.
 */
export async function whileRouting(db: Kysely<Database>, work: (trx: Db) => Promise<void>): Promise<boolean> {
  return await boundedTransaction(db, async (trx) => {
    const { rows } = await sql<{ mine: boolean }>`
      select pg_try_advisory_xact_lock(${ROUTING_LOCK}::bigint) as mine`.execute(trx);
    if (rows[0]?.mine) await work(trx);
    return rows[0]?.mine ?? false;
  });
}

/** In the order in which they happened. */
export async function unroutedEvents(db: Db, limit: number): Promise<UnroutedEvent[]> {
  const rows = await db
    .selectFrom("alert_event as e")
    .innerJoin("alert_episode as p", "p.id", "e.episode_id")
    .leftJoin("account as a", "a.id", "p.account_id")
    .select(["e.id as event", "p.id as episode", "p.alert", "p.subject", "e.kind", "e.severity"])
    .select(["a.code", "a.department_code as department"])
    .select(["a.contact_channel as contactChannel", "a.contact_target as contactTarget"])
    .where("e.routed_at", "is", null)
    .orderBy("e.id")
    .limit(limit)
    .execute();
  return rows.map(({ code, department, contactChannel, contactTarget, ...event }) => ({
    ...event,
    account: code === null || department === null ? null : { code, department, contactChannel, contactTarget },
  }));
}

/** Of each episode, to whom anything of it went, and by which hops the last time. */
export async function routedBefore(
  db: Db,
  episodes: readonly number[],
): Promise<{ episode: number; recipient: string; hops: Hop[] }[]> {
  return await db
    .selectFrom("notification as n")
    .innerJoin("alert_event as e", "e.id", "n.event_id")
    .distinctOn(["e.episode_id", "n.recipient"])
    .select(["e.episode_id as episode", "n.recipient", "n.hops"])
    .where("e.episode_id", "=", sql<number>`any(${[...episodes]}::bigint[])`)
    .orderBy("e.episode_id")
    .orderBy("n.recipient")
    .orderBy("n.id", "desc")
    .execute();
}

export async function insertNotifications(db: Db, rows: readonly NewNotification[], now: Date): Promise<void> {
  await sql`
    insert into notification (event_id, recipient, hops, channel, address, created_at, next_at)
    select event, recipient, hops, channel, address, ${now}::timestamptz, ${now}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}) as r (
      event bigint, recipient text, hops jsonb, channel text, address text)
    order by event
    on conflict do nothing`.execute(db);
}

export async function markRouted(db: Db, events: readonly number[], now: Date): Promise<void> {
  await db
    .updateTable("alert_event")
    .set({ routed_at: now })
    .where("id", "=", sql<number>`any(${[...events]}::bigint[])`)
    .execute();
}
