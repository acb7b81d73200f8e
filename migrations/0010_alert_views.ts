import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view v_alert_event as
    select p.alert, e.severity, a.code as account, a.department_code as department, p.started_at, p.ended_at,
      case when n.state = 'delivered' then n.settled_at end as delivered_at, n.channel,
      e.id as event, p.id as episode, e.kind, e.at, nullif(p.subject, '') as subject, n.recipient,
      case when e.routed_at is null then 'waiting' else coalesce(n.state, 'nobody') end as state
    from alert_event e
    join alert_episode p on p.id = e.episode_id
    left join account a on a.id = p.account_id
    left join notification n on n.event_id = e.id`.execute(db);
  await sql`comment on column v_alert_event.state is 'nobody: there was nobody to tell'`.execute(db);
  await sql`grant select on v_alert_event to govmatrix_reader`.execute(db);
}
