import { type Kysely, sql } from "kysely";

const comment = (db: Kysely<unknown>, column: string, text: string) =>
  sql`comment on column ${sql.raw(column)} is ${sql.lit(text)}`.execute(db);

const TODAY = "(now() at time zone 'Asia/Shanghai')::date";
const FIGURES = ["readers", "sharers", "likes", "zaikan", "comments", "favourites"];
const FOLLOWERS = ["followers", "gained", "lost"];
const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const FORMS = {
  ...{ article: "图文", picture: "图片", video: "视频", audio: "音频", text: "纯文字", repost: "转载", other: "其他" },
};
/** As clerks call the parts of a visit. */
const PARTS = {
  ...{ summary: "每日汇总", articles: "文章数据", followers: "用户数据", list: "发布列表", quota: "接口额度" },
  ...{ account: "账号信息", pages: "文章页面", comments: "留言", messages: "私信", messageDays: "私信总数" },
  walk: "历史发布",
};
const PARTS_NAMED = Object.entries(PARTS)
  .map(([code, name]) => `('${code}', '${name}')`)
  .join(", ");

export async function up(db: Kysely<unknown>): Promise<void> {
  // As before, but by one pass over an account's rows: the joins read everybody's days before one account was chosen.
  await sql`
    create or replace view v_account_day as
    select a.code as account, a.department_code as department, d.stat_date,
      coalesce(d.articles_published, case when d.final and d.listed then published.articles end) as articles_published,
      ${sql.raw(FIGURES.map((name) => `case when d.final and not d.told then 0 else d.${name} end as ${name}`).join(", "))},
      d.followers, d.gained as followers_gained, d.lost as followers_lost,
      not d.final as provisional
    from account a
    cross join lateral (
      select stat_date, max(articles_published) as articles_published,
        ${sql.raw([...FIGURES, ...FOLLOWERS].map((name) => `max(${name}) as ${name}`).join(", "))},
        bool_or(source = 'told') as told, bool_or(source = 'summary') as final, bool_or(source = 'articles') as listed
      from (
        select 'told' as source, stat_date, articles_published, ${sql.raw(FIGURES.join(", "))},
          ${sql.raw(FOLLOWERS.map((name) => `null::integer as ${name}`).join(", "))}
        from account_day
        where account_id = a.id
        union all
        select 'followers', stat_date, null, ${sql.raw(FIGURES.map(() => "null").join(", "))},
          ${sql.raw(FOLLOWERS.join(", "))}
        from followers
        where account_id = a.id
        union all
        select part, day, null, ${sql.raw([...FIGURES, ...FOLLOWERS].map(() => "null").join(", "))}
        from coverage
        where account_id = a.id and collector = 'statistics' and part in ('summary', 'articles') and state = 'final'
      ) known
      group by stat_date
      having bool_or(source <> 'articles')
    ) d
    cross join lateral (
      select count(*)::integer as articles from article
      where account_id = a.id and publish_date = d.stat_date and in_statistics
    ) published`.execute(db);

  // As v_publishing_day has them, but from the account on: its weeks are found without everybody's days.
  await sql`
    create view v_publishing_calendar as
    select account, department, week,
      ${sql.raw(WEEKDAYS.map((name, index) => `max(articles) filter (where weekday = ${index}) as ${name}`).join(", "))}
    from (
      select a.code as account, a.department_code as department, w.week, known.weekday, known.articles
      from account a
      cross join (
        select first.monday + 7 * n as week
        from (
          select min(day) - extract(isodow from min(day))::integer + 1 as monday
          from coverage where collector = 'statistics' and part = 'summary'
        ) first
        cross join generate_series(0, (${sql.raw(TODAY)} - first.monday) / 7) n
      ) w
      cross join lateral (
        select k.day - w.week as weekday, coalesce(s.articles_published, (
          select (select count(*) from article r
            where r.account_id = k.account_id and r.publish_date = k.day and r.in_statistics)
          from coverage l where l.account_id = k.account_id and l.collector = 'statistics' and l.part = 'articles'
            and l.day = k.day and l.state = 'final' and s.articles_published is null))::integer as articles
        from coverage k
        left join account_day s on s.account_id = k.account_id and s.stat_date = k.day
        where k.account_id = a.id and k.collector = 'statistics' and k.part = 'summary' and k.state = 'final'
          and k.day between w.week and w.week + 6
        offset 0
      ) known
    ) d
    group by account, department, week`.execute(db);
  await comment(db, "v_publishing_calendar.week", "its Monday");
  await comment(db, "v_publishing_calendar.monday", "articles of that day; null while it is not complete");

  await sql`
    create view v_article_curve as
    select r.account, r.department, r.article, r.publish_date,
      to_char(r.publish_date, 'MM-DD ') || r.title || case when r.same > 1 then '（' || r.same || '）' else '' end as label,
      t.stat_date, t.stat_date - r.publish_date + 1 as age_days,
      t.readers, t.sharers, t.likes, t.zaikan, t.comments, t.favourites
    from (
      select *, row_number() over (partition by account, publish_date, title order by article) as same
      from (
        select a.code as account, a.department_code as department, r.account_id, r.msgid as article, r.publish_date,
          case when length(r.title) > 16 then left(r.title, 15) || '…' else coalesce(r.title, '（无标题）') end as title
        from article r
        join account a on a.id = r.account_id
      ) r
    ) r
    join article_day t on t.account_id = r.account_id and t.msgid = r.article`.execute(db);
  await comment(db, "v_article_curve.label", "a short name that no other article of the account has within a year");
  await comment(db, "v_article_curve.readers", "total from publication to the end of stat_date, as the other figures");

  await sql`
    create view v_article_reach as
    select v.account, v.department, v.article, v.publish_date, v.published_at,
      extract(hour from v.published_at at time zone 'Asia/Shanghai')::integer as hour, v.form,
      case v.form ${sql.raw(
        Object.entries(FORMS)
          .map(([form, name]) => `when '${form}' then '${name}'`)
          .join(" "),
      )} else '未知' end as form_name,
      case when v.as_of >= v.publish_date + 6 then week.readers end as readers_7d
    from v_article v
    left join lateral (
      select d.readers from v_article_day d
      where d.account = v.account and d.article = v.article and d.stat_date <= v.publish_date + 6
      order by d.stat_date desc limit 1
    ) week on true`.execute(db);
  await comment(
    db,
    "v_article_reach.readers_7d",
    "total at the end of the seventh day, by which articles of any age compare",
  );

  await sql`
    create view v_account_collector as
    select a.code as account, a.department_code as department, v.collector,
      case
        when v.error_code is not null then 'failed'
        when v.succeeded_at is null then 'waiting'
        else 'succeeded'
      end as state,
      v.succeeded_at, v.finished_at, v.next_due_at, v.failures, v.error_code, v.error_reason,
      c.failed_days, c.failed_from, c.failed_until, c.parts_unavailable
    from visit v
    join account a on a.id = v.account_id
    cross join lateral (
      select count(distinct day) filter (where state = 'failed')::integer as failed_days,
        min(day) filter (where state = 'failed') as failed_from,
        max(day) filter (where state = 'failed') as failed_until,
        string_agg(distinct coalesce(named.name, part), '、') filter (where state = 'unavailable' and day >= ${sql.raw(TODAY)} - 6)
          as parts_unavailable
      from coverage
      left join (values ${sql.raw(PARTS_NAMED)}) named (code, name) on named.code = part
      where account_id = v.account_id and collector = v.collector and day >= ${sql.raw(TODAY)} - 29
    ) c`.execute(db);
  await comment(db, "v_account_collector.error_reason", "of the last visit, with what mends it; null: it succeeded");
  await comment(db, "v_account_collector.failed_days", "of the last 30, those that are still missing");
  await comment(db, "v_account_collector.parts_unavailable", "that the platform refused within the last seven days");

  await sql`
    grant select on v_publishing_calendar, v_article_curve, v_article_reach, v_account_collector
    to govmatrix_reader`.execute(db);
}
