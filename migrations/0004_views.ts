import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view v_account as
    select a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
      a.platform, a.kind, a.lifecycle, a.rule_set,
      c.last_published_at, c.publish_deadline_at,
      c.articles_7d, c.articles_30d, c.readers_7d, c.readers_30d, c.likes_30d, c.followers,
      null::integer as open_cases, null::integer as overdue_cases,
      c.data_until as statistics_as_of, null::timestamptz as replies_as_of,
      v.error_code as last_error_code, v.error_reason as last_error_reason
    from account a
    join department d on d.code = a.department_code
    left join account_current c on c.account_id = a.id
    left join visit v on v.account_id = a.id and v.collector = 'statistics'`.execute(db);

  // A day that is final without a row counts as 0: it is final only when its article list is empty too.
  await sql`
    create view v_account_day as
    select a.code as account, a.department_code as department, days.stat_date,
      coalesce(s.articles_published, case when final and listed.state = 'final' then published.articles end)
        as articles_published,
      case when nothing then 0 else s.readers end as readers,
      case when nothing then 0 else s.sharers end as sharers,
      case when nothing then 0 else s.likes end as likes,
      case when nothing then 0 else s.zaikan end as zaikan,
      case when nothing then 0 else s.comments end as comments,
      case when nothing then 0 else s.favourites end as favourites,
      f.followers, f.gained as followers_gained, f.lost as followers_lost,
      not final as provisional
    from (
      select account_id, stat_date from account_day
      union select account_id, stat_date from followers
      union select account_id, day from coverage
        where collector = 'statistics' and part = 'summary' and state = 'final'
    ) days
    join account a on a.id = days.account_id
    left join account_day s on s.account_id = days.account_id and s.stat_date = days.stat_date
    left join followers f on f.account_id = days.account_id and f.stat_date = days.stat_date
    left join coverage c on c.account_id = days.account_id and c.collector = 'statistics'
      and c.part = 'summary' and c.day = days.stat_date
    left join coverage listed on listed.account_id = days.account_id and listed.collector = 'statistics'
      and listed.part = 'articles' and listed.day = days.stat_date
    cross join lateral (
      select count(*)::integer as articles from article
      where account_id = days.account_id and publish_date = days.stat_date
    ) published
    cross join lateral (select coalesce(c.state = 'final', false) as final) covered
    cross join lateral (select final and s.account_id is null as nothing) silent`.execute(db);

  await sql`
    create view v_article as
    select a.code as account, a.department_code as department, r.msgid as article, r.title, r.url, r.publish_date,
      null::timestamptz as published_at, r.notified, null::text as form, null::boolean as original,
      'unknown'::text as state, r.first_seen_at,
      t.readers, t.sharers, t.likes, t.zaikan, t.comments, t.favourites, t.finish_rate, t.stat_date as as_of
    from article r
    join account a on a.id = r.account_id
    left join lateral (
      select * from article_day
      where account_id = r.account_id and msgid = r.msgid
      order by stat_date desc limit 1
    ) t on true`.execute(db);

  await sql`
    create view v_article_day as
    select a.code as account, t.msgid as article, t.stat_date,
      t.readers, t.sharers, t.likes, t.zaikan, t.comments, t.favourites
    from article_day t
    join account a on a.id = t.account_id`.execute(db);

  await sql`
    create view v_department_day as
    select d.department, d.stat_date,
      sum(d.articles_published)::bigint as articles_published, sum(d.readers)::bigint as readers,
      sum(d.sharers)::bigint as sharers, sum(d.likes)::bigint as likes, sum(d.zaikan)::bigint as zaikan,
      sum(d.comments)::bigint as comments, sum(d.favourites)::bigint as favourites,
      sum(d.followers)::bigint as followers, sum(d.followers_gained)::bigint as followers_gained,
      sum(d.followers_lost)::bigint as followers_lost,
      (select count(*)::integer from account a
        where a.department_code = d.department and a.lifecycle in ('running', 'rectifying', 'closing')
          and (a.opened_on is null or a.opened_on <= d.stat_date)) as accounts_expected,
      count(*) filter (where not d.provisional and d.account in (
        select a.code from account a where a.lifecycle in ('running', 'rectifying', 'closing')
          and (a.opened_on is null or a.opened_on <= d.stat_date)))::integer as accounts_covered
    from v_account_day d
    group by d.department, d.stat_date`.execute(db);

  await sql`
    create view v_coverage as
    select a.code as account, c.collector, c.part, c.day, c.state, c.code, c.fetched_at
    from coverage c
    join account a on a.id = c.account_id`.execute(db);

  // Roles belong to the whole server, so another database's migration may have made this one already, even just now.
  await sql`
    do $$
    begin
      if not exists (select from pg_roles where rolname = 'govmatrix_reader') then
        create role govmatrix_reader login connection limit 50;
      end if;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'the database user may not create roles: create role govmatrix_reader first';
    end $$`.execute(db);
  await sql`
    grant select on v_account, v_account_day, v_article, v_article_day, v_department_day, v_coverage
    to govmatrix_reader`.execute(db);
}
