import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export const CLI = join(import.meta.dirname, "../src/cli/main.ts");

/** The platform in a process of its own, so that its work is not counted. */
export async function startSimulatorProcess(accounts: number): Promise<{ url: string; stop(): void }> {
  const args = [CLI, "simulate", "--accounts", String(accounts), "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { url: JSON.parse(line.toString()).url, stop: () => child.kill() };
}
