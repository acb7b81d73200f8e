import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table account_day (
      account_id integer not null references account (id),
      stat_date date not null,
      articles_published integer,
      readers integer,
      sharers integer,
      likes integer,
      zaikan integer,
      comments integer,
      favourites integer,
      first_seen_at timestamptz not null,
      primary key (account_id, stat_date)
    )`.execute(db);

  await sql`
    create table article (
      account_id integer not null references account (id),
      msgid text not null,
      publish_date date not null,
      title text,
      url text,
      notified boolean,
      first_seen_at timestamptz not null,
      primary key (account_id, msgid)
    )`.execute(db);
  await sql`comment on column article.msgid is 'unique within its account only'`.execute(db);
  await sql`create index article_publish_date on article (account_id, publish_date)`.execute(db);

  await sql`
    create table article_day (
      account_id integer not null,
      msgid text not null,
      stat_date date not null,
      readers integer,
      sharers integer,
      likes integer,
      zaikan integer,
      comments integer,
      favourites integer,
      new_followers integer,
      praise_fen integer,
      delivery_rate real,
      finish_rate real,
      average_read_seconds real,
      primary key (account_id, msgid, stat_date),
      foreign key (account_id, msgid) references article (account_id, msgid)
    )`.execute(db);
  await sql`comment on table article_day is 'totals from publication to the end of stat_date: never to be summed'`.execute(
    db,
  );

  await sql`
    create table followers (
      account_id integer not null references account (id),
      stat_date date not null,
      followers integer,
      gained integer,
      lost integer,
      primary key (account_id, stat_date)
    )`.execute(db);

  const windows = ["1d", "7d", "30d"].flatMap((window) =>
    ["articles", "readers", "sharers", "likes", "zaikan", "comments", "favourites"].map(
      (figure) => sql`${sql.ref(`${figure}_${window}`)} bigint`,
    ),
  );
  await sql`
    create table account_current (
      account_id integer primary key references account (id),
      data_until timestamptz,
      last_published_at timestamptz,
      publish_deadline_at timestamptz,
      window_end date,
      ${sql.join(windows)},
      followers integer,
      sparse boolean not null default false
    ) with (fillfactor = 50)`.execute(db);
  await sql`comment on column account_current.sparse is 'answers lack days of the curves, so each day is asked for'`.execute(
    db,
  );
}
