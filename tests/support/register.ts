import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openDatabase } from "../../src/store/database.ts";
import { commands, emptyRegister } from "./cli.ts";

/** What `account import --json` answers. */
export interface ImportReport {
  dryRun: boolean;
  created: number;
  updated: number;
  unchanged: number;
  faults: { line: number; column: string | null; message: string }[];
}

export const HEADER = "department_code,department_name,account_code,account_name,app_id";

/** Writes files into a directory of the test's own and answers their paths. */
export function writer(t: TestContext): (name: string, content: string | Uint8Array) => string {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-register-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return (name, content) => {
    const file = join(directory, name);
    writeFileSync(file, content);
    return file;
  };
}

/** An empty register, and commands that work on it. */
export async function openRegister(t: TestContext) {
  const env = await emptyRegister(t);
  const run = commands(t, env);
  const write = writer(t);
  const db = openDatabase(env.DATABASE_URL, { max: 2 });
  t.after(() => db.destroy());
  return {
    db,
    run,
    write,
    importFile: (name: string, content: string | Uint8Array, ...options: string[]) =>
      run(["account", "import", write(name, content), "--json", ...options]),
    accounts: () => db.selectFrom("account").selectAll().orderBy("code").execute(),
  };
}
