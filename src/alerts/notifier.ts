import { setTimeout as sleep } from "node:timers/promises";
import { createRounds, type RoundContext } from "./round.ts";

const READY_WITHIN_MS = 60_000;

export interface Notifier {
  /** Why it does not do its work; null = it does. */
  fault(now: Date): string | null;
  /** Ends what is being sent, begins nothing new. */
  stop(): Promise<void>;
}

/** Goes round until it is stopped. */
export function startNotifier(options: Omit<RoundContext, "stop">): Notifier {
  const { routes, pace, now, log } = options;
  const stopped = new AbortController();
  const rounds = createRounds({ ...options, stop: stopped.signal });
  let wellAt = now();
  if (!routes) log.warn("ROUTES_FILE is not set: alerts are recorded, and nobody is told of them");

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      if (await rounds.run()) wellAt = now();
      await sleep(pace.roundMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }
  const done = loop();
  return {
    fault(at) {
      const ageMs = at.getTime() - wellAt.getTime();
      if (ageMs < READY_WITHIN_MS) return null;
      return `the notifier's last complete round is ${Math.floor(ageMs / 1_000)} s old`;
    },
    async stop() {
      stopped.abort();
      await done;
      await rounds.idle();
    },
  };
}
