import type { TestContext } from "node:test";

/** How often, or how big: `short` in every run, `long` in `npm run test:long`. */
export function rounds(short: number, long: number): number {
  return process.env.TEST_LONG === "1" ? long : short;
}

/** A figure for the table at the end of the run. */
export function report(t: Pick<TestContext, "diagnostic">, title: string, figure: string, limit: string): void {
  t.diagnostic(`round | ${title} | ${figure} | ${limit}`);
}
