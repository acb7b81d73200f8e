/** How long one case took, or has waited so far. */
export interface Duration {
  /** Whole seconds, 0 or more. */
  seconds: number;
  answered: boolean;
}

/** `overSeconds`: too few are answered yet; the percentile lies somewhere above. */
export type Percentile = { seconds: number } | { overSeconds: number };

/** Share of cases answered by each time, after Kaplan and Meier; times ascending, a step for each new share. */
export interface AnswerCurve {
  cases: number;
  times: number[];
  shares: number[];
  /** The greatest time, answered or not. */
  lastSeconds: number;
}

/** Fewer say nothing about how an office answers. */
const MIN_CASES = 10;
/** R's `sqrt(.Machine$double.eps)`: shares closer than this are the same share, reached by other roundings. */
const TOLERANCE = Math.sqrt(Number.EPSILON);

/** Whoever still waits counts as waiting for all that he waited, and says nothing about later (right-censored). */
export function answerCurve(durations: readonly Duration[]): AnswerCurve {
  // One number sorts by time, and answers before whoever still waits at the same time.
  const keys = Float64Array.from(durations, ({ seconds, answered }) => seconds * 2 + (answered ? 0 : 1)).sort();
  const curve: AnswerCurve = { cases: keys.length, times: [], shares: [], lastSeconds: 0 };
  let unanswered = 1;
  for (let index = 0; index < keys.length; ) {
    const atRisk = keys.length - index;
    const key = keys[index] ?? 0;
    const seconds = Math.floor(key / 2);
    let count = 0;
    while (keys[index] === key) {
      index += 1;
      count += 1;
    }
    curve.lastSeconds = seconds;
    if (key % 2 === 1) continue;
    unanswered *= (atRisk - count) / atRisk;
    curve.times.push(seconds);
    curve.shares.push(1 - unanswered);
  }
  return curve;
}

/**
 * The time by which the share `level` is answered, as R's `quantile(survfit(Surv(t, d) ~ 1))` tells it: the middle of
 * the stretch where the curve lies at that very share, up to the last time where it ends there. Null below ten cases.
 */
export function percentile(curve: AnswerCurve, level: number): Percentile | null {
  const { cases, times, shares, lastSeconds } = curve;
  if (cases < MIN_CASES) return null;
  const reached = shares.findIndex((share) => share + TOLERANCE >= level);
  const from = times[reached];
  if (from === undefined) return { overSeconds: lastSeconds };
  const passed = shares.findIndex((share) => share - TOLERANCE >= level);
  return { seconds: (from + (times[passed] ?? lastSeconds)) / 2 };
}
