import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { UserError } from "../../errors.ts";
import { migrateQueue } from "../../queue.ts";
import { migrateToLatest } from "../../store/migrate.ts";
import { type GlobalOptions, print, withContext } from "../command.ts";

export function migrateCommand(program: Command): void {
  program
    .command("migrate")
    .description("bring the database to this version; safe to run twice and side by side")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { databaseUrl } = loadConfig();
      // The embedded database is migrated whenever it is opened.
      const migrated =
        databaseUrl && !options.demo ? await migrate(databaseUrl) : await withContext(options, async () => []);
      print(options, { migrated }, [
        migrated.length > 0 ? `migrated: ${migrated.join(", ")}` : "the schema is up to date",
      ]);
    });
}

async function migrate(databaseUrl: string): Promise<string[]> {
  try {
    const migrated = await migrateToLatest(databaseUrl);
    await migrateQueue(databaseUrl);
    return migrated;
  } catch (error) {
    throw new UserError(`the database could not be migrated: ${(error as Error).message}`);
  }
}
