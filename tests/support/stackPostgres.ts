import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { migrateDatabase } from "../../src/cli/migrateDatabase.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../src/embedded/postgres.ts";
import { lastingPort, type StackPart } from "./stackPart.ts";

export interface StackPostgres extends StackPart {
  /** Stays the same over restarts. */
  databaseUrl: string;
}

/** A Postgres of the test's own, migrated, that may be killed; what it has confirmed outlives it. */
export async function startStackPostgres(t: Pick<TestContext, "after">): Promise<StackPostgres> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "govmatrix-stack-postgres-")));
  const log = pino({ level: "silent" });
  // The machine does not lose power here: what the kernel has is safe.
  const settings = { fsync: "off", max_connections: "200" };
  let server: EmbeddedPostgres | null = null;
  const start = async () => {
    server ??= await startEmbeddedPostgres({ directory, log, settings });
  };
  const kill = async (signal: NodeJS.Signals) => {
    if (!server) return null;
    const ending = server;
    server = null;
    if (signal === "SIGKILL") {
      process.kill(ending.pid, signal);
      await ending.ended;
    } else await ending.stop();
    return { code: null, signal };
  };
  t.after(async () => {
    await kill("SIGTERM");
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  await start();
  const port = await lastingPort();
  await forward(t, port, () => (server ? Number(new URL(server.url).port) : null));
  const url = new URL(portOf(server));
  url.port = String(port);
  await migrateDatabase(url.href);
  const name = "postgres";
  return { name, url: url.href, databaseUrl: url.href, start, kill, alive: () => server !== null, output: () => "" };
}

function portOf(server: EmbeddedPostgres | null): string {
  if (!server) throw new Error("Postgres does not run");
  return server.url;
}

/** A restarted server listens on another port; who connects to this one does not notice. */
async function forward(t: Pick<TestContext, "after">, port: number, target: () => number | null): Promise<void> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const to = target();
    const upstream = to === null ? null : connect(to, "127.0.0.1");
    for (const socket of [client, upstream]) {
      if (!socket) continue;
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        (socket === client ? upstream : client)?.destroy();
      });
    }
    if (upstream) client.pipe(upstream).pipe(client);
    else client.destroy();
  });
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once("error", reject);
    proxy.listen(port, "127.0.0.1", resolve);
  });
}
