import { type RawBuilder, sql } from "kysely";
import type { Day } from "../model.ts";
import { listedAt } from "./publications.ts";

const dayOf = (instant: RawBuilder<unknown>) => sql`(${instant} at time zone 'Asia/Shanghai')::date`;
/** 24:00 Asia/Shanghai of the day. */
const endOf = (day: RawBuilder<unknown>) => sql`((${day} + 1)::timestamp at time zone 'Asia/Shanghai')`;

/**
 * The statistics have told that day to its end, summary and articles, and left this out: the list's time was that of
 * an edit, and the article is older. On a morning when the platform leaves the day out for everybody only the articles
 * are final.
 */
const isRefuted = (day: RawBuilder<unknown>, account: RawBuilder<unknown>) => sql`(
  select count(*) = 2 from coverage c
  where c.account_id = ${account} and c.collector = 'statistics' and c.part in ('summary', 'articles')
    and c.state = 'final' and c.day = ${day})`;
const articleCounts = sql`(r.in_statistics or r.published_at is not null
  or not ${isRefuted(sql`r.publish_date`, sql`r.account_id`)})`;
const publicationCounts = sql`not ${isRefuted(dayOf(listedAt), sql`p.account_id`)}`;

/**
 * The second of an article `r`: the page tells it, without a page the list of publications. What names another day
 * than the platform's publish date is no second of that publication but of an edit.
 */
const secondOf = sql`coalesce(
  case
    when r.published_at is null then (
      select min(${listedAt}) from publication p
      where p.account_id = r.account_id and p.msgid = r.msgid and ${dayOf(listedAt)} = r.publish_date)
    when ${dayOf(sql`r.published_at`)} = r.publish_date then r.published_at
  end,
  ${endOf(sql`r.publish_date`)})`;

/** A day of which the summary counts more articles than the statistics list: one of those may have been its last. */
const endOfUnlisted = (day: RawBuilder<unknown>) => sql`
  select ${endOf(day)} from account_day d
  where d.account_id = n.account_id and d.stat_date = ${day} and d.articles_published > (
    select count(*) from article r
    where r.account_id = d.account_id and r.publish_date = d.stat_date and r.in_statistics)`;

export interface LastPublicationRow {
  published_on: Day | null;
  published_at: Date | null;
  notified_on: Day | null;
  notified_at: Date | null;
}

/**
 * Common table expressions that end with `published`: per row of `chosen` the day and the instant of the last
 * publication, and of the last one with notice. What nobody says was without notice counts as with it. Each use of a
 * day would else be planned and looked up by itself, which takes twice as long.
 */
export const lastPublications = sql`
  newest as materialized (
    select id as account_id,
      greatest(
        (select max(stat_date) from account_day where account_id = id and articles_published > 0),
        (select max(r.publish_date) from article r where r.account_id = id and ${articleCounts}),
        (select max(${dayOf(listedAt)}) from publication p
          where p.account_id = id and p.msgid is null and ${publicationCounts})) as published_on,
      greatest(
        (select d.stat_date from account_day d
          where d.account_id = id and d.articles_published > (
            select count(*) from article r
            where r.account_id = d.account_id and r.publish_date = d.stat_date and r.notified = false)
          order by d.stat_date desc limit 1),
        (select max(publish_date) from article
          where account_id = id and notified is distinct from false)) as notified_on
    from chosen
  ), published as (
    select n.*,
      (select max(at) from (
        select ${secondOf} from article r
        where r.account_id = n.account_id and r.publish_date = n.published_on and ${articleCounts}
        union all select ${listedAt} from publication p
        where p.account_id = n.account_id and p.msgid is null and ${publicationCounts}
        union all ${endOfUnlisted(sql`n.published_on`)}) as candidates (at)) as published_at,
      (select max(at) from (
        select ${secondOf} from article r where r.account_id = n.account_id and r.publish_date = n.notified_on
          and r.notified is distinct from false
        union all ${endOfUnlisted(sql`n.notified_on`)}) as candidates (at)) as notified_at
    from newest n
  )`;
