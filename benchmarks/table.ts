/** One measured figure beside what it is held against. */
export interface Figure {
  benchmark: string;
  figure: string;
  value: number;
  unit: string;
  /** What the limit is and where it comes from. */
  against: string;
  limit: number;
}

/** Prints one table and answers whether every figure stays within its limit. */
export function printTable(figures: Figure[]): boolean {
  console.table(
    figures.map(({ benchmark, figure, value, unit, against, limit }) => ({
      benchmark,
      figure,
      measured: `${value} ${unit}`,
      limit: `${limit} ${unit} (${against})`,
      ratio: Math.round((value / limit) * 1000) / 1000,
      pass: value <= limit,
    })),
  );
  return figures.every(({ value, limit }) => value <= limit);
}
