import type { Collector } from "./collector.ts";
import { statistics } from "./statistics/index.ts";

const COLLECTORS: readonly Collector[] = [statistics];

export const COLLECTOR_NAMES = COLLECTORS.map((collector) => collector.name);

export function collectorNamed(name: string): Collector | undefined {
  return COLLECTORS.find((collector) => collector.name === name);
}
