import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Severity } from "../model.ts";
import { readAccountFacts } from "../store/alertFacts.ts";
import type { Database } from "../store/database.ts";
import {
  changingEpisodes,
  type EpisodeChange,
  highestOf,
  type OpenEpisode,
  rankOf,
  readOpenEpisodes,
  saveEpisodes,
} from "../store/episodes.ts";
import { watchdogSeenAt } from "../store/watchdog.ts";
import { isJudged, levelOf } from "./support.ts";

/**
 * Alertmanager keeps silent about what is inhibited or silenced, also when it ends, and forgets what it told when it
 * starts anew. It repeats what fires every quarter of an hour.
 */
const PATIENCE_MS = 30 * 60_000;

export interface SettleOptions {
  db: Kysely<Database>;
  now: Date;
  /** For so long what no data speak about must be over before that is told. */
  calmMs: number;
  log: Pick<Logger, "debug">;
}

/**
 * Ends episodes that are over, and lowers those that fell. Where there are data they decide at once; what Alertmanager
 * merely stopped to tell of when they have not borne it out for half an hour. Answers how many events came of it.
 */
export async function settle({ db, now, calmMs, log }: SettleOptions): Promise<number> {
  const events = await changingEpisodes(db, async (trx) => {
    const episodes = await readOpenEpisodes(trx);
    const ids = new Set(episodes.flatMap(({ accountId }) => (accountId === null ? [] : [accountId])));
    const facts = await readAccountFacts(trx, [...ids]);
    const heardAt = await watchdogSeenAt(trx);
    // It comes at least every 6 minutes, while Prometheus judges and Alertmanager reaches us.
    const heard = heardAt !== null && now.getTime() - heardAt.getTime() < (2 / 3) * calmMs;
    const changes = episodes.flatMap((episode) => {
      const known = episode.accountId === null ? null : (facts.get(episode.accountId) ?? null);
      if (known?.lifecycle === "closed") return [{ ...episode, ...ENDED, endedAt: now }];
      const change = isJudged(episode.alert, known)
        ? judgedChange(episode, levelOf(episode.alert, known, now), now)
        : unjudgedChange(episode, { heard, calmMs, now });
      return change ? [change] : [];
    });
    return await saveEpisodes(trx, changes, now);
  });
  if (events > 0) log.debug({ events }, "episodes of alerts were settled");
  return events;
}

function judgedChange(episode: OpenEpisode, level: Severity | null, now: Date): EpisodeChange | null {
  const { severity, seenAt, unsupportedSince } = episode;
  const supported = level !== null && rankOf(level) >= rankOf(severity);
  if (supported) return unsupportedSince === null ? null : { ...episode, ...OPEN, unsupportedSince: null };

  const firing = highestOf(episode.firing);
  const agreed = level === null ? firing === null : firing === null || rankOf(firing) < rankOf(severity);
  if (!agreed) {
    if (unsupportedSince === null) return { ...episode, ...OPEN, unsupportedSince: now };
    if (now.getTime() - Math.max(unsupportedSince.getTime(), seenAt.getTime()) < PATIENCE_MS) return null;
  }
  return level === null ? { ...episode, ...ENDED, endedAt: now } : lowered(episode, level);
}

/**
 * What fires for longer than Prometheus needs to say so again after a start is no longer told by one that is there. So
 * the end is no mere lack of Prometheus, and an end that was never told does not hide the next alert.
 */
function unjudgedChange(
  episode: OpenEpisode,
  { heard, calmMs, now }: { heard: boolean; calmMs: number; now: Date },
): EpisodeChange | null {
  const { alert, severity, seenAt, unsupportedSince } = episode;
  const firing = highestOf(episode.firing);
  // Our own, which Alertmanager never tells of.
  if (alert === "Watchdog") return firing === null ? { ...episode, ...ENDED, endedAt: now } : null;
  const over = firing === null || now.getTime() - seenAt.getTime() >= PATIENCE_MS;
  const fell = firing !== null && rankOf(firing) < rankOf(severity);
  if (!heard || !(over || fell)) return unsupportedSince && { ...episode, ...OPEN, unsupportedSince: null };
  if (unsupportedSince === null) return { ...episode, ...OPEN, unsupportedSince: now };
  if (now.getTime() - unsupportedSince.getTime() < calmMs) return null;
  return over ? { ...episode, ...ENDED, endedAt: now } : lowered(episode, firing);
}

/** Levels above it are dropped: else a later rise to what was told before would be no news. */
function lowered(episode: OpenEpisode, level: Severity): EpisodeChange {
  const firing = episode.firing.filter((name) => rankOf(name) <= rankOf(level));
  return { ...episode, severity: level, firing, unsupportedSince: null, endedAt: null, event: "changed" };
}

const OPEN = { endedAt: null, event: null } as const;
const ENDED = { event: "resolved" } as const;
