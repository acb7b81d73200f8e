import { type Kysely, sql } from "kysely";

const dayOf = (instant: string) => `((${instant}) at time zone 'Asia/Shanghai')::date`;
const startOf = (day: string) => `(${day})::timestamp at time zone 'Asia/Shanghai'`;
const TODAY = dayOf("now()");
const QUARTER = `date_trunc('quarter', now() at time zone 'Asia/Shanghai')::date`;
/** Where only the day of a publication is known its instant is 24:00, which as an instant belongs to the next day. */
const LAST_DAY = dayOf("c.last_published_at - interval '1 second'");
const JUDGED = "lifecycle in ('running', 'rectifying')";
const VISITED = "lifecycle in ('running', 'rectifying', 'closing')";
/** Once it was judged: what it published while it was stays, also of the closed. */
const WAS_JUDGED = "lifecycle not in ('planned', 'filed')";
/** As the alerts about accounts judge them. */
const STATE = `
  case
    when not a.${JUDGED} then 'unjudged'
    when c.publish_deadline_at is null or c.data_until is null or c.data_until <= now() - interval '60 hours'
      then 'blind'
    when c.publish_deadline_at <= c.data_until then 'passed'
    when c.publish_deadline_at <= now() then 'unproven'
    when c.publish_deadline_at <= now() + interval '4 days' then 'near'
    else 'ok'
  end`;
const STATES = "array['passed', 'unproven', 'near', 'blind', 'ok', 'unjudged']";

/** `1 天 6 小时` of a number of days. */
const lasting = (days: string) => `
  case when ${days} < 1::numeric / 24 then '不足 1 小时' else
    concat_ws(' ', nullif(floor(${days}), 0) || ' 天', nullif(floor(${days} % 1 * 24), 0) || ' 小时') end`;

const FINAL = "k.collector = 'statistics' and k.part = 'summary' and k.state = 'final'";

/** Days of publications since the last one before the quarter, and where what is known begins and ends. */
const EVENTS = `
  select s.stat_date as day from account_day s
    where s.account_id = a.id and s.stat_date >= b.quarter and s.articles_published > 0
  union all select r.publish_date from article r
    where r.account_id = a.id and r.publish_date >= b.quarter and (r.in_statistics or r.published_at is not null)
  union all select greatest(
    (select s.stat_date from account_day s
      where s.account_id = a.id and s.stat_date < b.quarter and s.articles_published > 0
      order by s.stat_date desc limit 1),
    (select max(r.publish_date) from article r
      where r.account_id = a.id and r.publish_date < b.quarter and (r.in_statistics or r.published_at is not null)))
  union all select min(k.day) from coverage k where k.account_id = a.id and ${FINAL}
  union all select ${LAST_DAY}
  union all select b.until`;
/**
 * Days that nobody has seen are no proof of silence: the longest gap of which each day in between is final. From the
 * longest on, gaps are looked at until one is. The bounds are reckoned once, not for each day.
 */
const LONGEST_GAP = `
  select g.days
  from (select ${QUARTER} as quarter, ${dayOf("c.data_until")} as until offset 0) b
  cross join lateral (
    select day, before, day - before as days
    from (select day, lag(day) over (order by day) as before from (${EVENTS}) events) neighbours
    where day > b.quarter and day <= b.until
    order by day - before desc nulls last
    offset 0
  ) g
  where g.days - 1 = (
    select count(*) from coverage k
    where k.account_id = a.id and ${FINAL} and k.day > g.before and k.day < g.day)
  limit 1`;

