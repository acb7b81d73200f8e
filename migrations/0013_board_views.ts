import { type Kysely, sql } from "kysely";

/** As people read them; the county's own rules keep their names. */
const ALERT_NAMES: Record<string, [name: string, about: "unit" | "collection"]> = {
  AccountPublishDue: ["更新期限", "unit"],
  AccountRepliesOverdue: ["留言超时未回复", "unit"],
  AccountVerificationExpiring: ["微信认证临期", "unit"],
  AccountBlind: ["采集不到数据", "collection"],
  AccountCredentialsRejected: ["接口访问被拒绝", "collection"],
  CollectionStalled: ["数据采集中断", "collection"],
  PlannerStalled: ["采集调度停止", "collection"],
  QueueBacklog: ["采集任务积压", "collection"],
  NotificationsFailing: ["消息发送失败", "collection"],
  HolidayCalendarEnding: ["节假日安排数据将用完", "collection"],
  Watchdog: ["告警系统失联", "collection"],
};
const nameRows = Object.entries(ALERT_NAMES)
  .map(([alert, [name, about]]) => `('${alert}', '${name}', '${about}')`)
  .join(", ");

export async function up(db: Kysely<unknown>): Promise<void> {
  const view = async (name: string, text: string, comments: Record<string, string> = {}) => {
    await sql`create view ${sql.table(name)} as ${sql.raw(text)}`.execute(db);
    for (const [column, comment] of Object.entries(comments)) {
      await sql`comment on column ${sql.ref(`${name}.${column}`)} is ${sql.lit(comment)}`.execute(db);
    }
    await sql`grant select on ${sql.table(name)} to govmatrix_reader`.execute(db);
  };

  await sql`
    create table holiday_files (
      single boolean primary key default true check (single),
      documents jsonb not null
    )`.execute(db);
  await sql`comment on table holiday_files is 'notices of the planner''s files; an imported year holds over them'`.execute(
    db,
  );
  await view(
    "v_holiday",
    `select o.name, o.first_day, o.last_day
    from (
      select document from holiday_year
      union all
      select document from holiday_files cross join jsonb_array_elements(documents) document
      where (document ->> 'year')::integer not in (select year from holiday_year)
    ) notice
    cross join lateral (
      select holiday ->> 'name' as name, (holiday ->> 'from')::date as first_day, (holiday ->> 'to')::date as last_day
      from jsonb_array_elements(document -> 'off') holiday
    ) o`,
  );

  // Stable like the concatenation of numbers: then it is inlined. A restore into an older schema leaves it behind.
  await sql`
    create or replace function duration_text(seconds double precision) returns text
    language sql stable parallel safe
    return case
      when seconds < 60 then '不足 1 分钟'
      when seconds < 3600 then floor(seconds / 60) || ' 分钟'
      when seconds < 172800 then round((seconds / 3600)::numeric, 1) || ' 小时'
      else round((seconds / 86400)::numeric, 1) || ' 天'
    end`.execute(db);

  // Each figure of the events is a query of its own: a statement pays for those that it names.
  await view(
    "v_alert_episode",
    `select p.id as episode, p.alert, coalesce(n.name, p.alert) as alert_name,
      coalesce(n.about, case when p.account_id is null then 'collection' else 'unit' end) as about, p.severity,
      (select max(array_position('{info,warning,critical}', e.severity)) from alert_event e where e.episode_id = p.id)
        as highest_level,
      a.code as account, a.name as account_name, a.department_code as department, d.name as department_name,
      nullif(p.subject, '') as subject, p.started_at, p.ended_at,
      l.hours, duration_text(l.hours * 3600) as lasted,
      (select min(o.settled_at) from alert_event e join notification o on o.event_id = e.id
        where e.episode_id = p.id and e.kind <> 'resolved' and o.state = 'delivered') as delivered_at,
      (select (array_agg(t.state order by t.place))[1] from (
        select s.state, array_position('{delivered,pending,waiting,unsupported,inhibited,superseded,nobody}', s.state)
          as place
        from alert_event e
        left join notification o on o.event_id = e.id
        cross join lateral (
          select case when e.routed_at is null then 'waiting' else coalesce(o.state, 'nobody') end as state
        ) s
        where e.episode_id = p.id and e.kind <> 'resolved'
      ) t) as delivery
    from alert_episode p
    left join account a on a.id = p.account_id
    left join department d on d.code = a.department_code
    left join (values ${nameRows}) n (alert, name, about) on n.alert = p.alert
    cross join lateral (
      select extract(epoch from coalesce(p.ended_at, now()) - p.started_at)::float8 / 3600 as hours
    ) l`,
    {
      about: "unit: the unit has to act; collection: a fault of the collection, and no judgement about a unit",
      severity: "of the newest event; of what is over the last one",
      highest_level: "1 info, 2 warning, 3 critical",
      hours: "until it ended, or until now",
      delivered_at: "when somebody was first told that it began or changed",
      delivery: "the best that came of telling it, as the states of v_alert_event; nobody: there was nobody to tell",
    },
  );
  await sql`create index alert_event_at on alert_event (at)`.execute(db);

  await view(
    "v_alert_watchdog",
    `select max(seen_at) as seen_at, coalesce(max(seen_at) > now() - interval '15 minutes', false) as alive
    from alert_watchdog`,
    {
      seen_at: "when Alertmanager last showed that it is alive; null: never",
      alive: "false: no alert does not mean that nothing is wrong; the notifier's own limit of silence",
    },
  );

  await view(
    "v_storage",
    `select format('%s.%s', s.nspname, c.relname) as name, pg_total_relation_size(c.oid) as bytes,
      case when c.reltuples >= 0 then c.reltuples::bigint end as estimated_rows
    from pg_class c
    join pg_namespace s on s.oid = c.relnamespace
    where c.relkind in ('r', 'm') and s.nspname in ('public', 'bullmq')`,
    { bytes: "with its indexes", estimated_rows: "as of the last analysis; null: not yet" },
  );
}
