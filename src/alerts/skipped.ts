import type { Logger } from "pino";
import type { Payload } from "./payload.ts";

const SAY_AGAIN_MS = 60 * 60_000;

/** Alertmanager repeats its groups: what is not taken of one is logged when its number changes, and once an hour. */
export function createSkipLog(
  log: Pick<Logger, "warn">,
): (payload: Payload, skipped: { unknown: number }, now: Date) => void {
  const said = new Map<string, { alerts: number; at: Date }>();
  return ({ group, faulty, truncated }, { unknown }, now) => {
    for (const [key, { at }] of said) if (now.getTime() - at.getTime() >= SAY_AGAIN_MS) said.delete(key);
    const say = (alerts: number, message: string) => {
      const key = JSON.stringify([message, group]);
      if (alerts === 0) said.delete(key);
      if (alerts === 0 || said.get(key)?.alerts === alerts) return;
      said.set(key, { alerts, at: now });
      log.warn({ alerts }, message);
    };
    say(faulty, "Alertmanager sent alerts without a name or a known severity: skipped");
    say(unknown, "Alertmanager sent alerts about accounts that are not open: skipped");
    say(truncated, "Alertmanager left alerts out: set max_alerts to 0");
  };
}
