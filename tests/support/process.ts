import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Running {
  pid: number;
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  exit: Promise<Exit>;
  /** Waits until stdout or stderr matches; fails with both when it ends or takes too long before. */
  output(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Sends the signal to this process alone and waits for its end. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
}

export interface StartOptions {
  cwd?: string;
  /** Added to the environment of this process; undefined removes a name. */
  env?: Record<string, string | undefined>;
  stdin?: string;
}

// What a test starts ends with the test's process, even when that is killed.
const FOLLOW = process.platform === "linux" ? ["setpriv", "--pdeathsig", "KILL"] : [];

/** Starts a process that is killed after the test (or, without one, when this process ends). */
export function startProcess(
  t: Pick<TestContext, "after"> | null,
  command: string,
  args: string[],
  options: StartOptions = {},
): Running {
  const [file = "", ...rest] = [...FOLLOW, command, ...args];
  const child = spawn(file, rest, {
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (child.pid === undefined) throw new Error(`${command} could not be started`);
  child.stdin?.end(options.stdin);
  const text = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text.stderr += chunk;
  });
  let ended = false;
  const exit = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => {
      ended = true;
      resolve({ code, signal });
    });
  });
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (signal: NodeJS.Signals = "SIGKILL"): Promise<Exit> => {
    if (!gone()) child.kill(signal);
    return await exit;
  };
  t?.after(async () => {
    if (!gone()) await kill();
  });
  const output = async (pattern: RegExp, timeoutMs = 20_000): Promise<RegExpMatchArray> => {
    for (const deadline = performance.now() + timeoutMs; ; await sleep(10)) {
      const match = text.stdout.match(pattern) ?? text.stderr.match(pattern);
      if (match) return match;
      if (ended || performance.now() > deadline) {
        const why = ended ? "ended" : `wrote for ${timeoutMs} ms`;
        throw new Error(`${command} ${why} without ${pattern}\nstdout: ${text.stdout}\nstderr: ${text.stderr}`);
      }
    }
  };
  return { pid: child.pid, child, stdout: () => text.stdout, stderr: () => text.stderr, exit, output, kill };
}

/** Pids of other live processes whose command line or working directory names the text, such as a test's own directory. */
export function processesNaming(text: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => {
      try {
        const state = readFileSync(`/proc/${entry}/stat`, "utf8").split(") ").at(-1)?.[0];
        if (state === "Z") return false;
        if (readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").includes(text)) return true;
        return readlinkSync(`/proc/${entry}/cwd`).startsWith(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.[0] !== "Z";
  } catch {
    return false;
  }
}

/** Polls until the condition holds; fails with the description when it does not within the time. */
export async function eventually(
  description: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; !(await condition()); await sleep(20)) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${description}`);
  }
}
