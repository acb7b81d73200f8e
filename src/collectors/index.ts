import type { Chore } from "./chore.ts";
import type { Collector } from "./collector.ts";
import { figures } from "./figures.ts";
import { maintenance } from "./maintenance.ts";
import { pages } from "./pages/index.ts";
import { profile } from "./profile.ts";
import { publications } from "./publications/index.ts";
import { replies } from "./replies/index.ts";
import { statistics } from "./statistics/index.ts";

const COLLECTORS: readonly Collector[] = [statistics, publications, profile, pages, replies];

export const COLLECTOR_NAMES = COLLECTORS.map((collector) => collector.name);

export function collectorNamed(name: string): Collector | undefined {
  return COLLECTORS.find((collector) => collector.name === name);
}

export const CHORES: readonly Chore[] = [maintenance, figures];

export const CHORE_NAMES = CHORES.map((chore) => chore.name);

export function choreNamed(name: string): Chore | undefined {
  return CHORES.find((chore) => chore.name === name);
}
