import { type Kysely, sql } from "kysely";
import { SEVERITIES, type Severity } from "../model.ts";
import type { EventKind } from "./alertTables.ts";
import { boundedTransaction } from "./bounded.ts";
import type { Database } from "./database.ts";
import type { Db } from "./upsert.ts";

/** Any number will do as long as it stays: it names this lock among all advisory locks of the database. */
const EPISODES_LOCK = 7_261_033_119;
export interface EpisodeKey {
  alert: string;
  /** Null = the alert is not about an account. */
  accountId: number | null;
  subject: string;
}

export interface OpenEpisode extends EpisodeKey {
  id: number;
  severity: Severity;
  firing: Severity[];
  seenAt: Date;
  unsupportedSince: Date | null;
}

/** What is told of one episode at one time; a level that is named in neither stays as it was. */
export interface EpisodeReport extends EpisodeKey {
  firing: readonly Severity[];
  /** A level that fires as well is not ended. */
  resolved: readonly Severity[];
}

/** An episode as it is from now on; `id` null opens one. */
export interface EpisodeChange extends Omit<OpenEpisode, "id"> {
  id: number | null;
  endedAt: Date | null;
  event: EventKind | null;
}

/** Higher for what is worse. */
export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function highestOf(severities: readonly Severity[]): Severity | null {
  return SEVERITIES.findLast((severity) => severities.includes(severity)) ?? null;
}

/**
 * Runs what reads and changes episodes, one at a time in the whole installation: so no two open episodes share a key,
 * nobody waits for a row while holding another, and events become visible in the order of their ids.
 */
export async function changingEpisodes<Result>(
  db: Kysely<Database>,
  work: (trx: Db) => Promise<Result>,
): Promise<Result> {
  return await boundedTransaction(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(${EPISODES_LOCK}::bigint)`.execute(trx);
    return await work(trx);
  });
}

/** Without `alerts`, of all alerts. */
export async function readOpenEpisodes(db: Db, alerts?: readonly string[]): Promise<OpenEpisode[]> {
  let query = db
    .selectFrom("alert_episode")
    .select(["id", "alert", "account_id as accountId", "subject", "severity", "firing"])
    .select(["seen_at as seenAt", "unsupported_since as unsupportedSince"])
    .where("ended_at", "is", null);
  if (alerts) query = query.where("alert", "=", sql<string>`any(${[...alerts]}::text[])`);
  return await query.orderBy("id").execute();
}

/** Answers how many events came of it. The keys differ; must run inside `changingEpisodes`. */
export async function applyReports(trx: Db, reports: readonly EpisodeReport[], now: Date): Promise<number> {
  if (reports.length === 0) return 0;
  const open = new Map(
    (await readOpenEpisodes(trx, [...new Set(reports.map(({ alert }) => alert))])).map((e) => [keyOf(e), e]),
  );
  const changes = reports.flatMap((report) => changeOf(report, open.get(keyOf(report)), now));
  return await saveEpisodes(trx, changes, now);
}

function changeOf(report: EpisodeReport, episode: OpenEpisode | undefined, now: Date): EpisodeChange[] {
  // Where a level is told without a higher one, the higher fires no more: it would have inhibited this one, and its end
  // is lost when Alertmanager starts anew.
  const told = highestOf(report.firing);
  const kept = (episode?.firing ?? []).filter(
    (severity) => !report.resolved.includes(severity) && (told === null || rankOf(severity) <= rankOf(told)),
  );
  const firing = SEVERITIES.filter((severity) => kept.includes(severity) || report.firing.includes(severity));
  const highest = highestOf(firing);
  if (!episode) {
    if (highest === null) return [];
    const { alert, accountId, subject } = report;
    const start = { id: null, seenAt: now, unsupportedSince: null, endedAt: null, event: "fired" as const };
    return [{ ...start, alert, accountId, subject, severity: highest, firing }];
  }
  // That less fires says little: where Prometheus is away, Alertmanager ends the levels one after another. Whether it
  // fell or is over, `settle` decides.
  const rises = highest !== null && rankOf(highest) > rankOf(episode.severity);
  const severity = rises ? highest : episode.severity;
  return [{ ...episode, severity, firing, seenAt: now, endedAt: null, event: rises ? "changed" : null }];
}

/** Answers how many events were recorded. Must run inside `changingEpisodes`. */
export async function saveEpisodes(trx: Db, changes: readonly EpisodeChange[], now: Date): Promise<number> {
  if (changes.length === 0) return 0;
  const { numAffectedRows = 0n } = await sql`
    with change as (
      select * from json_to_recordset(${JSON.stringify(changes)}) as c (
        id bigint, alert text, "accountId" integer, subject text, severity text, firing text[],
        "seenAt" timestamptz, "unsupportedSince" timestamptz, "endedAt" timestamptz, event text)
    ), updated as (
      update alert_episode e
      set severity = c.severity, firing = c.firing, seen_at = c."seenAt",
        unsupported_since = c."unsupportedSince", ended_at = c."endedAt"
      from change c
      where e.id = c.id
    ), opened as (
      insert into alert_episode (alert, account_id, subject, severity, firing, started_at, seen_at)
      select alert, "accountId", subject, severity, firing, ${now}::timestamptz, "seenAt" from change where id is null
      returning id, severity
    )
    insert into alert_event (episode_id, kind, severity, at)
    select id, 'fired', severity, ${now}::timestamptz from opened
    union all
    select id, event, severity, ${now}::timestamptz from change where id is not null and event is not null`.execute(
    trx,
  );
  return Number(numAffectedRows);
}

/** An alert that this installation raises by itself, about no account. It stays until `clearOwn`. */
export async function raiseOwn(
  db: Kysely<Database>,
  { alert, subject, severity, now }: { alert: string; subject: string; severity: Severity; now: Date },
): Promise<void> {
  const report = { alert, accountId: null, subject, firing: [severity], resolved: SEVERITIES };
  await changingEpisodes(db, (trx) => applyReports(trx, [report], now));
}

/** `settle` tells that it is over. */
export async function clearOwn(
  db: Kysely<Database>,
  { alert, subject, now }: { alert: string; subject: string; now: Date },
): Promise<void> {
  const report = { alert, accountId: null, subject, firing: [], resolved: SEVERITIES };
  await changingEpisodes(db, (trx) => applyReports(trx, [report], now));
}

const keyOf = ({ alert, accountId, subject }: EpisodeKey) => JSON.stringify([alert, accountId, subject]);
