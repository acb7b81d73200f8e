import type { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { type GlobalOptions, print, withContext } from "../command.ts";
import { migrateDatabase } from "../migrateDatabase.ts";

export function migrateCommand(program: Command): void {
  program
    .command("migrate")
    .description("bring the database to this version; safe to run twice and side by side")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { databaseUrl } = loadConfig();
      // The embedded database is migrated whenever it is opened.
      const migrated =
        databaseUrl && !options.demo ? await migrateDatabase(databaseUrl) : await withContext(options, async () => []);
      print(options, { migrated }, [
        migrated.length > 0 ? `migrated: ${migrated.join(", ")}` : "the schema is up to date",
      ]);
    });
}
