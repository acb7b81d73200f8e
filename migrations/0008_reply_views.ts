import { type Kysely, sql } from "kysely";

const OPEN = "c.first_reply_at is null";
const WAITING = `c.question and ${OPEN}`;
/** Counts of cases that are not excluded; the six of open questions add up to `questions_open`. */
const COUNTS = {
  received: "true",
  answered: "c.first_reply_at is not null",
  open: OPEN,
  overdue: `${WAITING} and c.due_at <= now()`,
  questions: "c.question",
  questions_answered: "c.question and c.first_reply_at is not null",
  questions_open: WAITING,
  open_in_time: `${WAITING} and c.due_at is not null and now() < c.warn_at`,
  open_warn: `${WAITING} and c.due_at is not null and now() >= c.warn_at and now() < c.amber_at`,
  open_amber: `${WAITING} and c.due_at is not null and now() >= c.amber_at and now() < c.red_at`,
  open_red: `${WAITING} and now() >= c.red_at and now() < c.due_at`,
  open_overdue: `${WAITING} and now() >= c.due_at`,
  open_unknown: `${WAITING} and c.due_at is null`,
};
const COUNT_NAMES = [...Object.keys(COUNTS), "excluded"];

/** Of a channel that can no longer be seen nobody knows what was answered since. */
const CHANNELS = "array_agg(channel) filter (where state = 'measurable') as channels";
const LIVE = "vanished_at is null and excluded_at is null";
/** Null before a complete look at each channel that can be measured: what is known of the account is not all. */
const ACCOUNT_FIGURES = `
  select a.code, a.name, a.department_code as department, r.measurable, o.oldest_open_at,
    ${COUNT_NAMES.map((name) => `(case when r.measurable then k."${name}" end)::integer as "${name}"`).join(", ")}
  from account a
  cross join lateral (
    select ${CHANNELS}, coalesce(bool_and(until is not null) filter (where state = 'measurable'), false) as measurable
    from reply_channel where account_id = a.id
  ) r
  cross join lateral (
    select
      ${Object.entries(COUNTS)
        .map(([name, condition]) => `count(*) filter (where ${LIVE} and ${condition}) as "${name}"`)
        .join(", ")},
      count(*) filter (where not (${LIVE})) as excluded
    from reply_case c
    where c.account_id = a.id and c.channel = any (r.channels) and c.received_at >=
      (date_trunc('day', now() at time zone 'Asia/Shanghai') - interval '29 days') at time zone 'Asia/Shanghai'
  ) k
  cross join lateral (
    select min(received_at) as oldest_open_at
    from reply_case
    where account_id = a.id and channel = any (r.channels) and r.measurable
      and question and first_reply_at is null and ${LIVE}
  ) o
  where a.lifecycle <> 'closed'`;