const COMMENTS = {
  "v_account_risk.days_left": "to the deadline, negative after it; null without one and while blind",
  "v_account_risk.silent_days": "today less the day of the last publication that is known",
  "v_account_risk.longest_gap_days":
    "between publications, up to the newest data; of those that end in the quarter and of which every day is known",
  "v_account_risk.need": "Chinese: what needs a hand; null = nothing",
  "v_account_risk.need_order":
    "1 first; 1, 2 and 5 are about updates, 3 about replies, 4 and 6 about collection; null = nothing",
  "v_account_risk.open_questions": "of open_cases those that need an answer; overdue_cases is part of it",
  "v_account_risk.need_as_of": "what the need is true for: data on replies where they are what it is about",
  "v_publishing_day.complete": "false: articles that are known as yet, the day may have more",
  "v_county_day.articles_published": "of accounts whose day is complete, but of no planned or filed ones",
  "v_county_day.accounts_expected": "running and rectifying ones, and those closing or closed whose day is complete",
  "v_overview.accounts_visited": "those and the closing: whose questions are read",
  "v_overview.accounts": "running and rectifying ones; of them the states but unjudged",
  "v_overview.statistics_as_of": "the oldest of the accounts that are seen",
  "v_overview.accounts_failing": "whose last visit failed, though their data are new enough",
  "v_overview.articles_today": "as far as known: more may have been published",
};

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index account_day_publishing on account_day (account_id, stat_date) where articles_published > 0`.execute(
    db,
  );
  await sql`
    create index article_published on article (account_id, publish_date)
    where in_statistics or published_at is not null`.execute(db);
  // Joins of one aggregate each: who does not ask for their columns does not wait for them.
  await sql`
    create view v_account_risk as
    select j.account, j.account_name, j.department, j.department_name, j.lifecycle, j.rule_set,
      j.state, j.state_order, j.days_left, j.publish_deadline_at, j.last_published_at, j.silent_days,
      j.longest_gap_days, j.articles_7d, j.open_cases, j.overdue_cases, j.statistics_as_of, j.replies_as_of,
      nullif(concat_ws('；',
        case j.state
          when 'passed' then '已超期 ' || ${sql.raw(lasting("(-j.days_left)"))}
          when 'unproven' then '期限已到，数据尚未覆盖，待核实'
          when 'near' then '距超期 ' || ${sql.raw(lasting("j.days_left"))}
          when 'blind' then '采集不到：' || coalesce(split_part(j.last_error_reason, '：', 1),
            '数据停在 ' || to_char(j.statistics_as_of at time zone 'Asia/Shanghai', 'MM-DD HH24:MI'), '尚未取得数据')
        end,
        case when j.overdue_cases > 0 then j.overdue_cases || ' 条超时未回复' end,
        case when j.state <> 'blind' then '采集失败：' || split_part(j.last_error_reason, '：', 1) end), '') as need,
      n.need_order, j.articles_30d, j.last_error_reason,
      case j.state when 'passed' then '已超期' when 'unproven' then '待核实' when 'blind' then '采集不到'
        when 'unjudged' then '不设期限' else case when j.days_left <= 2 then '0–2 天' when j.days_left <= 4 then '2–4 天'
          when j.days_left <= 7 then '4–7 天' else '7 天以上' end end as band,
      coalesce((array['3 天以内', '4–7 天', '8–10 天', '11–14 天', '15 天以上'])
        [1 + width_bucket(j.longest_gap_days, array[4, 8, 11, 15])], '未知') as gap_band,
      j.open_questions, case when n.need_order = 3 then j.replies_as_of
        when n.need_order is not null then j.statistics_as_of end as need_as_of
    from (
      select a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
        a.lifecycle, a.rule_set, s.state, array_position(${sql.raw(STATES)}, s.state) as state_order,
        case when s.state not in ('unjudged', 'blind')
          then extract(epoch from c.publish_deadline_at - now()) / 86400 end as days_left, c.publish_deadline_at,
        c.last_published_at, ${sql.raw(`${TODAY} - ${LAST_DAY}`)} as silent_days,
        gap.days as longest_gap_days, c.articles_7d, c.articles_30d,
        case when r.as_of is not null then r.open_cases end as open_cases,
        case when r.as_of is not null then r.open_questions end as open_questions,
        case when r.as_of is not null then r.overdue_cases end as overdue_cases, c.data_until as statistics_as_of,
        r.as_of as replies_as_of,
        case when v.error_code is not null then coalesce(v.error_reason, '代码 ' || v.error_code) end as last_error_reason
      from account a
      join department d on d.code = a.department_code
      left join account_current c on c.account_id = a.id
      left join visit v on v.account_id = a.id and v.collector = 'statistics'
      cross join lateral (select ${sql.raw(STATE)} as state) s
      left join lateral (
        select count(k.id)::integer as open_cases, (count(*) filter (where k.question))::integer as open_questions,
          count(*) filter (where k.question and k.due_at <= now())::integer as overdue_cases,
          case when bool_and(h.until is not null) then min(h.until) end as as_of
        from reply_channel h
        left join reply_case k on k.account_id = h.account_id and k.channel = h.channel
          and k.first_reply_at is null and k.vanished_at is null and k.excluded_at is null
        where h.account_id = a.id and h.state = 'measurable'
      ) r on true
      left join lateral (select max(days) as days from (${sql.raw(LONGEST_GAP)}) longest) gap on true
      where a.lifecycle <> 'closed'
    ) j
    cross join lateral (
      select case when j.state = 'passed' then 1
        when j.state = 'unproven' or j.state = 'near' and j.days_left <= 2 then 2
        when j.overdue_cases > 0 then 3 when j.state = 'blind' then 4
        when j.state = 'near' then 5 when j.last_error_reason is not null then 6 end as need_order
    ) n`.execute(db);

  // Day by day, so that a filter on days reaches the indexes. What is not covered yet shows what is known of it: an
  // entry of the publication list whose article is not known yet may be one that the statistics have told of.
  await sql`
    create view v_publishing_day as
    select a.code as account, a.name as account_name, a.department_code as department, a.lifecycle,
      d.stat_date, p.articles_published, p.complete
    from (
      select ${sql.raw(TODAY)} - n as stat_date from generate_series(0, ${sql.raw(TODAY)} - (
        select min(day) from coverage where collector = 'statistics' and part = 'summary')) n
    ) d
    cross join lateral (
      select k.account_id, true as complete,
        coalesce(s.articles_published, (
          select (select count(*) from article r
            where r.account_id = k.account_id and r.publish_date = d.stat_date and r.in_statistics)
          from coverage l where l.account_id = k.account_id and l.collector = 'statistics' and l.part = 'articles'
            and l.day = d.stat_date and l.state = 'final' and s.articles_published is null))::integer articles_published
      from coverage k
      left join account_day s on s.account_id = k.account_id and s.stat_date = d.stat_date
      where k.day = d.stat_date and ${sql.raw(FINAL)}
      union all
      select c.account_id, false, n.articles::integer
      from account_current c
      cross join lateral (
        select count(*) + greatest(0, (
            select count(*) from publication p
            where p.account_id = c.account_id and p.msgid is null
              and ${sql.raw(dayOf("least(p.first_updated_at, p.updated_at)"))} = d.stat_date
          ) - count(*) filter (where r.in_statistics and not exists (
            select from publication l where l.account_id = r.account_id and l.msgid = r.msgid))) as articles
        from article r where r.account_id = c.account_id and r.publish_date = d.stat_date
      ) n
      where (c.data_until is null or c.data_until <= ${sql.raw(startOf("d.stat_date"))}) and n.articles > 0
        and not exists (
          select from coverage k
          where k.account_id = c.account_id and k.day = d.stat_date and ${sql.raw(FINAL)})
    ) p
    join account a on a.id = p.account_id
    where p.complete or a.lifecycle <> 'closed'`.execute(db);

  await sql`
    create view v_county_day as
    select p.stat_date, sum(p.articles_published)::integer as articles_published,
      count(p.articles_published)::integer as accounts_covered,
      (count(p.articles_published) filter (where not p.${sql.raw(JUDGED)})
        + greatest(count(p.articles_published) filter (where p.${sql.raw(JUDGED)}), (
          select count(*) from account a where a.${sql.raw(JUDGED)}
            and (a.opened_on is null or a.opened_on <= p.stat_date))))::integer as accounts_expected
    from v_publishing_day p
    where p.complete and p.${sql.raw(WAS_JUDGED)}
    group by p.stat_date`.execute(db);

  await sql`
    create view v_overview as
    select r.*, y.*, w.*, t.*
    from (
      select count(*) filter (where ${sql.raw(JUDGED)})::integer as accounts,
        count(*) filter (where ${sql.raw(VISITED)})::integer as accounts_visited,
        ${sql.raw(
          ["ok", "near", "unproven", "passed", "blind", "unjudged"]
            .map((state) => `count(*) filter (where state = '${state}')::integer as accounts_${state}`)
            .join(", "),
        )},
        count(*) filter (where state <> 'blind' and last_error_reason is not null)::integer as accounts_failing,
        min(statistics_as_of) filter (where state not in ('blind', 'unjudged')) as statistics_as_of,
        max(statistics_as_of) filter (where ${sql.raw(JUDGED)}) as statistics_as_of_newest,
        sum(open_cases)::integer as open_cases, sum(open_questions)::integer as open_questions,
        sum(overdue_cases)::integer as overdue_cases, count(*)::integer as accounts_listed,
        count(open_cases)::integer as accounts_measurable, min(replies_as_of) as replies_as_of
      from v_account_risk
    ) r
    cross join (
      select ${sql.raw(TODAY)} - 1 as yesterday, max(articles_published) as articles_yesterday,
        coalesce(max(accounts_covered), 0) as accounts_yesterday, max(accounts_expected) as accounts_expected_yesterday
      from v_county_day where stat_date = ${sql.raw(TODAY)} - 1
    ) y
    cross join (
      select sum(c.articles_7d)::integer as articles_7d, count(c.articles_7d)::integer as accounts_7d,
        min(${sql.raw(startOf("c.window_end + 1"))}) filter (where c.articles_7d is not null) as articles_7d_as_of
      from account a join account_current c on c.account_id = a.id
      where a.${sql.raw(JUDGED)} and c.data_until > now() - interval '60 hours'
    ) w
    cross join (
      select case when count(v.succeeded_at) > 0 or sum(p.articles_published) > 0
          then coalesce(sum(p.articles_published), 0) end::integer as articles_today,
        count(v.succeeded_at)::integer as accounts_today, max(v.succeeded_at) as today_as_of
      from account a
      left join visit v
        on v.account_id = a.id and v.collector = 'publications' and v.succeeded_at >= ${sql.raw(startOf(TODAY))}
      left join v_publishing_day p on p.account = a.code and p.stat_date = ${sql.raw(TODAY)}
      where a.${sql.raw(JUDGED)}
    ) t`.execute(db);
  await sql`grant select on v_account_risk, v_publishing_day, v_county_day, v_overview to govmatrix_reader`.execute(db);
  for (const [column, text] of Object.entries(COMMENTS))
    await sql`comment on column ${sql.raw(column)} is ${sql.lit(text)}`.execute(db);
}
