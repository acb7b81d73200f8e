import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { findLauncher, giveTo, POSTGRES_ENVIRONMENT } from "../../src/embedded/launch.ts";
import { shutDown, startServer } from "../../src/embedded/server.ts";

const TOOLS = resolve(import.meta.dirname, "../../.govmatrix/tools/bin");

export interface SystemPostgres {
  /** An empty database of it. */
  url: string;
  major: number;
}

/** A server of the Postgres that the operating system's packages bring, of the oldest major that is installed. */
export async function startSystemPostgres(t: TestContext): Promise<SystemPostgres> {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((place) => join(place, "postgres"));
  const packaged = globSync("/usr/lib/postgresql/*/bin/postgres").sort();
  const postgres = [join(TOOLS, "postgres"), ...packaged, ...onPath].find(existsSync);
  if (postgres === undefined) throw new Error("no Postgres of the system: node bin/setup.mjs --tests installs one");
  const initdb = join(dirname(postgres), "initdb");
  const launcher = await findLauncher(postgres);
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-system-postgres-"));
  const data = join(directory, "data");
  mkdirSync(data, { mode: 0o700 });
  giveTo(directory, launcher.owner);
  giveTo(data, launcher.owner);
  const [command = "", ...args] = [
    ...[...launcher.prefix, initdb, `--pgdata=${data}`, "--username=govmatrix", "--auth=trust"],
    ...["--encoding=UTF8", "--locale=C", "--no-sync"],
  ];
  execFileSync(command, args, { env: POSTGRES_ENVIRONMENT, cwd: directory });
  const settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off" };
  const server = await startServer(directory, data, settings, { postgres, initdb }, launcher);
  t.after(async () => {
    await shutDown(server.child);
    rmSync(directory, { recursive: true, force: true });
  });
  const major = Number(/\d+/.exec(execFileSync(postgres, ["--version"], { encoding: "utf8" }))?.[0]);
  return { url: `postgres://govmatrix@127.0.0.1:${server.port}/postgres`, major };
}
