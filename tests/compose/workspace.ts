import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { must } from "./shell.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface Workspace {
  scratch: string;
  clone: string;
  remove(): void;
}

/** A fresh clone of this repository under the strictest umask, with what is not committed yet when that is asked for. */
export async function makeWorkspace(workingTree: boolean): Promise<Workspace> {
  const scratch = mkdtempSync(join(tmpdir(), "govmatrix-compose-"));
  const clone = join(scratch, "clone");
  await must("git", ["clone", "--quiet", "--no-hardlinks", ROOT, clone]);
  if (workingTree) {
    const listed = await must("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
    const deleted = new Set((await must("git", ["ls-files", "-z", "--deleted"], { cwd: ROOT })).split("\0"));
    for (const path of listed.split("\0")) {
      if (path === "") continue;
      if (deleted.has(path)) rmSync(join(clone, path), { force: true });
      else {
        mkdirSync(dirname(join(clone, path)), { recursive: true });
        cpSync(join(ROOT, path), join(clone, path));
      }
    }
  }
  await must("chmod", ["-R", "go=", clone]);
  // As docs/operations.md says.
  await must("chmod", ["-R", "go+rX", join(clone, "grafana")]);
  return { scratch, clone, remove: () => rmSync(scratch, { recursive: true, force: true }) };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  return await new Promise((done, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
