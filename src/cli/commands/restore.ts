import { statSync } from "node:fs";
import type { Command } from "commander";
import { UserError } from "../../errors.ts";
import { seekLeadership } from "../../planner/leadership.ts";
import { openDatabase } from "../../store/database.ts";
import { appliedMigrations } from "../../store/migrate.ts";
import { checkRestorable, type Restored, restoreBackup } from "../../store/restore.ts";
import { type GlobalOptions, openVault, type PostgresContext, withPostgres } from "../command.ts";
import { assertMasterKey, masterKeyPlace } from "../masterKey.ts";
import { migrateDatabase } from "../migrateDatabase.ts";
import { totalRows, transfer } from "../transfer.ts";

export function restoreCommand(program: Command): void {
  program
    .command("restore <file>")
    .description("fill an empty database from a backup, all of it or nothing")
    .action(async (file: string, _local, command: Command) => {
      // Before any database: a file that is not whole touches none.
      await checkRestorable(file);
      await withPostgres(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { header, skipped } = await restore(context, file);
        await migrateDatabase(context.databaseUrl);
        await checkMasterKey(context, file);
        const tables = header.tables.filter(({ name }) => !skipped.includes(name));
        const { version, createdAt, migrations } = header;
        const document = {
          file,
          bytes: statSync(file).size,
          version,
          createdAt,
          tables: Object.fromEntries(tables.map((table) => [table.name, table.rows])),
          skipped,
          migrations,
        };
        context.print(document, [
          `${file} of ${createdAt}: ${totalRows(tables)} rows of ${tables.length} tables are restored`,
          ...skipped.map((name) => `${name} is no table of govmatrix: it was left out`),
        ]);
      });
    });
}

/** No planner may lead meanwhile, and no second restore: this one holds the lead itself. */
async function restore({ databaseUrl, log, options }: PostgresContext, file: string): Promise<Restored> {
  const db = openDatabase(databaseUrl, { max: 1 });
  const leadership = seekLeadership(databaseUrl, log);
  try {
    // Throws when Postgres cannot be used, which the lead does not tell apart from somebody else's.
    await appliedMigrations(db);
    if (!(await leadership.held())) {
      throw new UserError("govmatrix runs on this database, or another restore: stop it first");
    }
    return await transfer(options, (transferOptions) => restoreBackup(databaseUrl, file, transferOptions));
  } finally {
    await leadership.release();
    await db.destroy();
  }
}

async function checkMasterKey(context: PostgresContext, file: string): Promise<void> {
  const { config, databaseUrl, options } = context;
  const db = openDatabase(databaseUrl, { max: 1 });
  try {
    await assertMasterKey(db, openVault(config, options.demo));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${file} is restored, but ${error.message}: put the old key into ${masterKeyPlace(context)} before you start govmatrix`,
    );
  } finally {
    await db.destroy();
  }
}
