import { type Kysely, sql } from "kysely";

/** Told apart by their codes where two have one name. */
const DEPARTMENTS = `(select code, name || case when count(*) over (partition by name) > 1
  then '（' || code || '）' else '' end as name from department)`;

/** Monday of the running week. */
const THIS_WEEK = "date_trunc('week', now() at time zone 'Asia/Shanghai')::date";
/** Weeks from the first day; a filter on `week` reaches this series, and with it the indexes by day. */
const weeks = (firstDay: string) => `(
  select week::date as week, (${THIS_WEEK} - week::date) / 7 as weeks_ago
  from generate_series(date_trunc('week', (${firstDay})::timestamp), ${THIS_WEEK}::timestamp, interval '7 days') week
) w`;
const midnight = (day: string) => `((${day})::timestamp at time zone 'Asia/Shanghai')`;
const EXPECTED = "a.lifecycle in ('running', 'rectifying', 'closing')";

const LISTED = `
  select (select count(*) from article r
    where r.account_id = k.account_id and r.publish_date = k.day and r.in_statistics)
  from coverage l
  where l.account_id = k.account_id and l.collector = 'statistics' and l.part = 'articles' and l.day = k.day
    and l.state = 'final' and s.articles_published is null`;
/** A day's articles are known as v_publishing_day knows them; they are looked up once a day, not once a figure. */
const DAYS = `
  select coalesce(s.account_id, k.account_id) as account_id, s.readers, s.account_id is not null as has_row,
    k.account_id is not null as final, coalesce(s.articles_published, (${LISTED})) as articles
  from (select * from account_day where stat_date between w.week and w.week + 6) s
  full join (
    select account_id, day from coverage
    where part = 'summary' and collector = 'statistics' and state = 'final' and day between w.week and w.week + 6
  ) k on k.account_id = s.account_id and k.day = s.stat_date
  offset 0`;
/**
 * Figures of an account's weeks; `articles` as far as known, `readers` null unless all seven days are known. A closed
 * account stays in the weeks of which there are data.
 */
const ACCOUNT_WEEKS = `
  select a.code as account, a.department_code as department, w.week, w.weeks_ago,
    coalesce(s.days_listed, 0) as days_listed, s.articles,
    case when s.days_final = 7 and s.readers_known then coalesce(s.readers, 0) end as readers
  from ${weeks("(select min(stat_date) from account_day)")}
  join account a on (${EXPECTED} or a.lifecycle = 'closed') and (a.opened_on is null or a.opened_on <= w.week + 6)
  left join lateral (
    select account_id, count(*) filter (where final) as days_final, count(articles) filter (where final) as days_listed,
      sum(articles) as articles, sum(readers) as readers,
      bool_and(readers is not null or not has_row) as readers_known
    from (${DAYS}) days
    group by account_id
  ) s on s.account_id = a.id
  where a.lifecycle <> 'closed' or s.days_final > 0`;

/** Channels of the accounts that have been looked at completely; of the others it is not known what was answered. */
const LOOKED_AT = `(
  select a.id, a.department_code, h.channel, h.until, coalesce(h.since, '-infinity') as since
  from account a
  join reply_channel h on h.account_id = a.id and h.state = 'measurable'
  where ${EXPECTED} and not exists (
    select from reply_channel o where o.account_id = a.id and o.state = 'measurable' and o.until is null)
)`;

