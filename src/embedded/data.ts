import { execFile } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.ts";
import { giveTo, type Launcher, POSTGRES_ENVIRONMENT } from "./launch.ts";
import { databasePassword } from "./secrets.ts";

const run = promisify(execFile);

/** Works beside the final place and renames at the end, so that an interrupted run leaves nothing that looks complete. */
export async function createData(
  directory: string,
  data: string,
  binaries: Binaries,
  launcher: Launcher,
): Promise<void> {
  const draft = `${data}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  giveTo(draft, launcher.owner);
  databasePassword(directory);
  const [command = "", ...args] = [
    ...launcher.prefix,
    binaries.initdb,
    ...[`--pgdata=${draft}`, "--username=govmatrix", `--pwfile=${join(directory, "postgres.password")}`],
    ...["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    ...["--locale=C", "--data-checksums", "--no-instructions"],
  ];
  try {
    await run(command, args, { env: POSTGRES_ENVIRONMENT, cwd: directory });
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new Error(`embedded Postgres could not create its data in ${directory}: ${reason}`);
  }
  renameSync(draft, data);
}
