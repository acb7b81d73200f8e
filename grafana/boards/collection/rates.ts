const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;

/** Counters of all processes of a kind together. The window is longer than a step: what it holds is no count of a step. */
export const perMinute = (metric: string, by: string) => `60 * ${rate(metric, by)}`;

export const quantile = (share: number, histogram: string, by: string) =>
  `histogram_quantile(${share}, ${rate(`${histogram}_bucket`, `le, ${by}`)})`;

/** Faults per minute; 0 only while the processes that would count them are there: series begin with the first fault. */
export const totalOf = (faults: string, all: string) =>
  `60 * sum(rate(${faults}[$__rate_interval])) or 0 * sum(rate(${all}[$__rate_interval]))`;