export async function up(db: Kysely<unknown>): Promise<void> {
  const view = async (name: string, text: string, comments: Record<string, string>) => {
    await sql`create view ${sql.table(name)} as ${sql.raw(text)}`.execute(db);
    for (const [column, comment] of Object.entries(comments)) {
      await sql`comment on column ${sql.ref(`${name}.${column}`)} is ${sql.lit(comment)}`.execute(db);
    }
    await sql`grant select on ${sql.table(name)} to govmatrix_reader`.execute(db);
  };

  await sql`create index account_day_stat_date on account_day (stat_date)`.execute(db);
  await view(
    "v_department_week",
    `select k.department, d.name as department_name, k.week, k.weeks_ago,
      (case when bool_and(k.days_listed = 7) then sum(k.articles) else nullif(sum(k.articles), 0) end)::integer
        as articles, sum(k.readers)::bigint as readers, count(*)::integer as accounts,
      (count(*) filter (where k.days_listed = 7))::integer as accounts_covered
    from (${ACCOUNT_WEEKS}) k
    join ${DEPARTMENTS} d on d.code = k.department
    group by k.department, d.name, k.week, k.weeks_ago`,
    {
      articles: "as far as known; 0 only where all seven days of all accounts are",
      readers: "of the accounts whose seven days are known",
      accounts: "expected to publish; closed ones in the weeks of which there are data",
      accounts_covered: "those of which all seven days' articles are known",
    },
  );

  // Compared account by account with its own weeks, so that one that cannot be seen does not lower its department.
  await view(
    "v_reader_trend",
    `select k.department, d.name as department_name, max(k.week) as week,
      sum(k.readers) filter (where k.typical is not null)::bigint as readers,
      sum(k.typical) filter (where k.readers is not null)::float8 as typical_readers,
      (sum(k.readers) filter (where k.typical is not null)
        / nullif(sum(k.typical) filter (where k.readers is not null), 0))::float8 as ratio,
      count(*)::integer as accounts,
      (count(*) filter (where k.readers is not null and k.typical is not null))::integer as accounts_compared
    from (
      select account, department, max(week) as week, max(readers) filter (where weeks_ago = 1) as readers,
        case when count(readers) filter (where weeks_ago > 1) >= 3
          then percentile_cont(0.5) within group (order by readers) filter (where weeks_ago > 1) end as typical
      from (${ACCOUNT_WEEKS}) own
      where weeks_ago between 1 and 9
      group by account, department
      having bool_or(weeks_ago = 1)
    ) k
    join ${DEPARTMENTS} d on d.code = k.department
    group by k.department, d.name`,
    {
      week: "the last complete one",
      typical_readers: "sum of the accounts' medians of the eight weeks before, of which at least three are known",
    },
  );

  await view(
    "v_department_reply_week",
    `select d.code as department, d.name as department_name, w.week, w.weeks_ago,
      case when m.accounts_measurable > 0 then coalesce(k.questions, 0) end as questions,
      case when m.accounts_measurable > 0 then coalesce(k.answered, 0) end as answered,
      case when m.accounts_measurable > 0 then coalesce(k.late, 0) end as late,
      k.answered::float8 / nullif(k.questions, 0) as answer_rate,
      case when k.questions >= 10 and k.median_seconds < 'infinity' then k.median_seconds end as median_seconds,
      m.accounts, m.accounts_measurable, m.as_of
    from ${weeks(`(select min(received_at) from reply_case
      where vanished_at is null and excluded_at is null) at time zone 'Asia/Shanghai'`)}
    cross join lateral (
      select a.department_code, count(distinct a.id)::integer as accounts,
        count(distinct r.id)::integer as accounts_measurable,
        min(r.until) as as_of
      from account a
      left join ${LOOKED_AT} r on r.id = a.id and r.since <= ${midnight("w.week")}
      where ${EXPECTED}
      group by a.department_code
    ) m
    join ${DEPARTMENTS} d on d.code = m.department_code
    left join lateral (
      select r.department_code, count(*)::integer as questions, count(c.first_reply_at)::integer as answered,
        (count(*) filter (where coalesce(c.first_reply_at, now()) > c.due_at))::integer as late,
        percentile_disc(0.5) within group (order by coalesce(
          extract(epoch from c.first_reply_at - c.received_at)::float8, 'infinity')) as median_seconds
      from reply_case c
      join ${LOOKED_AT} r on r.id = c.account_id and c.channel = r.channel
        and r.since <= ${midnight("w.week")}
      where c.question and c.vanished_at is null and c.excluded_at is null
        and c.received_at >= ${midnight("w.week")} and c.received_at < ${midnight("w.week + 7")}
      group by r.department_code
    ) k on k.department_code = m.department_code`,
    {
      week: "in which the questions were received: its Monday, Asia/Shanghai",
      late: "answered after the deadline, or it has passed; not those whose deadline is not known",
      accounts_measurable:
        "looked at completely, and a channel covered since before the week; the figures are of those",
      as_of: "last complete look at all that can be measured",
      median_seconds: "to the first reply; null below ten questions, and while half of them are open",
    },
  );
}
