import { readdirSync } from "node:fs";
import { join } from "node:path";
import { outputOf, type Stack, settle } from "../stack.ts";

interface Target {
  labels: { job: string; instance: string };
  discoveredLabels: Record<string, string>;
  health: string;
  lastError: string;
}

/** Of Prometheus, which is not published: from inside. */
async function ask<Data>(stack: Stack, path: string): Promise<Data> {
  const url = `http://127.0.0.1:9090/api/v1/${path}`;
  const text = outputOf(await stack.exec("prometheus", ["wget", "-q", "-O", "-", url]), url);
  return (JSON.parse(text) as { data: Data }).data;
}

export async function query(stack: Stack, expression: string): Promise<number | null> {
  const { result } = await ask<{ result: { value: [number, string] }[] }>(
    stack,
    `query?query=${encodeURIComponent(expression)}`,
  );
  const value = result[0]?.value[1];
  return value === undefined ? null : Number(value);
}

/** Waits until exactly so many processes of each service are found and scraped. */
export async function scrapes(stack: Stack, counts: Record<string, number>, timeoutMs: number): Promise<string> {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  await settle(async () => {
    const { activeTargets } = await ask<{ activeTargets: Target[] }>(stack, "targets?state=active");
    const names = activeTargets.map((target) => target.discoveredLabels.__meta_dns_name ?? "");
    const wrong = Object.entries(counts).flatMap(([service, count]) => {
      const found = names.filter((name) => name === service).length;
      return found === count ? [] : [`${service}: ${found} targets instead of ${count}`];
    });
    const down = activeTargets.filter(({ health }) => health !== "up");
    const faults = down.map(({ labels, health, lastError }) => `${labels.instance} is ${health} ${lastError}`);
    if (activeTargets.length !== total) wrong.push(`${activeTargets.length} targets`);
    return [...wrong, ...faults];
  }, timeoutMs);
  return `${total} up: ${Object.entries(counts)
    .map(([service, count]) => `${service} ${count}`)
    .join(", ")}`;
}

/** Every committed rule is loaded and could be judged. */
export async function judgesRules(stack: Stack): Promise<string> {
  const { groups } = await ask<{ groups: { rules: { name: string; health: string; lastError?: string }[] }[] }>(
    stack,
    "rules",
  );
  const committed = readdirSync(join(stack.clone, "grafana/prometheus/rules"))
    .filter((file) => file.endsWith(".yml") && !file.endsWith(".test.yml"))
    .map((file) => file.replace(/\.yml$/, ""));
  const rules = groups.flatMap((group) => group.rules);
  const missing = committed
    .filter((name) => !rules.some((rule) => rule.name === name))
    .map((name) => `${name} is missing`);
  const faulty = rules
    .filter(({ health }) => health !== "ok")
    .map(({ name, health, lastError }) => `${name}: ${health} ${lastError}`);
  if (missing.length + faulty.length > 0) throw new Error([...missing, ...faulty].join("\n"));
  return `${rules.length} rules`;
}
