import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table token (
      app_id text primary key,
      token text,
      expires_at timestamptz,
      refreshing_until timestamptz,
      failed_at timestamptz,
      failed_code text
    ) with (fillfactor = 50)`.execute(db);
  await sql`comment on column token.token is 'sealed with the master key'`.execute(db);

  await sql`
    create table api_budget (
      app_id text not null,
      api text not null,
      day date not null,
      used integer not null default 0,
      daily_limit integer,
      closed_until timestamptz,
      closed_code text,
      primary key (app_id, api, day)
    ) with (fillfactor = 50)`.execute(db);

  await sql`
    create table visit (
      account_id integer not null references account (id),
      collector text not null,
      next_due_at timestamptz not null,
      epoch integer not null default 0,
      lease_id uuid,
      leased_until timestamptz,
      delays integer not null default 0,
      failures integer not null default 0,
      started_at timestamptz,
      finished_at timestamptz,
      succeeded_at timestamptz,
      error_code text,
      error_reason text,
      error_detail text,
      primary key (account_id, collector)
    ) with (fillfactor = 50)`.execute(db);

  await sql`
    create table coverage (
      account_id integer not null references account (id),
      collector text not null,
      part text not null,
      day date not null,
      state text not null check (state in ('final', 'provisional', 'failed', 'unavailable')),
      code text,
      fetched_at timestamptz not null,
      age smallint,
      primary key (account_id, collector, part, day)
    )`.execute(db);
  await sql`create index coverage_summary_day on coverage (day) where part = 'summary'`.execute(db);

  await sql`
    create table planner (
      single boolean primary key default true check (single),
      ticked_at timestamptz not null
    ) with (fillfactor = 50)`.execute(db);
}
