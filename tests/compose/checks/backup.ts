import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Stack, settle, takeDown } from "../stack.ts";
import { applicationOwnsNothing, askAsReader, readerReadsViewsOnly } from "./database.ts";
import { healthFaults } from "./health.ts";
import { readSecrets } from "./secrets.ts";

const FILE = "/backup/govmatrix.backup";

/** A backup of this installation fills another one, which has passwords of its own and gets this one's master key. */
export async function movesToAnother(stack: Stack, scratch: string, accounts: number): Promise<string> {
  const directory = join(scratch, "backup");
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  const once = (of: Stack, ...args: string[]) => of.compose(["run", "--rm", "-T", "--no-deps", ...args]);
  const volume = `--volume=${directory}:/backup`;
  await once(stack, volume, "cli", "backup", FILE);
  const masterKey = await once(stack, "secrets", "show", "master-key");
  const other = stack.beside(`${stack.project}b`);
  try {
    await once(other, "secrets");
    await other.compose(["run", "--rm", "-T", "--no-deps", "secrets", "set", "master-key"], { stdin: masterKey });
    await other.compose(["up", "-d", "migrate"]);
    const wanted = ["secrets", "postgres", "migrate"];
    await settle(
      async () => (await healthFaults(other)).filter((fault) => wanted.some((name) => fault.startsWith(`${name} `))),
      120_000,
    );
    await once(other, volume, "cli", "restore", FILE);
    const secrets = await readSecrets(other);
    const count = await askAsReader(other, secrets, "select count(*) from v_account");
    if (Number(count) !== accounts) throw new Error(`${count} of ${accounts} accounts`);
    await readerReadsViewsOnly(other, secrets);
    await applicationOwnsNothing(other, secrets);
  } finally {
    await takeDown(other);
  }
  return `${accounts} accounts, ${Math.round(statSync(join(directory, "govmatrix.backup")).size / 1_000)} kB`;
}
