import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table department (
      code text primary key check (code ~ '^[a-z0-9-]{1,40}$'),
      name text not null
    )`.execute(db);

  await sql`
    create table account (
      id integer generated always as identity primary key,
      code text not null unique check (code ~ '^[a-z0-9-]{1,40}$'),
      department_code text not null references department (code),
      name text not null,
      platform text not null,
      kind text check (kind in ('subscription', 'service')),
      app_id text not null,
      original_id text,
      lifecycle text not null
        check (lifecycle in ('planned', 'filed', 'running', 'rectifying', 'closing', 'closed')),
      rule_set text not null,
      contact_name text,
      contact_channel text,
      contact_target text,
      opened_on date,
      created_at timestamptz not null
    )`.execute(db);
  // A closed account keeps its history; its successor may carry the same AppID.
  await sql`create unique index account_app_id on account (platform, app_id) where lifecycle <> 'closed'`.execute(db);
  await sql`create index account_department on account (department_code)`.execute(db);

  await sql`
    create table credential (
      account_id integer primary key references account (id),
      app_secret text not null,
      updated_at timestamptz not null
    )`.execute(db);
  await sql`comment on column credential.app_secret is 'sealed with the master key'`.execute(db);

  await sql`
    create table audit (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      actor text not null,
      action text not null,
      subject text not null,
      detail jsonb not null default '{}'
    )`.execute(db);
}
