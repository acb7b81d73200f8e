import { type Expression, sql } from "kysely";
import { replyWindowStart } from "./replyFigures.ts";

/** Older percentiles would stand for the present while nothing computes them. */
const LATENCY_KEPT_MS = 3_600_000;

/** Null = not known, as long as no channel that can be measured was looked at completely. */
export interface ExposedReplies {
  account: string;
  department: string;
  /** Whether the channel can be measured. */
  comment: boolean | null;
  message: boolean | null;
  /** Cases of the window; the open ones hold the overdue ones. */
  answered: number | null;
  open: number | null;
  overdue: number | null;
  /** Unix seconds. */
  oldestOpenAt: number | null;
  /** By clock; null before the first, and where the last are an hour old. */
  latency: Record<"calendar" | "working", ExposedLatency | null> | null;
}

/** `…Over` is set instead where too few are answered yet. */
export interface ExposedLatency {
  p50: number | null;
  p50Over: number | null;
  p90: number | null;
  p90Over: number | null;
}

/** Accounts of which anything is known. A case counts only while its own channel can be measured. */
export function exposedReplies(now: Date): Expression<ExposedReplies> {
  const counted = sql`vanished_at is null and excluded_at is null`;
  return sql<ExposedReplies>`(
    select a.code as account, a.department_code as department, ch.comment, ch.message,
      case when ch.known then coalesce(k.answered, 0) end as answered,
      case when ch.known then coalesce(k.open, 0) end as open,
      case when ch.known then coalesce(k.overdue, 0) end as overdue,
      case when ch.known then extract(epoch from o.received_at)::float8 end as "oldestOpenAt",
      case when ch.known then p.latency end as latency
    from account a
    join (
      select account_id, coalesce(bool_and(until is not null) filter (where state = 'measurable'), false) as known,
        array_agg(channel) filter (where state = 'measurable') as channels,
        bool_or(state = 'measurable') filter (where channel = 'comment') as comment,
        bool_or(state = 'measurable') filter (where channel = 'message') as message
      from reply_channel
      where state is not null
      group by account_id
    ) as ch on ch.account_id = a.id
    left join (
      select account_id, count(first_reply_at)::integer as answered,
        count(*) filter (where first_reply_at is null)::integer as open,
        count(*) filter (where first_reply_at is null and question and due_at <= ${now})::integer as overdue
      from reply_case
      join reply_channel using (account_id, channel)
      where state = 'measurable' and received_at >= ${replyWindowStart(now)} and ${counted}
      group by account_id
    ) as k on k.account_id = a.id
    cross join lateral (
      select min(received_at) as received_at
      from reply_case
      where account_id = a.id and channel = any (ch.channels) and first_reply_at is null and question and ${counted}
    ) as o
    left join (
      select code, json_object_agg(clock, json_build_object(
        'p50', p50_seconds, 'p50Over', p50_over_seconds, 'p90', p90_seconds, 'p90Over', p90_over_seconds)
        order by clock) as latency
      from reply_percentile
      where scope = 'account' and as_of > ${new Date(now.getTime() - LATENCY_KEPT_MS)}
      group by code
    ) as p on p.code = a.code
    where a.lifecycle <> 'closed')`;
}
