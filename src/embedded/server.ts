import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { type Launcher, POSTGRES_ENVIRONMENT } from "./launch.ts";
import { freePort } from "./port.ts";
import { waitUntil } from "./processes.ts";

const START_TIMEOUT_MS = 60_000;
const PORT_ATTEMPTS = 3;

/** What to send to end Postgres, and how long to wait for it: fast shutdown, immediate shutdown, kill. */
export const SHUTDOWN_STEPS: [NodeJS.Signals, number][] = [
  ["SIGINT", 20_000],
  ["SIGQUIT", 5_000],
  ["SIGKILL", 5_000],
];

export interface Server {
  child: ChildProcess;
  pid: number;
  port: number;
}

export async function startServer(
  directory: string,
  data: string,
  settings: Record<string, string>,
  binaries: Binaries,
  launcher: Launcher,
): Promise<Server> {
  const logFile = join(directory, "postgres.log");
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = spawnServer(data, { ...settings, port: String(port) }, logFile, binaries, launcher);
    let exited = false;
    void exitOf(child).then(() => {
      exited = true;
    });
    const settled = await waitUntil(() => exited || acceptsConnections(data, child.pid), START_TIMEOUT_MS);
    if (child.pid !== undefined && settled && !exited) return { child, pid: child.pid, port };
    await shutDown(child);
    // Another process may have taken the port between our look and Postgres' bind.
    if (attempt < PORT_ATTEMPTS && readFileSync(logFile, "utf8").includes("could not bind")) continue;
    throw new Error(`embedded Postgres does not start: ${lastLines(logFile)}`);
  }
}

function spawnServer(
  data: string,
  settings: Record<string, string>,
  logFile: string,
  binaries: Binaries,
  launcher: Launcher,
): ChildProcess {
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const [command = "", ...args] = [...launcher.prefix, binaries.postgres, "-D", data, ...flags];
  const output = openSync(logFile, "w", 0o600);
  try {
    // A group of its own: a terminal's Ctrl-C must reach us first, not Postgres under our open connections.
    return spawn(command, args, {
      env: POSTGRES_ENVIRONMENT,
      cwd: data,
      detached: true,
      stdio: ["ignore", output, output],
    });
  } finally {
    closeSync(output);
  }
}

/** The postmaster writes its pid to the first and its state to the eighth line of this file. */
function acceptsConnections(data: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    return lines[0] === String(pid) && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

export async function shutDown(child: ChildProcess): Promise<void> {
  const { pid } = child;
  const gone = (): boolean => pid === undefined || child.exitCode !== null || child.signalCode !== null;
  for (const [signal, timeoutMs] of SHUTDOWN_STEPS) {
    if (gone()) return;
    child.kill(signal);
    await waitUntil(gone, timeoutMs, 10);
  }
}

export function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trim().split("\n").slice(-5).join(" | ");
}
