import type { Hop } from "../model.ts";
import type { Move, Waiting } from "../store/outbox.ts";
import type { TargetKey } from "../store/targets.ts";
import type { Pace } from "./pace.ts";
import { targetOf, waysOf } from "./recipients.ts";
import type { Routes } from "./routes.ts";

const HOUR_MS = 3_600_000;

/** `failures` counts this one. A channel that says how long to wait is heard, but not for ever. */
export function backoffMs(failures: number, retryAfterMs: number | null, pace: Pace): number {
  const doubled = pace.backoffMs * 2 ** Math.min(failures - 1, 20);
  return Math.max(Math.min(doubled, pace.backoffCeilingMs), Math.min(retryAfterMs ?? 0, HOUR_MS));
}

/** As long as the failures before a target is left take: news does not wait longer for any. */
export function patienceMs(pace: Pace): number {
  return pace.backoffMs * 2 ** (pace.failuresToMoveOn - 1);
}

/**
 * Where notifications go whose target cannot be used: to their recipient's next hop that is not down, round to the
 * first. What has no such hop stays, and is tried again when its target is.
 */
export function movesFrom(
  waiting: readonly Waiting[],
  { routes, down }: { routes: Routes; down: readonly TargetKey[] },
): Move[] {
  const closed = new Set(down.map(keyOf));
  return waiting.flatMap(({ id, hops, hop }) => {
    const next = hops
      .map((_, step) => (hop + 1 + step) % hops.length)
      .map((index) => ({ index, target: hopTarget(routes, hops[index]) }))
      .find(({ target }) => target !== null && !closed.has(keyOf(target)));
    return next?.target ? [{ id, hops, hop: next.index, ...next.target }] : [];
  });
}

/** Where notifications go whose channel has left the routes file. */
export function movesFromUnknown(waiting: readonly Waiting[], routes: Routes): Move[] {
  return waiting.map(({ id, hops }) => ({ id, hop: 0, ...waysOf(routes, hops) }));
}

const hopTarget = (routes: Routes, hop: Hop | undefined) => (hop ? targetOf(routes, hop) : null);
const keyOf = ({ channel, address }: TargetKey) => JSON.stringify([channel, address]);
