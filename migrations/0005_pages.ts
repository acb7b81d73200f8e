import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table article
      add column in_statistics boolean not null default false,
      add column published_at timestamptz,
      add column form text,
      add column original boolean,
      add column length integer,
      add column images integer,
      add column state text not null default 'unknown' check (state in ('ok', 'deleted', 'violation', 'unknown')),
      add column state_reason text,
      add column page_fetched_at timestamptz,
      add column page_due_at timestamptz`.execute(db);
  await sql`comment on column article.in_statistics is 'the statistics list it, so that its publish date is the platform''s own'`.execute(
    db,
  );
  await sql`comment on column article.page_due_at is 'next look at the page; null before the first look and after the last'`.execute(
    db,
  );
  // Until now the statistics were the only source.
  await sql`update article set in_statistics = true`.execute(db);
  await sql`
    create index article_page_due on article (account_id, publish_date desc)
    where page_fetched_at is null or page_due_at is not null`.execute(db);

  await sql`
    create table publication (
      account_id integer not null references account (id),
      object_id text not null,
      position smallint not null,
      title text,
      url text,
      updated_at timestamptz not null,
      deleted boolean not null,
      msgid text,
      first_seen_at timestamptz not null,
      page_tried_at timestamptz,
      primary key (account_id, object_id, position)
    )`.execute(db);
  await sql`comment on column publication.msgid is 'null until its link, or the page behind a short one, says it'`.execute(
    db,
  );
  await sql`create index publication_msgid on publication (account_id, msgid)`.execute(db);

  await sql`
    create table profile (
      account_id integer primary key references account (id),
      name text,
      principal text,
      verified boolean,
      verification_expires_at timestamptz,
      fetched_at timestamptz not null
    )`.execute(db);

  await sql`
    alter table api_budget
      add column used_by_others integer,
      add column asked_at timestamptz`.execute(db);
  await sql`comment on column api_budget.used_by_others is 'calls that the platform counts and that were not ours, at asked_at'`.execute(
    db,
  );

  await sql`
    create table page_bucket (
      single boolean primary key default true check (single),
      next_at timestamptz not null,
      closed_until timestamptz,
      closed_code text
    ) with (fillfactor = 50)`.execute(db);

  await sql`
    create table raw_answer (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      account_id integer references account (id),
      platform text not null,
      api text not null,
      fault text not null,
      bytes integer not null,
      body text not null
    )`.execute(db);
  await sql`comment on column raw_answer.body is 'without personal data'`.execute(db);
  await sql`create index raw_answer_at on raw_answer (at)`.execute(db);

  // A visit without an account is one to the installation itself.
  await sql`alter table visit drop constraint visit_pkey`.execute(db);
  await sql`alter table visit alter column account_id drop not null`.execute(db);
  await sql`create unique index visit_key on visit (account_id, collector) nulls not distinct`.execute(db);

  await sql`alter table account_current add column last_notified_at timestamptz`.execute(db);
}
