import { type Kysely, sql } from "kysely";

const comment = (db: Kysely<unknown>, column: string, text: string) =>
  sql`comment on column ${sql.raw(column)} is ${sql.lit(text)}`.execute(db);

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table alert_episode (
      id bigint generated always as identity primary key,
      alert text not null,
      account_id integer references account (id),
      subject text not null default '',
      severity text not null check (severity in ('info', 'warning', 'critical')),
      firing text[] not null,
      started_at timestamptz not null,
      seen_at timestamptz not null,
      unsupported_since timestamptz,
      ended_at timestamptz
    ) with (fillfactor = 50)`.execute(db);
  await sql`
    create unique index alert_episode_open on alert_episode (alert, account_id, subject) nulls not distinct
    where ended_at is null`.execute(db);
  await sql`create index alert_episode_started on alert_episode (started_at)`.execute(db);
  await comment(
    db,
    "alert_episode.subject",
    "what tells alerts without an account apart, such as a channel; else empty",
  );
  await comment(db, "alert_episode.severity", "of the newest event");
  await comment(db, "alert_episode.firing", "levels that fire as far as Alertmanager told");
  await comment(db, "alert_episode.seen_at", "when Alertmanager last told of it");
  await comment(
    db,
    "alert_episode.unsupported_since",
    "the data no longer support it, though nobody said that it is over",
  );

  await sql`
    create table alert_event (
      id bigint generated always as identity primary key,
      episode_id bigint not null references alert_episode (id) on delete cascade,
      kind text not null check (kind in ('fired', 'changed', 'resolved')),
      severity text not null check (severity in ('info', 'warning', 'critical')),
      at timestamptz not null,
      routed_at timestamptz
    )`.execute(db);
  await sql`create index alert_event_episode on alert_event (episode_id, id)`.execute(db);
  await sql`create index alert_event_unrouted on alert_event (id) where routed_at is null`.execute(db);
  await comment(db, "alert_event.severity", "the new level; of what is resolved the last one");

  await sql`
    create table digest (
      day date primary key,
      as_of timestamptz,
      made_at timestamptz not null
    )`.execute(db);
  await comment(db, "digest.as_of", "the data of every account that can be seen reach at least up to here");

  await sql`
    create table notification (
      id bigint generated always as identity primary key,
      event_id bigint references alert_event (id) on delete cascade,
      digest_day date references digest (day) on delete cascade,
      sheet jsonb,
      recipient text not null,
      hops jsonb not null,
      hop smallint not null default 0,
      channel text not null,
      address text not null default '',
      state text not null default 'pending'
        check (state in ('pending', 'delivered', 'unsupported', 'inhibited', 'superseded')),
      created_at timestamptz not null,
      next_at timestamptz not null,
      settled_at timestamptz,
      check ((event_id is null) <> (digest_day is null)),
      check ((digest_day is null) = (sheet is null)),
      unique (event_id, recipient),
      unique (digest_day, recipient)
    ) with (fillfactor = 50)`.execute(db);
  await sql`
    create index notification_waiting on notification (channel, address, id)
    where settled_at is null`.execute(db);
  await comment(db, "notification.sheet", "what a digest says");
  await comment(db, "notification.hops", "channels and whom to mention there, tried in this order");
  await comment(db, "notification.hop", "index of the hop that it waits for or was delivered by");
  await comment(db, "notification.address", "of a channel with addresses of its own, such as mail; else empty");
  await comment(db, "notification.state", "unsupported and inhibited ones are looked at again while their level fires");

  await sql`
    create table notification_target (
      channel text not null,
      address text not null default '',
      failures integer not null default 0,
      failed_at timestamptz,
      reason text,
      next_at timestamptz not null,
      lease_id uuid,
      leased_until timestamptz,
      primary key (channel, address)
    ) with (fillfactor = 50)`.execute(db);
  await comment(db, "notification_target.failures", "sends that failed since the last one that succeeded");
  await comment(db, "notification_target.reason", "of the last failure");

  await sql`
    create table notification_send (
      id bigint generated always as identity primary key,
      channel text not null,
      address text not null default '',
      at timestamptz not null
    )`.execute(db);
  await sql`create index notification_send_at on notification_send (channel, address, at)`.execute(db);

  await sql`
    create table alert_watchdog (
      single boolean primary key default true check (single),
      seen_at timestamptz not null
    )`.execute(db);
  await comment(db, "alert_watchdog.seen_at", "when Alertmanager last showed that it is alive");
}
