import { salt, unit } from "./random.ts";

export const faultKinds = [
  "html",
  "truncated",
  "cut",
  "reset",
  "garbage",
  "slow_drip",
  "hang",
  "oversized",
  "empty_list",
  "bom",
  "text_plain",
  "is_delay",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type Fault =
  | FaultKind
  | { errcode: number; errmsg?: string }
  | { status: number; html?: boolean; body?: string; contentType?: string };

export interface FaultRule {
  api?: string;
  appid?: string;
  /** Of each matching call. */
  probability?: number;
  /** So many calls at most. */
  count?: number;
  fault: Fault;
}

export interface ActiveFault extends FaultRule {
  id: number;
  seen: number;
  hits: number;
}

export interface Faults {
  add(rule: FaultRule): number;
  list(): ActiveFault[];
  clear(id: number | null): void;
  /** The first rule that strikes this call. */
  strike(api: string, appid: string | null): Fault | null;
}

const draw = salt("fault");

export function createFaults(seed: number): Faults {
  let lastId = 0;
  let active: ActiveFault[] = [];
  const strikes = (rule: ActiveFault, api: string, appid: string | null): boolean => {
    if (rule.api !== undefined && rule.api !== api) return false;
    if (rule.appid !== undefined && rule.appid !== appid) return false;
    if (rule.count !== undefined && rule.hits >= rule.count) return false;
    rule.seen++;
    return rule.probability === undefined || unit(seed, draw, rule.id, rule.seen) < rule.probability;
  };
  return {
    add(rule) {
      lastId++;
      active.push({ ...rule, id: lastId, seen: 0, hits: 0 });
      return lastId;
    },
    list: () => active,
    clear(id) {
      active = id === null ? [] : active.filter((rule) => rule.id !== id);
    },
    strike(api, appid) {
      const rule = active.find((candidate) => strikes(candidate, api, appid));
      if (rule === undefined) return null;
      rule.hits++;
      return rule.fault;
    },
  };
}

export function faultName(fault: Fault): string {
  if (typeof fault === "string") return fault;
  return "errcode" in fault ? String(fault.errcode) : `http_${fault.status}`;
}
