import { setTimeout as sleep } from "node:timers/promises";
import type { StackPart } from "./stackPart.ts";

export interface KillOptions {
  /** The database first: the others need it to start. */
  parts: readonly StackPart[];
  rounds: number;
  random(): number;
  /** Between two rounds, and for how long who was killed is away: at most. */
  gapMs: number;
  downMs: number;
}

export interface Kill {
  name: string;
  at: number;
  /** When it answered again. */
  backAt: number;
}

/** Kills one part or two at a time and starts them again. Answers what was killed when, and who ended by itself. */
export async function killRounds(options: KillOptions): Promise<{ kills: Kill[]; died: string[] }> {
  const { parts, rounds, random, gapMs, downMs } = options;
  const kills: Kill[] = [];
  const died: string[] = [];
  const pick = () => parts[Math.floor(random() * parts.length)];
  for (let round = 0; round < rounds; round++) {
    await sleep(gapMs * (0.5 + random()));
    for (const part of parts) {
      if (part.alive()) continue;
      died.push(`${part.name} in round ${round}: ${part.output().slice(-500)}`);
      await part.start();
    }
    // Every part's turn comes, also in few rounds.
    const chosen = [parts[round % parts.length], random() < 0.3 ? pick() : undefined];
    const victims = parts.filter((part) => chosen.includes(part));
    const killedAt = new Map<StackPart, number>();
    for (const victim of victims) {
      killedAt.set(victim, Date.now());
      await victim.kill(random() < 0.7 ? "SIGKILL" : "SIGTERM");
    }
    await sleep(downMs * random());
    for (const [victim, at] of killedAt) {
      await victim.start();
      kills.push({ name: victim.name, at, backAt: Date.now() });
    }
  }
  return { kills, died };
}

/** A stream of numbers from 0 to 1 that its seed decides. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
