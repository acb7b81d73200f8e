import type { Kysely } from "kysely";
import type { Severity } from "../model.ts";
import { openAccountIds } from "../store/alertFacts.ts";
import type { Database } from "../store/database.ts";
import { applyReports, changingEpisodes, type EpisodeKey } from "../store/episodes.ts";
import { sawWatchdog } from "../store/watchdog.ts";
import type { Payload, Report } from "./payload.ts";

export interface Relay {
  db: Kysely<Database>;
  now: Date;
}

/** What came of a payload; `unknown` alerts were about accounts that are not open. */
export interface Received {
  events: number;
  unknown: number;
}

/** Stores what Alertmanager tells, wholly or not at all. The same again brings no event. */
export async function receiveAlerts({ db, now }: Relay, { reports, watchdog }: Payload): Promise<Received> {
  return await changingEpisodes(db, async (trx) => {
    if (watchdog) await sawWatchdog(trx, now);
    const codes = new Set(reports.flatMap(({ account }) => (account === null ? [] : [account])));
    const ids = await openAccountIds(trx, [...codes]);
    const known = reports.filter(({ account }) => account === null || ids.has(account));
    const episodes = byEpisode(known, ids);
    return { events: await applyReports(trx, episodes, now), unknown: reports.length - known.length };
  });
}

interface Levels extends EpisodeKey {
  firing: Severity[];
  resolved: Severity[];
}

function byEpisode(reports: readonly Report[], ids: ReadonlyMap<string, number>): Levels[] {
  const episodes = new Map<string, Levels>();
  for (const { alert, account, subject, severity, firing } of reports) {
    const key = JSON.stringify([alert, account, subject]);
    let levels = episodes.get(key);
    if (!levels) {
      const accountId = account === null ? null : (ids.get(account) ?? null);
      levels = { alert, accountId, subject, firing: [], resolved: [] };
      episodes.set(key, levels);
    }
    levels[firing ? "firing" : "resolved"].push(severity);
  }
  return [...episodes.values()];
}
