import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Database } from "../../src/store/database.ts";
import { type StateName, setStates } from "./stackCounty.ts";
import type { Period } from "./stackTruth.ts";

export interface Change {
  code: string;
  atMs: number;
  state: StateName;
}

const STEP_MS = 250;

/**
 * Makes the changes when their time has come, and logs from when on each was so. While the store is away they wait, and
 * the one under way counts from its first try on: nobody knows whether it was taken.
 */
export async function live(
  db: Kysely<Database>,
  changes: readonly Change[],
  periods: ReadonlyMap<string, Period[]>,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = Date.now();
  const waiting = changes.toSorted((left, right) => left.atMs - right.atMs);
  while (waiting.length > 0 && !signal.aborted) {
    await sleep(STEP_MS);
    const batch = new Map<string, StateName>();
    for (
      let next = waiting[0];
      next && next.atMs <= Date.now() - startedAt && !batch.has(next.code);
      next = waiting[0]
    ) {
      batch.set(next.code, next.state);
      waiting.shift();
    }
    if (batch.size === 0) continue;
    const from = Date.now();
    while (!(await taken(db, batch))) await sleep(STEP_MS);
    const settled = Date.now();
    for (const [code, state] of batch) periods.get(code)?.push({ state, from, settled });
  }
}

async function taken(db: Kysely<Database>, batch: ReadonlyMap<string, StateName>): Promise<boolean> {
  try {
    await setStates(db, batch);
    return true;
  } catch {
    return false;
  }
}

const LASTING: readonly StateName[] = ["fine", "info", "warning", "critical", "unproven", "blind"];

/** A random history: most states last, some pass before or while they are told. */
export function randomHistory(
  code: string,
  random: () => number,
  { untilMs, lastMs, passMs }: { untilMs: number; lastMs: number; passMs: number },
): Change[] {
  const changes: Change[] = [];
  let state: StateName = "fine";
  for (let atMs = random() * passMs; atMs < untilMs; ) {
    const others = LASTING.filter((other) => other !== state);
    state = others[Math.floor(random() * others.length)] ?? "fine";
    changes.push({ code, atMs, state });
    atMs += random() < 0.3 ? 2_000 + random() * passMs : lastMs * (1 + 2 * random());
  }
  return changes;
}
