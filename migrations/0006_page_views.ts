import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table publication add column first_updated_at timestamptz`.execute(db);
  await sql`comment on column publication.first_updated_at is 'its publication: the update time before the first edit; null while none was seen'`.execute(
    db,
  );

  await sql`
    create or replace view v_account as
    select a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
      a.platform, a.kind, a.lifecycle, a.rule_set,
      c.last_published_at, c.publish_deadline_at,
      c.articles_7d, c.articles_30d, c.readers_7d, c.readers_30d, c.likes_30d, c.followers,
      null::integer as open_cases, null::integer as overdue_cases,
      c.data_until as statistics_as_of, null::timestamptz as replies_as_of,
      v.error_code as last_error_code, v.error_reason as last_error_reason,
      c.last_notified_at, p.principal, p.verified, p.verification_expires_at
    from account a
    join department d on d.code = a.department_code
    left join account_current c on c.account_id = a.id
    left join profile p on p.account_id = a.id
    left join visit v on v.account_id = a.id and v.collector = 'statistics'`.execute(db);

  // Without the page's word the list of publications tells the second; either as long as it names the same day.
  await sql`
    create or replace view v_article as
    select a.code as account, a.department_code as department, r.msgid as article, r.title, r.url, r.publish_date,
      case
        when r.published_at is null then listed.updated_at
        when (r.published_at at time zone 'Asia/Shanghai')::date = r.publish_date then r.published_at
      end as published_at, r.notified, r.form, r.original,
      r.state, r.first_seen_at,
      t.readers, t.sharers, t.likes, t.zaikan, t.comments, t.favourites, t.finish_rate, t.stat_date as as_of,
      r.length, r.images, r.state_reason, r.page_fetched_at as state_as_of
    from article r
    join account a on a.id = r.account_id
    left join lateral (
      select min(least(p.first_updated_at, p.updated_at)) as updated_at from publication p
      where p.account_id = r.account_id and p.msgid = r.msgid
        and (least(p.first_updated_at, p.updated_at) at time zone 'Asia/Shanghai')::date = r.publish_date
    ) listed on true
    left join lateral (
      select * from article_day
      where account_id = r.account_id and msgid = r.msgid
      order by stat_date desc limit 1
    ) t on true`.execute(db);

  // Lists of what was published without notice may lag behind the statistics in their dates, so only these count here.
  await sql`
    create or replace view v_account_day as
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
      where account_id = days.account_id and publish_date = days.stat_date and in_statistics
    ) published
    cross join lateral (select coalesce(c.state = 'final', false) as final) covered
    cross join lateral (select final and s.account_id is null as nothing) silent`.execute(db);

  await sql`
    create view v_api_quota as
    select a.code as account, a.department_code as department, b.api, b.day, b.daily_limit, b.used, b.used_by_others,
      b.closed_until, b.closed_code, b.asked_at
    from api_budget b
    join account a on a.app_id = b.app_id and a.lifecycle <> 'closed'`.execute(db);
  await sql`grant select on v_api_quota to govmatrix_reader`.execute(db);
}
