import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "../../src/embedded/port.ts";
import { startProcess } from "./process.ts";

export interface TestRedis {
  url: string;
  port: number;
  pid: number;
  stop(): Promise<void>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
}

/** A Redis of one's own, on its former port when one is named; forgets everything when it ends. */
export async function startRedis(
  t: Pick<TestContext, "after"> | null,
  { port, password }: { port?: number; password?: string } = {},
): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-redis-"));
  const listen = port ?? (await freePort());
  const server = startProcess(t, "redis-server", [
    ...["--port", String(listen), "--bind", "127.0.0.1", "--dir", directory],
    ...["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"],
    ...(password === undefined ? [] : ["--requirepass", password]),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await server.kill(signal);
    rmSync(directory, { recursive: true, force: true });
  };
  t?.after(() => end("SIGKILL"));
  try {
    await server.output(/Ready to accept connections/);
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
  return {
    url: `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${listen}`,
    port: listen,
    pid: server.pid,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** The Redis that all test files share: use names of one's own on it and never flush it. */
export function sharedRedisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (!url) throw new Error("TEST_REDIS_URL is not set: run the tests with node tests/run.ts");
  return url;
}
