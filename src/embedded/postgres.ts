import { existsSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { Logger } from "pino";
import { postgresBinaries } from "./binaries.ts";
import { createData } from "./data.ts";
import { findLauncher, giveTo } from "./launch.ts";
import { databaseUrl, type Lock, takeLock } from "./lock.ts";
import { CAN_SEE_PROCESSES, postgresProcessesIn, signalProcess, waitUntil } from "./processes.ts";
import { exitOf, type Server, SHUTDOWN_STEPS, shutDown, startServer } from "./server.ts";

export { AlreadyRunning, runningEmbeddedPostgres } from "./lock.ts";
export { masterKeyFile } from "./secrets.ts";

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "100",
  shared_buffers: "64MB",
  timezone: "UTC",
  log_timezone: "UTC",
  wal_level: "minimal",
  max_wal_senders: "0",
  // Statements and the details of errors may quote what must not be in a log.
  log_min_error_statement: "panic",
  log_error_verbosity: "terse",
};

export interface EmbeddedPostgres {
  url: string;
  pid: number;
  /** Settles when Postgres has ended, whether by `stop` or by itself. */
  ended: Promise<void>;
  /** Leads no further process to this Postgres, as before it ends; those that are connected stay. */
  withdraw(): void;
  /** Ends Postgres in order and gives the directory free; may be called again. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  directory: string;
  log: Pick<Logger, "info" | "warn" | "error">;
  /** Postgres settings over the usual ones. */
  settings?: Record<string, string>;
}

/**
 * Starts the Postgres whose data live in `directory`, makes them on first use, and returns once it accepts connections.
 * Throws `AlreadyRunning` when a live process holds the directory. Postgres ends when this process ends.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const startedAt = performance.now();
  const binaries = await postgresBinaries();
  const launcher = await findLauncher(binaries.postgres);
  const lock = await takeLock(options.directory);
  try {
    const directory = realpathSync(options.directory);
    const data = join(directory, "postgres");
    await endOrphans(data, options.log);
    if (!existsSync(data)) await createData(directory, data, binaries, launcher);
    giveTo(data, launcher.owner);
    const server = await startServer(directory, data, { ...SETTINGS, ...options.settings }, binaries, launcher);
    try {
      await createDatabase(databaseUrl(directory, server.port, "postgres"));
    } catch (error) {
      await shutDown(server.child);
      throw error;
    }
    lock.publish(server.port);
    const { pid, port } = server;
    options.log.info(
      { pid, port, durationMs: Math.round(performance.now() - startedAt) },
      "embedded Postgres is ready",
    );
    return supervise(server, databaseUrl(directory, port), lock, options.log);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function supervise(server: Server, url: string, lock: Lock, log: EmbeddedPostgresOptions["log"]): EmbeddedPostgres {
  let stopping: Promise<void> | null = null;
  const ended = exitOf(server.child).then(() => {
    lock.release();
    if (!stopping) log.error({ pid: server.pid }, "embedded Postgres ended unexpectedly");
  });
  const stop = (): Promise<void> => {
    stopping ??= shutDown(server.child).then(() => ended);
    return stopping;
  };
  return { url, pid: server.pid, ended, withdraw: lock.withdraw, stop };
}

/** A Postgres that outlived its govmatrix would keep the new one from the data. We hold the lock: it belongs to nobody. */
async function endOrphans(data: string, log: EmbeddedPostgresOptions["log"]): Promise<void> {
  for (const [signal, timeoutMs] of SHUTDOWN_STEPS) {
    const orphans = postgresProcessesIn(data);
    if (orphans.length === 0) break;
    log.warn({ pids: orphans, signal }, "ending a Postgres that an earlier govmatrix left behind");
    for (const pid of orphans) signalProcess(pid, signal);
    await waitUntil(() => postgresProcessesIn(data).length === 0, timeoutMs, 50);
  }
  if (postgresProcessesIn(data).length > 0) throw new Error(`processes of an earlier Postgres do not end in ${data}`);
  // Postgres refuses to start while any process has the pid in this file: a zombie, or another one after a restart.
  if (CAN_SEE_PROCESSES) rmSync(join(data, "postmaster.pid"), { force: true });
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = 'govmatrix'");
    if (rowCount === 0) await client.query("create database govmatrix");
  } finally {
    await client.end();
  }
}
