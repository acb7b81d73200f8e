import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Severity } from "../../../src/model.ts";
import { GRID } from "./play.ts";
import type { Truths } from "./prometheus.ts";

const RULES = join(import.meta.dirname, "../../../grafana/prometheus/rules");
const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

export interface Rule {
  severity: Severity;
  expr: string;
  forSeconds: number;
  keepFiringSeconds: number;
}

function seconds(text = "0s"): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit] ?? Number.NaN), 0);
}

interface RuleFile {
  groups: { rules: { expr: string; for?: string; keep_firing_for?: string; labels: { severity: Severity } }[] }[];
}

/** The committed rules of an alert. */
export function readRules(alert: string): Rule[] {
  const { groups } = parse(readFileSync(join(RULES, `${alert}.yml`), "utf8")) as RuleFile;
  return groups
    .flatMap(({ rules }) => rules)
    .map((rule) => ({
      severity: rule.labels.severity,
      expr: rule.expr,
      forSeconds: seconds(rule.for),
      keepFiringSeconds: seconds(rule.keep_firing_for),
    }));
}

/** When a rule fires whose expression is true at those points: after `for`, and on for `keep_firing_for`. */
export function firing({ forSeconds, keepFiringSeconds }: Rule, truths: Truths): Truths {
  return new Map(
    [...truths].map(([account, points]): [string, Uint8Array] => {
      let since = -1;
      let last = -1;
      const fires = points.map((isTrue, point) => {
        if (isTrue && since < 0) since = point;
        if (!isTrue) since = -1;
        if (isTrue && (point - since) * GRID >= forSeconds) last = point;
        return last >= 0 && (point === last || (!isTrue && (point - last) * GRID < keepFiringSeconds)) ? 1 : 0;
      });
      return [account, fires];
    }),
  );
}
