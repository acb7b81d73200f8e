import { createServer } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Exit, type Running, type StartOptions, startProcess } from "./process.ts";

/** A process with an address and data of its own that may be killed and started again. */
export interface StackPart {
  name: string;
  url: string;
  /** Starts it unless it runs, and waits until it answers. */
  start(): Promise<void>;
  alive(): boolean;
  /** Ends it in the given way; null when it did not run. */
  kill(signal: NodeJS.Signals): Promise<Exit | null>;
  /** What all its runs wrote. */
  output(): string;
}

export interface PartOptions extends StartOptions {
  name: string;
  url: string;
  command: string;
  args: string[];
  /** Answers 200 once it works. */
  readyPath: string;
}

const START_TIMEOUT_MS = 60_000;

export function stackPart(t: Pick<TestContext, "after">, options: PartOptions): StackPart {
  const { name, url, command, args, readyPath, ...start } = options;
  const runs: Running[] = [];
  const live = (): Running | undefined => {
    const run = runs.at(-1);
    return run && run.child.exitCode === null && run.child.signalCode === null ? run : undefined;
  };
  const output = () => runs.map((run) => run.stdout() + run.stderr()).join("");
  return {
    name,
    url,
    output,
    alive: () => live() !== undefined,
    async start() {
      if (!live()) runs.push(startProcess(t, command, args, start));
      for (const deadline = performance.now() + START_TIMEOUT_MS; !(await answers(`${url}${readyPath}`)); ) {
        if (!live()) throw new Error(`${name} ended:\n${output().slice(-4_000)}`);
        if (performance.now() > deadline) throw new Error(`${name} does not answer:\n${output().slice(-4_000)}`);
        await sleep(50);
      }
    },
    kill: async (signal) => (await live()?.kill(signal)) ?? null,
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Below the ports that the system hands out by itself: who is down for a while keeps its address. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
