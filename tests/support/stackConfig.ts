import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { ROOT } from "./cli.ts";

export interface StackAddresses {
  exporter: string;
  notifier: string;
  alertmanager: string;
  planner?: string;
  collector?: string;
}

export interface StackConfig {
  addresses: StackAddresses;
  token: string;
  /** Durations of minutes and hours become so many times shorter; 1 leaves them. */
  factor: number;
}

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const DURATION = /^(\d+(ms|[smhdw]))+$/;
/** Keys of the files whose value is a duration; expressions hold ranges besides. */
const DURATION_KEYS = new Set([
  ...["scrape_interval", "scrape_timeout", "evaluation_interval", "interval", "for", "keep_firing_for"],
  ...["group_wait", "group_interval", "repeat_interval", "resolve_timeout"],
]);
/** A shorter range would lose samples of a busy machine. */
const SHORTEST_RANGE_MS = 5_000;

/** By the committed files' port; what else they name is nobody here. */
const PORTS: Record<string, keyof StackAddresses> = {
  ...{ 9464: "exporter", 9465: "planner", 9466: "collector", 9467: "notifier", 9093: "alertmanager" },
};
const ADDRESS = /(?<![\w.-])[a-z0-9][\w.-]*:(9\d{3})(?!\d)/g;

function durationMs(text: string): number {
  assert.match(text, DURATION);
  return [...text.matchAll(/(\d+)(ms|[smhdw])/g)].reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNITS_MS[unit] ?? Number.NaN),
    0,
  );
}

/** `5m` by 60 is `5000ms`. */
export function shortened(text: string, factor: number, leastMs = 1): string {
  if (factor === 1) return text;
  return `${Math.max(leastMs, Math.round(durationMs(text) / factor))}ms`;
}

function transformed(value: unknown, key: string, config: StackConfig): unknown {
  if (Array.isArray(value)) return value.map((item) => transformed(item, key, config));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, transformed(item, name, config)]));
  if (typeof value !== "string") return value;
  if (key === "expr") {
    return value.replace(/\[((?:\d+(?:ms|[smhdw]))+)\]/g, (range, duration: string) =>
      config.factor === 1 ? range : `[${shortened(duration, config.factor, SHORTEST_RANGE_MS)}]`,
    );
  }
  if (DURATION_KEYS.has(key)) return shortened(value, config.factor);
  if (key === "credentials_file") return "token";
  return value.replace(ADDRESS, (_address, port: string) => {
    const part = PORTS[port];
    return (part && config.addresses[part]) ?? "127.0.0.1:9";
  });
}

function transform(file: string, config: StackConfig): void {
  writeFileSync(file, stringify(transformed(parse(readFileSync(file, "utf8")), "", config), { lineWidth: 0 }));
}

/** Copies the committed configuration, leads it to the stack's addresses, and lets the real tools check the result. */
export function writeStackConfig(directory: string, config: StackConfig): { prometheus: string; alertmanager: string } {
  const prometheus = join(directory, "prometheus/prometheus.yml");
  const alertmanager = join(directory, "alertmanager/alertmanager.yml");
  cpSync(join(ROOT, "grafana/prometheus"), dirname(prometheus), { recursive: true });
  cpSync(join(ROOT, "grafana/alertmanager"), dirname(alertmanager), { recursive: true });
  writeFileSync(join(dirname(alertmanager), "token"), config.token, { mode: 0o600 });
  const rules = globSync("rules/*.yml", { cwd: dirname(prometheus) }).filter((file) => !file.endsWith(".test.yml"));
  for (const file of [prometheus, alertmanager, ...rules.map((name) => join(dirname(prometheus), name))])
    transform(file, config);
  const checked = execFileSync("promtool", ["check", "config", prometheus], { encoding: "utf8" });
  const loaded = [...checked.matchAll(/(\d+) rules found/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  assert.ok(loaded >= rules.length, `prometheus.yml loads the rules:\n${checked}`);
  execFileSync("amtool", ["check-config", alertmanager], { encoding: "utf8" });
  return { prometheus, alertmanager };
}
