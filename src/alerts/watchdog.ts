import type { Kysely } from "kysely";
import type { Database } from "../store/database.ts";
import { clearOwn, raiseOwn } from "../store/episodes.ts";
import { watchdogSeenAt } from "../store/watchdog.ts";

const OWN = { alert: "Watchdog", subject: "" };

/**
 * Raises an alert of our own while Alertmanager has not been heard for `silenceMs`. Time in which nobody looked, as
 * nothing ran or Postgres was away, is no silence of Alertmanager's: it could not be heard either.
 */
export function createWatch({ db, silenceMs }: { db: Kysely<Database>; silenceMs: number }): {
  look(now: Date): Promise<void>;
} {
  let listeningSince: Date | null = null;
  let lookedAt = new Date(0);
  let told: "silent" | "heard" | null = null;
  return {
    async look(now) {
      const seenAt = await watchdogSeenAt(db);
      const since = (at: Date | null) => (at === null ? Number.POSITIVE_INFINITY : now.getTime() - at.getTime());
      if (since(lookedAt) > silenceMs / 5) listeningSince = now;
      lookedAt = now;
      if (since(seenAt) < silenceMs) {
        if (told !== "heard") await clearOwn(db, { ...OWN, now });
        told = "heard";
      } else if (since(listeningSince) >= silenceMs) {
        if (told !== "silent") await raiseOwn(db, { ...OWN, severity: "critical", now });
        told = "silent";
      }
    },
  };
}
