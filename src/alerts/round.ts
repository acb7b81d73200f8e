import type { Logger } from "pino";
import type { HolidayYear } from "../calendar/holidays.ts";
import { toError } from "../errors.ts";
import { waitingTargets } from "../store/outbox.ts";
import { deliverTo } from "./deliver.ts";
import { makeDigest } from "./digest/index.ts";
import { routeEvents } from "./route.ts";
import type { Routes } from "./routes.ts";
import type { SendingContext } from "./send.ts";
import { settle } from "./settle.ts";
import { createWatch } from "./watchdog.ts";

export interface RoundContext extends SendingContext {
  /** Null: nobody is told. */
  routes: Routes | null;
  holidays: readonly HolidayYear[];
  /** Whether Alertmanager is expected to tell of itself. */
  watchdog: boolean;
}

export interface Rounds {
  /** One pass. Deliveries are begun, not awaited: a slow channel delays only itself. False when a step failed. */
  run(): Promise<boolean>;
  /** Waits until no delivery is under way. */
  idle(): Promise<void>;
}

/** What the notifier does again and again. Every step may be repeated, and made by several notifiers side by side. */
export function createRounds(context: RoundContext): Rounds {
  const { db, routes, holidays, pace, now, log } = context;
  const watch = createWatch({ db, silenceMs: pace.watchdogSilenceMs });
  const attempt = createAttempts(log);
  const free = createPlaces(pace.concurrency);
  /** Those that wait for a place too. */
  const underWay = new Map<string, Promise<void>>();

  async function beginDeliveries(to: Routes): Promise<void> {
    for (const target of await waitingTargets(db, now())) {
      const key = JSON.stringify([target.channel, target.address]);
      if (underWay.has(key)) continue;
      const deliver = () =>
        attempt(`deliver by ${target.channel}`, () => deliverTo({ ...context, routes: to }, target));
      const delivery = free(async () => (context.stop.aborted ? undefined : await deliver()));
      underWay.set(
        key,
        delivery.then(() => void underWay.delete(key)),
      );
    }
  }

  return {
    async run() {
      const steps: [string, () => Promise<unknown>][] = [
        ["settle", () => settle({ db, now: now(), calmMs: pace.calmMs, log })],
      ];
      if (context.watchdog) steps.push(["watch", () => watch.look(now())]);
      steps.push(["route", () => routeEvents({ db, routes, now: now(), log })]);
      if (routes) {
        steps.push(["digest", () => makeDigest({ db, routes, holidays, now: now(), log })]);
        steps.push(["deliver", () => beginDeliveries(routes)]);
      }
      let well = true;
      for (const [name, step] of steps) {
        if (context.stop.aborted) return well;
        well = (await attempt(name, step)) && well;
      }
      return well;
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}

/** Runs so many at a time; the others wait in the order in which they came. */
function createPlaces(places: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const queue: (() => void)[] = [];
  let left = places;
  return async (work) => {
    if (left > 0) left -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else left += 1;
    }
  };
}

/** A step that fails does not stop the others; its fault is logged when it begins and when it is over. */
function createAttempts(
  log: Pick<Logger, "error" | "info">,
): (name: string, step: () => Promise<unknown>) => Promise<boolean> {
  const faulty = new Set<string>();
  return async (name, step) => {
    try {
      await step();
      if (faulty.delete(name)) log.info({ step: name }, "a step of the notifier works again");
      return true;
    } catch (error) {
      if (!faulty.has(name)) log.error({ step: name, error: toError(error).message }, "a step of the notifier failed");
      faulty.add(name);
      return false;
    }
  };
}
