import { type RawBuilder, sql } from "kysely";
import type { Hop, NotificationState, Severity } from "../model.ts";
import type { EventKind } from "./alertTables.ts";
import type { HeldTarget, TargetKey } from "./targets.ts";
import type { Db } from "./upsert.ts";

/** More never fits in one window; the rest follows. */
const WAITING_AT_A_TIME = 2_000;

export interface WaitingEvent {
  kind: EventKind;
  severity: Severity;
  /** Nothing happened in its episode since. */
  newest: boolean;
  /** The recipient was told of the episode before. */
  heard: boolean;
  /** The last that the recipient heard of the episode is the same level. */
  repeats: boolean;
  /** What the recipient is to be told of the episode before still waits for another target. */
  overtakes: boolean;
  episode: number;
  alert: string;
  accountId: number | null;
  subject: string;
  startedAt: Date;
  endedAt: Date | null;
}

/** What waits for a target: news of an episode, or the sheet of a digest. */
export interface Waiting {
  id: number;
  recipient: string;
  hops: Hop[];
  hop: number;
  state: NotificationState;
  createdAt: Date;
  event: WaitingEvent | null;
  /** Of a digest; null else. */
  sheet: unknown;
  /** The recipient has a sheet of a later day. */
  outdated: boolean;
}

/** A notification that waits for another target from now on. */
export interface Move extends TargetKey {
  id: number;
  hops: readonly Hop[];
  hop: number;
}

const isWaiting = sql<boolean>`n.settled_at is null`;

/** Those first for which somebody waits longest. */
export async function waitingTargets(db: Db, now: Date): Promise<TargetKey[]> {
  const { rows } = await sql<TargetKey>`
    select n.channel, n.address from notification n
    where ${isWaiting} and n.next_at <= ${now}
    group by n.channel, n.address
    order by min(n.id)`.execute(db);
  return rows;
}

type Row = Omit<Waiting, "event"> & WaitingEvent & { eventId: number | null };

/** In the order in which they were made. */
export async function waitingFor(db: Db, { channel, address }: TargetKey, now: Date): Promise<Waiting[]> {
  const earlier = (condition: RawBuilder<unknown>) => sql`exists (
    select from notification o join alert_event oe on oe.id = o.event_id
    where oe.episode_id = p.id and oe.id < e.id and o.recipient = n.recipient and ${condition})`;
  const { rows } = await sql<Row>`
    select n.id, n.recipient, n.hops, n.hop, n.state, n.created_at as "createdAt", n.sheet, n.event_id as "eventId",
      exists (
        select from digest l join notification ln on ln.digest_day = l.day and ln.recipient = n.recipient
        where l.day > n.digest_day) as outdated,
      e.kind, e.severity, p.id as episode, p.alert, p.account_id as "accountId", p.subject,
      p.started_at as "startedAt", p.ended_at as "endedAt",
      not exists (select from alert_event l where l.episode_id = p.id and l.id > e.id) as newest,
      ${earlier(sql`o.state = 'delivered'`)} as heard,
      e.kind = 'changed' and coalesce((
        select o.state = 'delivered' and oe.severity = e.severity
        from notification o join alert_event oe on oe.id = o.event_id
        where oe.episode_id = p.id and oe.id < e.id and o.recipient = n.recipient and o.tried_at is not null
        order by oe.id desc limit 1), false) as repeats,
      ${earlier(sql`o.state = 'pending' and (o.channel, o.address) <> (n.channel, n.address)`)} as overtakes
    from notification n
    left join alert_event e on e.id = n.event_id
    left join alert_episode p on p.id = e.episode_id
    where n.channel = ${channel} and n.address = ${address} and ${isWaiting} and n.next_at <= ${now}
    order by n.id
    limit ${WAITING_AT_A_TIME}`.execute(db);
  return rows.map(({ id, recipient, hops, hop, state, createdAt, sheet, outdated, eventId, ...event }) => ({
    ...{ id, recipient, hops, hop, state, createdAt, sheet, outdated },
    event: eventId === null ? null : event,
  }));
}

const anyOf = (ids: readonly number[]) => sql<number>`any(${[...ids]}::bigint[])`;
const held = ({ channel, address, leaseId }: HeldTarget) => sql<boolean>`exists (
  select from notification_target
  where channel = ${channel} and address = ${address} and lease_id = ${leaseId})`;

/** Without `nextAt` for ever, else it is looked at again then. */
export async function setAside(
  db: Db,
  target: HeldTarget,
  { ids, state, nextAt, now }: { ids: readonly number[]; state: NotificationState; nextAt: Date | null; now: Date },
): Promise<void> {
  await db
    .updateTable("notification")
    .set({ state, ...(nextAt ? { next_at: nextAt } : { settled_at: now }) })
    .where("id", "=", anyOf(ids))
    .where("settled_at", "is", null)
    .where(held(target))
    .execute();
}

/**
 * Records that a part was accepted. One statement, so that target and notifications say the same. It asks for no lease:
 * what was accepted is delivered, whoever holds the target by now.
 */
export async function saveAccepted(
  db: Db,
  { channel, address }: TargetKey,
  { id, notifications, begun }: { id: string; notifications: readonly number[]; begun: readonly number[] },
  now: Date,
): Promise<void> {
  // The target first, as where a try begins: two that wait for each other would lose one of their records.
  const waitsHere = sql<boolean>`channel = ${channel} and address = ${address} and settled_at is null
    and exists (select from target)`;
  await sql`
    with target as (
      update notification_target set failures = 0, reason = null, next_at = ${now}
      where channel = ${channel} and address = ${address}
      returning channel
    ), begun as (
      update notification set sheet = sheet || jsonb_build_object('accepted', coalesce(sheet -> 'accepted', '[]') || ${JSON.stringify([id])}::jsonb)
      where id = ${anyOf(begun)} and jsonb_typeof(sheet) = 'object' and ${waitsHere})
    update notification set state = 'delivered', settled_at = ${now}
    where id = ${anyOf(notifications)} and ${waitsHere}`.execute(db);
}

export async function moveNotifications(db: Db, target: HeldTarget, moves: readonly Move[]): Promise<void> {
  await sql`
    update notification n set hops = m.hops, hop = m.hop, channel = m.channel, address = m.address
    from json_to_recordset(${JSON.stringify(moves)}) as m (
      id bigint, hops jsonb, hop smallint, channel text, address text)
    where n.id = m.id and n.settled_at is null and ${held(target)}`.execute(db);
}

/** Null = nothing waits. */
export async function oldestPendingAt(db: Db): Promise<Date | null> {
  const row = await db
    .selectFrom("notification")
    .select((eb) => eb.fn.min("created_at").as("at"))
    .where("state", "=", "pending")
    .where("settled_at", "is", null)
    .executeTakeFirst();
  return row?.at ?? null;
}
