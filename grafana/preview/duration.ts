const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `now-30d` and the like; `/d` and other roundings are not used here. */
export function timeOf(expression: string, now: Date): Date {
  const match = /^now(?:-(\d+)([smhdw]))?$/.exec(expression);
  if (!match) throw new Error(`unknown time ${expression}`);
  const [, count = "0", unit = "s"] = match;
  return new Date(now.getTime() - Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]);
}

/** The largest unit that fits, as PromQL reads it. */
export function durationText(ms: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (ms >= UNITS_MS[unit] && ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

const STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000],
  ...[300_000, 600_000, 900_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000],
  ...[86_400_000, 604_800_000],
];

/** Between two points of a chart: a round length, never under that of the data. */
export function intervalOf(rangeMs: number, points: number, leastMs: number): number {
  const exact = rangeMs / points;
  return Math.max(STEPS_MS.find((step) => step >= exact) ?? exact, leastMs);
}