const SUMMED_FIGURES = `
  ${COUNT_NAMES.map((name) => `sum("${name}")::integer as "${name}"`).join(", ")},
  min(oldest_open_at) as oldest_open_at,
  count(*)::integer as accounts, (count(*) filter (where measurable))::integer as accounts_measurable`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view v_reply_case as
    select a.code as account, a.department_code as department, c.channel, c.received_at, c.question,
      c.first_reply_at, c.due_at,
      case
        when c.excluded_at is not null or c.vanished_at is not null then 'excluded'
        when c.first_reply_at is not null then 'answered'
        when c.question and c.due_at <= now() and r.state = 'measurable' and a.lifecycle <> 'closed' then 'overdue'
        else 'open'
      end as state,
      c.id, c.msgid as article, c.length,
      extract(epoch from c.first_reply_at - c.received_at)::bigint as calendar_seconds,
      c.working_seconds, c.working_days, c.warn_at, c.amber_at, c.red_at,
      coalesce(c.excluded_reason, case when c.vanished_at is not null then 'vanished' end) as excluded_reason,
      c.first_seen_at
    from reply_case c
    join account a on a.id = c.account_id
    left join reply_channel r on r.account_id = c.account_id and r.channel = c.channel`.execute(db);
  await sql`grant select on v_reply_case to govmatrix_reader`.execute(db);

  await sql`
    create view v_reply_channel as
    select a.code as account, a.department_code as department, r.channel, r.state, r.code,
      r.since as covered_since, r.until as as_of
    from reply_channel r
    join account a on a.id = r.account_id`.execute(db);
  await sql`grant select on v_reply_channel to govmatrix_reader`.execute(db);

  await sql`
    create or replace view v_account as
    select a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
      a.platform, a.kind, a.lifecycle, a.rule_set,
      c.last_published_at, c.publish_deadline_at,
      c.articles_7d, c.articles_30d, c.readers_7d, c.readers_30d, c.likes_30d, c.followers,
      case when r.as_of is not null and a.lifecycle <> 'closed' then cases.open_cases end as open_cases,
      case when r.as_of is not null and a.lifecycle <> 'closed' then cases.overdue_cases end as overdue_cases,
      c.data_until as statistics_as_of, r.as_of as replies_as_of,
      v.error_code as last_error_code, v.error_reason as last_error_reason,
      c.last_notified_at, p.principal, p.verified, p.verification_expires_at,
      r.since as replies_since
    from account a
    join department d on d.code = a.department_code
    left join account_current c on c.account_id = a.id
    left join profile p on p.account_id = a.id
    left join visit v on v.account_id = a.id and v.collector = 'statistics'
    cross join lateral (
      select ${sql.raw(CHANNELS)},
        case when bool_and(until is not null) filter (where state = 'measurable')
          then min(until) filter (where state = 'measurable') end as as_of,
        min(since) filter (where channel = 'message' and state = 'measurable') as since
      from reply_channel where account_id = a.id
    ) r
    cross join lateral (
      select count(*)::integer as open_cases,
        count(*) filter (where question and due_at <= now())::integer as overdue_cases
      from reply_case
      where account_id = a.id and channel = any (r.channels) and first_reply_at is null and ${sql.raw(LIVE)}
    ) cases`.execute(db);

  await sql`
    create view v_reply_figures as
    select f.scope, f.code, f.name,
      f.received, f.answered, f.open, f.overdue, f.excluded, f.questions, f.questions_answered, f.questions_open,
      f.open_in_time, f.open_warn, f.open_amber, f.open_red, f.open_overdue, f.open_unknown,
      f.questions_answered::float8 / nullif(f.questions, 0) as reply_rate, f.oldest_open_at,
      f.accounts, f.accounts_measurable,
      p.p50_seconds, p.p50_over_seconds, p.p90_seconds, p.p90_over_seconds,
      w.p50_seconds as working_p50_seconds, w.p50_over_seconds as working_p50_over_seconds,
      w.p90_seconds as working_p90_seconds, w.p90_over_seconds as working_p90_over_seconds,
      p.as_of as percentiles_as_of, f.department
    from (
      select 'account'::text as scope, code, name, department, ${sql.raw(COUNT_NAMES.join(", "))}, oldest_open_at,
        1 as accounts, measurable::integer as accounts_measurable
      from (${sql.raw(ACCOUNT_FIGURES)}) a
      union all
      select 'department', department, d.name, department, ${sql.raw(SUMMED_FIGURES)}
      from (${sql.raw(ACCOUNT_FIGURES)}) a join department d on d.code = department
      group by department, d.name
      union all
      select 'county', '', null, null, ${sql.raw(SUMMED_FIGURES)}
      from (${sql.raw(ACCOUNT_FIGURES)}) a
    ) f
    left join reply_percentile p on p.scope = f.scope and p.code = f.code and p.clock = 'calendar'
      and f.accounts_measurable > 0
    left join reply_percentile w on w.scope = f.scope and w.code = f.code and w.clock = 'working'
      and f.accounts_measurable > 0`.execute(db);
  await sql`comment on column v_reply_figures.received is 'in the last 30 days of Asia/Shanghai, as all counts; without the excluded'`.execute(
    db,
  );
  await sql`comment on column v_reply_figures.oldest_open_at is 'of questions, however long ago'`.execute(db);
  await sql`grant select on v_reply_figures to govmatrix_reader`.execute(db);
}
