import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parse } from "yaml";

export const ROOT = resolve(import.meta.dirname, "../..");
export const RULES = join(ROOT, "grafana/prometheus/rules");

/** Alerts, by the names of their files. */
export const names: readonly string[] = globSync("*.yml", { cwd: RULES })
  .filter((file) => !file.endsWith(".test.yml"))
  .map((file) => basename(file, ".yml"))
  .sort();

export interface Rule {
  alert: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RuleFile {
  groups: { name: string; rules: Rule[] }[];
}

export function readRules(name: string): RuleFile {
  return parse(readFileSync(join(RULES, `${name}.yml`), "utf8")) as RuleFile;
}

/** `promtool` or `amtool`, and all that it says. */
export function tool(command: string, args: string[], directory: string): { status: number | null; output: string } {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd: directory, encoding: "utf8" });
  if (error) throw new Error(`${command} must be on PATH (Debian packages prometheus, prometheus-alertmanager)`);
  return { status, output: `${stdout}${stderr}` };
}
