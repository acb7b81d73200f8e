import { type Kysely, sql } from "kysely";

const comment = (db: Kysely<unknown>, column: string, text: string) =>
  sql`comment on column ${sql.raw(column)} is ${sql.lit(text)}`.execute(db);

const TODAY = "(now() at time zone 'Asia/Shanghai')::date";

/** Told apart by their codes where two have one name. */
const DEPARTMENTS = `(select code, name || case when count(*) over (partition by name) > 1
  then '（' || code || '）' else '' end as name from department)`;
/** Of channels that can no longer be seen nobody knows what was answered since. */
const LIVE = "c.vanished_at is null and c.excluded_at is null";
/** Those that are open to citizens: what is only planned or filed has nothing to answer. */
const OPEN = "a.lifecycle in ('running', 'rectifying', 'closing')";
/** Before a complete look at each channel that can be measured the answers are not known, and no figure counts it. */
const SEEN = `h.state = 'measurable' and ${OPEN} and not exists (
  select from reply_channel x where x.account_id = a.id and x.state = 'measurable' and x.until is null)`;

/** Office hours stay hours: how many of them a day has depends on the rule set. */
const hoursText = (seconds: string) =>
  `case when ${seconds} < 3600 then duration_text(${seconds}) else round((${seconds} / 3600)::numeric, 1) || ' 小时' end`;

