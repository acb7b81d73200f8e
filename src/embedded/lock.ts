import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors.ts";
import { isRunning, processStartTime } from "./processes.ts";
import { createExclusively, databasePassword, readIfPresent } from "./secrets.ts";

const HOLDER_STARTING_TIMEOUT_MS = 20_000;

interface Holder {
  pid: number;
  startTime: string | null;
  /** null until the holder's Postgres accepts connections. */
  port: number | null;
}

/** Another process holds the directory; `url` leads to its Postgres, null when that does not accept connections yet. */
export class AlreadyRunning extends UserError {
  readonly pid: number;
  // Private, because loggers print every enumerable property and the URL holds the password.
  readonly #url: string | null;

  constructor(directory: string, pid: number, url: string | null) {
    super(`govmatrix is already running in ${directory} (process ${pid}); stop that one first`);
    this.pid = pid;
    this.#url = url;
  }

  get url(): string | null {
    return this.#url;
  }
}

export interface Lock {
  publish(port: number): void;
  /** From now on nobody is led to our Postgres; who wants the directory waits for its release. */
  withdraw(): void;
  release(): void;
}

export function databaseUrl(directory: string, port: number, database = "govmatrix"): string {
  return `postgres://govmatrix:${databasePassword(directory)}@127.0.0.1:${port}/${database}`;
}

/** The Postgres that a live govmatrix process runs in this directory. */
export function runningEmbeddedPostgres(directory: string): { url: string } | null {
  const holder = readHolder(lockFile(directory))?.holder;
  if (!holder || holder.port === null || !isRunning(holder.pid, holder.startTime)) return null;
  return { url: databaseUrl(directory, holder.port) };
}

/** Takes the directory for this process until `release`; a lock whose process is gone is taken over. */
export async function takeLock(directory: string): Promise<Lock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = lockFile(directory);
  const own: Holder = { pid: process.pid, startTime: processStartTime(process.pid), port: null };
  const deadline = performance.now() + HOLDER_STARTING_TIMEOUT_MS;
  while (!createExclusively(file, JSON.stringify(own))) {
    const found = readHolder(file);
    if (!found) continue;
    const { holder, text } = found;
    if (!holder || !isRunning(holder.pid, holder.startTime)) removeStale(file, text);
    else if (holder.port !== null) {
      throw new AlreadyRunning(directory, holder.pid, databaseUrl(directory, holder.port));
    } else if (performance.now() > deadline) throw new AlreadyRunning(directory, holder.pid, null);
    else await sleep(100);
  }
  return {
    publish: (port) => replace(file, JSON.stringify({ ...own, port })),
    withdraw: () => replace(file, JSON.stringify(own)),
    release: () => rmSync(file, { force: true }),
  };
}

function lockFile(directory: string): string {
  return join(directory, "lock");
}

function readHolder(file: string): { holder: Holder | null; text: string } | null {
  const text = readIfPresent(file);
  if (text === null) return null;
  try {
    const { pid, startTime, port } = JSON.parse(text) as Partial<Holder>;
    return { holder: typeof pid === "number" ? { pid, startTime: startTime ?? null, port: port ?? null } : null, text };
  } catch {
    return { holder: null, text };
  }
}

/** Two starts may find the same stale lock: the slower one must not remove the lock that the faster one took meanwhile. */
function removeStale(file: string, staleText: string): void {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    if (readIfPresent(aside) !== staleText) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

function replace(file: string, content: string): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}
