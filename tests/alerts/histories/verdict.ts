import { SEVERITIES, type Severity } from "../../../src/model.ts";

export type Counts = Record<Severity, number>;

export const FAULTS = ["false", "unsupported", "missed"] as const;
export type Fault = (typeof FAULTS)[number];

/** What a proof found; faults as sentences that name account, level and time. */
export interface Verdict extends Record<Fault, string[]> {
  /** Stretches of time in which an alert of the level stood. */
  alerts: Counts;
  /** Times at which an alert had to stand. */
  expected: Counts;
  /** Of the critical ones expected: those that stood right after the visit that proved them, a visit earlier than they must. */
  atOnce: number;
}

const none = (): Counts => ({ info: 0, warning: 0, critical: 0 });

export function emptyVerdict(): Verdict {
  return { alerts: none(), expected: none(), atOnce: 0, false: [], unsupported: [], missed: [] };
}

export function addVerdict(sum: Verdict, more: Verdict): void {
  for (const level of SEVERITIES) {
    sum.alerts[level] += more.alerts[level];
    sum.expected[level] += more.expected[level];
  }
  for (const fault of FAULTS) sum[fault].push(...more[fault]);
  sum.atOnce += more.atOnce;
}

export const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);
