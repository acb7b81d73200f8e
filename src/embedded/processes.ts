import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** macOS has no /proc. */
export const CAN_SEE_PROCESSES = existsSync("/proc/self/stat");

/** Start time in clock ticks since boot, so that a reused pid is not mistaken for the process; null when it is gone or unknown. */
export function processStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name stands in parentheses and may hold spaces: proc(5), fields 3 (state) and 22 (starttime) follow it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Whether that very process still runs. Where there is no /proc (macOS) the pid alone decides. */
export function isRunning(pid: number, startTime: string | null): boolean {
  if (startTime !== null) return processStartTime(pid) === startTime;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Every postgres process, postmaster or backend, that works in this data directory. */
export function postgresProcessesIn(dataDirectory: string): number[] {
  if (!CAN_SEE_PROCESSES) return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && worksIn(entry, dataDirectory))
    .map(Number);
}

function worksIn(pid: string, dataDirectory: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === dataDirectory &&
      readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "postgres" &&
      processStartTime(Number(pid)) !== null
    );
  } catch {
    return false;
  }
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** True as soon as the condition holds, false when it does not within the time. */
export async function waitUntil(condition: () => boolean, timeoutMs: number, everyMs = 20): Promise<boolean> {
  for (const deadline = performance.now() + timeoutMs; !condition(); ) {
    if (performance.now() > deadline) return false;
    await sleep(everyMs);
  }
  return true;
}
