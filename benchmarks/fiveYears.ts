import { type Kysely, sql } from "kysely";
import type { Database } from "../src/store/database.ts";

export interface FiveYears {
  accounts: number;
  departments: number;
  days: number;
  now: Date;
}

/** One account in twenty cannot be seen for three months, one in twenty is silent for two. */
const SEEN = sql`not (a.id % 20 = 0 and d < 90)`;
const PUBLISHES = sql`(a.id + d) % 2 = 0 and not (a.id % 20 = 1 and d < 60)`;
/** Article figures are kept for each of the first 30 days. */
const CURVE_DAYS = 30;

/**
 * A county's whole history, written by the database itself in the order in which it happens: of every account a day's
 * figures each day, an article every other day with its curve, three cases every two days, coverage, and alerts.
 */
export async function seedFiveYears(db: Kysely<Database>, { accounts, departments, days, now }: FiveYears) {
  const today = sql<Date>`(${now}::timestamptz at time zone 'Asia/Shanghai')::date`;
  const statements = [
    sql`insert into department (code, name)
      select 'office-' || n, '云溪县第' || n || '局' from generate_series(1, ${departments}::int) n`,
    sql`insert into account (code, department_code, name, platform, kind, app_id, lifecycle, rule_set, created_at)
      select 'a-' || n, 'office-' || (n % ${departments}::int + 1), '云溪' || n || '号', 'wechat', 'subscription',
        'wx' || n, 'running', 'national-2019', ${now}::timestamptz - interval '5 years'
      from generate_series(1, ${accounts}::int) n`,
    sql`insert into account_day (account_id, stat_date, articles_published, readers, sharers, likes, zaikan, comments,
        favourites, first_seen_at)
      select a.id, ${today} - d, case when ${PUBLISHES} then 1 else 0 end, 100 + (a.id * d) % 900, d % 40, d % 30,
        d % 20, d % 7, d % 9, now()
      from account a, generate_series(1, ${days}::int) d where ${SEEN} order by d desc, a.id`,
    sql`insert into followers (account_id, stat_date, followers, gained, lost)
      select a.id, ${today} - d, 20000 - d * 5, d % 30, d % 11 from account a, generate_series(1, ${days}::int) d
      where ${SEEN} order by d desc, a.id`,
    sql`insert into article (account_id, msgid, publish_date, title, url, notified, first_seen_at, in_statistics,
        published_at, form, original, length, images, state, page_fetched_at)
      select a.id, (2650000000 + d) || '_1', ${today} - d, '关于第' || d || '项工作的通知', 'https://mp.weixin.qq.com/s/x',
        true, now(), true, ((${today} - d)::timestamp + (7 + (a.id + d) % 15) * interval '1 hour') at time zone 'Asia/Shanghai',
        (array['article', 'picture', 'video', 'text'])[1 + (a.id + d) % 4], d % 3 = 0, 900, 3, 'ok', now()
      from account a, generate_series(1, ${days}::int) d where ${PUBLISHES} and ${SEEN} order by d desc, a.id`,
    sql`insert into article_day (account_id, msgid, stat_date, readers, sharers, likes, zaikan, comments, favourites,
        finish_rate)
      select r.account_id, r.msgid, r.publish_date + age, 50 + age * 20, age, age, age, age / 3, age / 4, 0.5
      from article r, generate_series(0, ${CURVE_DAYS - 1}::int) age where r.publish_date + age < ${today}
      order by 3, 1`,
    sql`insert into coverage (account_id, collector, part, day, state, fetched_at, age)
      select a.id, 'statistics', part, ${today} - d, 'final', now(), 30
      from account a, unnest(array['summary', 'articles', 'followers']) part, generate_series(1, ${days}::int) d
      where ${SEEN} order by d desc, a.id`,
    sql`insert into reply_channel (account_id, channel, state, since, until, checked_at)
      select a.id, channel, 'measurable', ${now}::timestamptz - interval '400 days', ${now}::timestamptz, now()
      from account a, unnest(array['comment', 'message']) channel`,
    // Cases are kept for 400 days.
    sql`insert into reply_case (account_id, channel, received_at, person, msgid, comment_id, length, question,
        first_reply_at, first_seen_at, warn_at, amber_at, red_at, due_at, working_seconds, working_days, judged_by)
      select a.id, case when n % 2 = 0 then 'comment' else 'message' end, at, a.id || ':' || n, null, n::text, 30,
        n % 4 <> 0, case when n % 39 > 0 then at + (n % 90) * interval '1 hour' end, at, at + interval '1 day',
        at + interval '3 days', at + interval '5 days', at + interval '10 days',
        case when n % 39 > 0 then n % 90 * 1200 end, n % 5, 'x'
      from account a, generate_series(1, 600) n
      cross join lateral (select ${now}::timestamptz - n * interval '16 hours' as at) received
      order by at`,
    sql`insert into reply_percentile (scope, code, clock, cases, p50_seconds, p90_seconds, as_of)
      select scope, code, clock, 40, 9000, 90000, ${now}::timestamptz
      from (select 'account' as scope, code from account union all select 'department', code from department
        union all select 'county', '') s, unnest(array['calendar', 'working']) clock`,
    sql`insert into visit (account_id, collector, next_due_at, started_at, finished_at, succeeded_at)
      select a.id, collector, ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz, ${now}::timestamptz
      from account a, unnest(array['statistics', 'publications', 'pages', 'replies', 'profile']) collector`,
    sql`insert into api_budget (app_id, api, day, used, daily_limit)
      select a.app_id, api, ${today}, 40, 1000
      from account a, unnest(array['getbizsummary', 'getarticletotaldetail', 'freepublish_batchget']) api`,
    sql`insert into alert_episode (alert, account_id, severity, firing, started_at, seen_at, ended_at)
      select (array['AccountPublishDue', 'AccountRepliesOverdue', 'AccountBlind'])[1 + n % 3], a.id,
        (array['info', 'warning', 'critical'])[1 + n % 3], '{}', at, at,
        case when n > 1 then at + interval '2 days' end
      from account a, generate_series(1, 40) n
      cross join lateral (select ${now}::timestamptz - n * interval '10 days' as at) started`,
    sql`insert into alert_event (episode_id, kind, severity, at, routed_at)
      select id, 'fired', severity, started_at, started_at from alert_episode
      union all select id, 'resolved', severity, ended_at, ended_at from alert_episode where ended_at is not null`,
    sql`insert into notification (event_id, recipient, hops, channel, state, created_at, next_at, settled_at)
      select id, 'duty', '[]', 'wecom', 'delivered', at, at, at + interval '20 seconds' from alert_event`,
    sql`insert into account_current (account_id, data_until, last_published_at, publish_deadline_at, window_end,
        articles_7d, articles_30d, readers_7d, readers_30d, likes_30d, followers)
      select a.id, (${today} - case when a.id % 20 = 0 then 89 else 0 end)::timestamp at time zone 'Asia/Shanghai',
        published.at, published.at + interval '14 days', ${today} - 1, 3, 15, 3000, 14000, 400, 20000
      from account a
      cross join lateral (select (${today} - case a.id % 20 when 0 then 90 when 1 then 60 else a.id % 15 end)::timestamp at time zone 'Asia/Shanghai' as at) published`,
    sql`insert into planner (ticked_at) values (${now}::timestamptz)`,
  ];
  await db.connection().execute(async (connection) => {
    // Nine million foreign keys need not be looked up one by one.
    await sql`set session_replication_role = replica`.execute(connection);
    for (const statement of statements) await statement.execute(connection);
    await sql`set session_replication_role = default`.execute(connection);
    await sql`analyze`.execute(connection);
  });
}
