import { readFileSync, writeFileSync } from "node:fs";
import { must } from "./shell.ts";

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

/** What an engine changes on the machine's network. */
export interface Network {
  links: string[];
  /** `table rule`, without counters. */
  rules: string[];
  /** `table chain policy`. */
  chains: string[];
  forwarding: string;
}

export async function readNetwork(): Promise<Network> {
  const links = (await must("ip", ["-o", "link"]))
    .split("\n")
    .flatMap((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? []);
  const rules: string[] = [];
  const chains: string[] = [];
  let table = "";
  for (const line of (await must("iptables-save", [])).split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    if (line.startsWith("-A ")) rules.push(`${table} ${line}`);
    const chain = /^:(\S+) (\S+)/.exec(line);
    // A built-in chain that accepts is as good as none: iptables makes it when it first looks.
    if (chain && chain[2] !== "ACCEPT") chains.push(`${table} ${chain[1]} ${chain[2]}`);
  }
  return { links: links.sort(), rules, chains: chains.sort(), forwarding: readFileSync(FORWARDING, "utf8").trim() };
}

const beyond = (now: readonly string[], before: readonly string[]) => now.filter((entry) => !before.includes(entry));

/** Takes away what an engine of ours left behind: it keeps its rules when it ends. */
export async function restoreNetwork(before: Network): Promise<void> {
  const now = await readNetwork();
  for (const link of beyond(now.links, before.links)) {
    if (/^(br-[0-9a-f]{12}|govmatrix\d+)$/.test(link)) await must("ip", ["link", "delete", link]);
  }
  for (const entry of beyond(now.rules, before.rules)) {
    const [table = "", , ...rule] = entry.split(" ");
    await must("iptables", ["-t", table, "-D", ...rule]);
  }
  const left = beyond(now.chains, before.chains).map((entry) => entry.split(" "));
  for (const [table = "", chain = "", policy] of left) {
    if (policy === "-") await must("iptables", ["-t", table, "-X", chain]);
    else await must("iptables", ["-t", table, "-P", chain, "ACCEPT"]);
  }
  writeFileSync(FORWARDING, before.forwarding);
}

/** What is not as it was before, in words; empty when all is. */
export function differences(before: Network, now: Network): string[] {
  return (["links", "rules", "chains"] as const)
    .flatMap((kind) => [
      ...beyond(now[kind], before[kind]).map((entry) => `left behind: ${entry}`),
      ...beyond(before[kind], now[kind]).map((entry) => `gone: ${entry}`),
    ])
    .concat(now.forwarding === before.forwarding ? [] : [`ip_forward is ${now.forwarding}`]);
}
