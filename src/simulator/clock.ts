export interface Clock {
  nowMs(): number;
  /** Jumps to `ms` and runs on from there, or stands still when frozen; null returns to the real time. */
  set(ms: number | null, frozen: boolean): void;
  status(): { now: string; simulated: boolean; frozen: boolean };
}

export function createClock(realNow: () => Date): Clock {
  let set: { ms: number; sinceMs: number; frozen: boolean } | null = null;
  const nowMs = (): number => {
    const realMs = realNow().getTime();
    if (set === null) return realMs;
    return set.frozen ? set.ms : set.ms + (realMs - set.sinceMs);
  };
  return {
    nowMs,
    set(ms, frozen) {
      set = ms === null ? null : { ms, sinceMs: realNow().getTime(), frozen };
    },
    status: () => ({ now: new Date(nowMs()).toISOString(), simulated: set !== null, frozen: set?.frozen ?? false }),
  };
}