function percentileText(name: string): string {
  const text = (column: string) =>
    name.startsWith("working") ? hoursText(`f.${column}`) : `duration_text(f.${column})`;
  return `case
    when f.${name}_seconds is not null then ${text(`${name}_seconds`)}
    when f.${name}_over_seconds is not null then '≥ ' || ${text(`${name}_over_seconds`)}
    when f.questions < 10 then '不足 10 件'
  end as ${name}`;
}

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view v_reply_summary as
    select f.scope, f.code, f.name, f.department, f.received, f.answered, f.open, f.overdue, f.excluded,
      f.questions, f.questions_answered, f.questions_open, f.reply_rate, f.oldest_open_at,
      ${sql.raw(["p50", "p90", "working_p50", "working_p90"].map(percentileText).join(", "))},
      coalesce(f.p50_seconds, f.p50_over_seconds) as p50_seconds, f.p50_seconds is null as p50_over,
      coalesce(f.p90_seconds, f.p90_over_seconds) as p90_seconds, f.p90_seconds is null as p90_over,
      f.percentiles_as_of, looks.accounts, looks.accounts_measurable, looks.as_of
    from v_reply_figures f
    join (
      select case when grouping(a.code) = 0 then 'account' when grouping(a.department_code) = 0 then 'department'
          else 'county' end as scope,
        coalesce(a.code, a.department_code, '') as code, count(distinct a.id)::integer as accounts,
        count(distinct h.account_id)::integer as accounts_measurable, min(h.until) as as_of
      from account a
      left join reply_channel h on h.account_id = a.id and ${sql.raw(SEEN)}
      where ${sql.raw(OPEN)}
      group by grouping sets ((a.code), (a.department_code), ())
    ) looks on looks.scope = f.scope and looks.code = f.code`.execute(db);
  await comment(db, "v_reply_summary.p50", "in words; with ≥ where too few are answered yet");
  await comment(db, "v_reply_summary.p50_over", "p50_seconds is the least that it can be, or unknown");
  await comment(db, "v_reply_summary.as_of", "the oldest of the last complete looks");

  await sql`
    create view v_reply_day as
    select d.stat_date, c.*
    from (
      select ${sql.raw(TODAY)} - days as stat_date from generate_series(0, 399) days
    ) d
    cross join lateral (
      select a.department_code as department, count(*)::integer as received,
        count(c.first_reply_at)::integer as answered, (count(*) - count(c.first_reply_at))::integer as open,
        (count(*) filter (where c.question))::integer as questions,
        (count(c.first_reply_at) filter (where c.question))::integer as questions_answered,
        (count(*) filter (where c.question and c.first_reply_at is null and c.due_at <= now()))::integer
          as questions_overdue
      from reply_case c
      join account a on a.id = c.account_id
      join reply_channel h on h.account_id = c.account_id and h.channel = c.channel
      where c.received_at >= d.stat_date::timestamp at time zone 'Asia/Shanghai'
        and c.received_at < (d.stat_date + 1)::timestamp at time zone 'Asia/Shanghai'
        and ${sql.raw(`${LIVE} and ${SEEN}`)}
      group by a.department_code
    ) c`.execute(db);
  await comment(db, "v_reply_day.questions_overdue", "still without an answer, and the deadline has passed");
  await comment(db, "v_reply_day.answered", "of those received that day, whenever they were answered");

  // Titles are looked up one by one: a list that is cut short fetches no more of them than it shows.
  await sql`
    create view v_reply_waiting as
    select a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
      c.id, c.channel, c.msgid as article,
      (select r.title from article r where r.account_id = c.account_id and r.msgid = c.msgid) as title,
      c.received_at, c.due_at,
      case
        when c.due_at is null then 'unknown'
        when now() >= c.due_at then 'overdue'
        when now() >= c.red_at then 'red'
        when now() >= c.amber_at then 'amber'
        when now() >= c.warn_at then 'warn'
        else 'in_time'
      end as stage,
      duration_text(extract(epoch from now() - c.received_at)) as waited,
      case
        when c.due_at <= now() then '已超 ' || duration_text(extract(epoch from now() - c.due_at))
        when c.due_at > now() then '还剩 ' || duration_text(extract(epoch from c.due_at - now()))
      end as turn,
      floor(extract(epoch from now() - c.received_at))::bigint as waited_seconds, h.until as as_of
    from reply_case c
    join account a on a.id = c.account_id
    join ${sql.raw(DEPARTMENTS)} d on d.code = a.department_code
    join reply_channel h on h.account_id = c.account_id and h.channel = c.channel
    where c.question and c.first_reply_at is null and ${sql.raw(`${LIVE} and ${SEEN}`)}`.execute(db);
  await comment(db, "v_reply_waiting.turn", "how far from the deadline; null without one");

  await sql`
    create view v_reply_few as
    select a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
      c.id, c.channel, c.received_at, c.first_reply_at, c.due_at,
      duration_text(extract(epoch from c.first_reply_at - c.received_at)) as answered_after
    from reply_percentile p
    join department d on d.code = p.code
    join account a on a.department_code = p.code
    join reply_case c on c.account_id = a.id
    join reply_channel h on h.account_id = c.account_id and h.channel = c.channel
    where p.scope = 'department' and p.clock = 'calendar' and p.cases < 10 and c.question
      and c.received_at >= (${sql.raw(TODAY)} - 29)::timestamp at time zone 'Asia/Shanghai'
      and ${sql.raw(`${LIVE} and ${SEEN}`)}`.execute(db);
  await comment(db, "v_reply_few.id", "of departments with so few questions in 30 days that no percentile is told");

  await sql`
    create view v_reply_function as
    select a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
      comment.state as comment_state, comment.code as comment_code,
      message.state as message_state, message.code as message_code,
      case
        when 'measurable' in (comment.state, message.state) then case
          when (comment.until is not null or comment.state is distinct from 'measurable')
            and (message.until is not null or message.state is distinct from 'measurable') then 'measurable'
          else 'pending'
        end
        when comment.state = 'absent' and message.state = 'absent' then 'absent'
        when message.state = 'hidden' or (comment.state is null and comment.code is not null)
          or (message.state is null and message.code is not null) then 'unmeasurable'
        else 'unknown'
      end as kind,
      concat_ws('；',
        case
          when comment.state = 'measurable' then null
          when comment.state = 'absent' then '无留言功能'
          when comment.code is not null then '留言暂时无法读取（' || comment.code || '）'
          else '留言尚未读取'
        end,
        case
          when message.state = 'measurable' then null
          when message.state = 'absent' then '未启用客服'
          when message.state = 'hidden' then '私信由服务器接管，无法测量'
          when message.code = 'unsettled' then '私信尚未确认能否统计'
          when message.code is not null then '私信暂时无法读取（' || message.code || '）'
          else '私信尚未读取'
        end) as remark,
      least(comment.until, message.until) as as_of
    from account a
    join department d on d.code = a.department_code
    left join reply_channel comment on comment.account_id = a.id and comment.channel = 'comment'
    left join reply_channel message on message.account_id = a.id and message.channel = 'message'
    where ${sql.raw(OPEN)}`.execute(db);
  await comment(
    db,
    "v_reply_function.kind",
    "measurable: counted, perhaps one channel only; pending: no complete look yet",
  );

  await sql`
    grant select on v_reply_summary, v_reply_day, v_reply_waiting, v_reply_few, v_reply_function
    to govmatrix_reader`.execute(db);
}
