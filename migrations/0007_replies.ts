import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table hash_key (
      single boolean primary key default true check (single),
      key text not null
    )`.execute(db);
  await sql`comment on column hash_key.key is 'sealed; persons and staff texts are stored as HMAC-SHA256 under it'`.execute(
    db,
  );

  await sql`
    create table holiday_year (
      year integer primary key check (year between 2000 and 2100),
      document jsonb not null,
      imported_at timestamptz not null
    )`.execute(db);

  await sql`
    create table reply_channel (
      account_id integer not null references account (id),
      channel text not null check (channel in ('comment', 'message')),
      state text check (state in ('measurable', 'absent', 'hidden')),
      code text,
      since timestamptz,
      until timestamptz,
      checked_at timestamptz,
      primary key (account_id, channel)
    ) with (fillfactor = 50)`.execute(db);
  await sql`comment on column reply_channel.state is 'null: not known yet'`.execute(db);
  await sql`comment on column reply_channel.since is 'message: records are covered from here on'`.execute(db);
  await sql`comment on column reply_channel.until is 'last complete look'`.execute(db);
  await sql`comment on column reply_channel.checked_at is 'when an absent or silent channel was last examined'`.execute(
    db,
  );

  await sql`
    create table comment_look (
      account_id integer not null,
      msgid text not null,
      looked_at timestamptz,
      found integer,
      code text,
      primary key (account_id, msgid),
      foreign key (account_id, msgid) references article (account_id, msgid)
    ) with (fillfactor = 50)`.execute(db);
  await sql`comment on column comment_look.looked_at is 'null: the last look failed and is made up for at the next visit'`.execute(
    db,
  );
  await sql`comment on column comment_look.found is 'comments in the last complete look; null: none was possible'`.execute(
    db,
  );

  await sql`
    create table reply_message (
      account_id integer not null references account (id),
      person text not null,
      at timestamptz not null,
      staff boolean not null,
      text_hash text not null default '',
      length integer,
      question boolean,
      primary key (account_id, person, at, staff, text_hash)
    )`.execute(db);
  await sql`comment on column reply_message.text_hash is 'keyed; of staff only, empty for citizens'`.execute(db);
  await sql`create index reply_message_text on reply_message (account_id, text_hash) where staff`.execute(db);
  await sql`create index reply_message_citizen on reply_message (account_id, at) where not staff`.execute(db);

  await sql`
    create table reply_greeting (
      id bigint generated always as identity primary key,
      account_id integer not null references account (id),
      text_hash text not null,
      automatic boolean not null,
      learned_by text,
      decided boolean,
      decided_by text,
      persons integer not null,
      uses integer not null,
      answers integer not null default 0,
      within_seconds integer not null,
      median_seconds integer,
      last_used_at timestamptz,
      unique (account_id, text_hash)
    )`.execute(db);
  await sql`comment on column reply_greeting.automatic is 'learned'`.execute(db);
  await sql`comment on column reply_greeting.learned_by is 'rules that it was learned by; null: not yet'`.execute(db);
  await sql`comment on column reply_greeting.answers is 'uses after a message of the person'`.execute(db);
  await sql`comment on column reply_greeting.decided is 'said by somebody; overrules what was learned'`.execute(db);
  await sql`comment on column reply_greeting.within_seconds is 'uses within the rule set''s seconds after a message'`.execute(
    db,
  );

  await sql`
    create table reply_case (
      id bigint generated always as identity primary key,
      account_id integer not null references account (id),
      channel text not null check (channel in ('comment', 'message')),
      received_at timestamptz not null,
      person text,
      msgid text,
      comment_id text,
      length integer not null,
      question boolean not null,
      first_reply_at timestamptz,
      vanished_at timestamptz,
      excluded_at timestamptz,
      excluded_reason text,
      first_seen_at timestamptz not null,
      warn_at timestamptz,
      amber_at timestamptz,
      red_at timestamptz,
      due_at timestamptz,
      working_seconds integer,
      working_days integer,
      judged_by text
    )`.execute(db);
  await sql`comment on column reply_case.judged_by is 'calendar and rules that the columns before were computed with'`.execute(
    db,
  );
  await sql`create unique index reply_case_comment on reply_case (account_id, comment_id, received_at)
    where channel = 'comment'`.execute(db);
  await sql`create unique index reply_case_message on reply_case (account_id, person, received_at)
    where channel = 'message'`.execute(db);
  await sql`create index reply_case_received on reply_case (received_at)
    include (account_id, channel, first_reply_at, question, due_at)
    where vanished_at is null and excluded_at is null`.execute(db);
  await sql`create index reply_case_waiting on reply_case (account_id, received_at)
    where question and first_reply_at is null and vanished_at is null and excluded_at is null`.execute(db);
  // Without it each account's count of the last 30 days reads all its cases.
  await sql`create index reply_case_account on reply_case (account_id, received_at)`.execute(db);
  await sql`create index reply_case_judged on reply_case (account_id, judged_by)`.execute(db);
  await sql`create index reply_case_open on reply_case (account_id, msgid) include (channel, question, due_at)
    where first_reply_at is null and vanished_at is null and excluded_at is null`.execute(db);
  await sql`create index reply_case_article on reply_case (account_id, msgid)
    where channel = 'comment' and vanished_at is null`.execute(db);

  await sql`
    create table reply_percentile (
      scope text not null check (scope in ('account', 'department', 'county')),
      code text not null,
      clock text not null check (clock in ('calendar', 'working')),
      cases integer not null,
      p50_seconds double precision,
      p50_over_seconds double precision,
      p90_seconds double precision,
      p90_over_seconds double precision,
      as_of timestamptz not null,
      primary key (scope, code, clock)
    ) with (fillfactor = 50)`.execute(db);
  await sql`comment on column reply_percentile.p50_over_seconds is 'where too few are answered yet: longer than this'`.execute(
    db,
  );
}
