import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { UserError } from "../errors.ts";
import type { Database } from "../store/database.ts";
import type { Vault } from "../vault.ts";
import type { PostgresContext } from "./command.ts";
import { homeDirectory } from "./home.ts";

/** Throws `UserError` when the vault opens none of the stored secrets: else every account would be blamed for a wrong key. */
export async function assertMasterKey(db: Kysely<Database>, vault: Vault): Promise<void> {
  const { rows } = await sql<{
    id: string;
  }>`select distinct split_part(app_secret, '.', 2) as id from credential`.execute(db);
  const held = rows.filter(({ id }) => vault.some((key) => key.id === id));
  if (rows.length === 0 || held.length > 0) return;
  const ids = rows.map(({ id }) => id).join(", ");
  throw new UserError(`MASTER_KEY is not the one that the stored secrets are sealed with (key ${ids})`);
}

/** Where a person keeps the master key. */
export function masterKeyPlace({ config, options }: Pick<PostgresContext, "config" | "options">): string {
  const file = join(homeDirectory(options.demo), "master.key");
  const isGiven = config.masterKey !== undefined || (config.databaseUrl !== undefined && !existsSync(file));
  return isGiven && !options.demo ? "MASTER_KEY" : file;
}
