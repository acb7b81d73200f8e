import { statSync } from "node:fs";
import type { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import { writeBackup } from "../../store/backup.ts";
import { type GlobalOptions, withPostgres } from "../command.ts";
import { masterKeyPlace } from "../masterKey.ts";
import { totalRows, transfer } from "../transfer.ts";
import { writeWhole } from "../wholeFile.ts";

export function backupCommand(program: Command): void {
  program
    .command("backup <file>")
    .description("write the whole database but the queue to one file; the master key is not in it")
    .action(async (file: string, _local, command: Command) => {
      await withPostgres(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const about = { version: packageJson.version, now: context.now() };
        const { tables, migrations } = await writeWhole(file, (output) =>
          transfer(context.options, (options) => writeBackup(context.databaseUrl, output, about, options)),
        );
        const bytes = statSync(file).size;
        const rows = Object.fromEntries(tables.map((table) => [table.name, table.rows]));
        context.print({ file, bytes, tables: rows, migrations }, [
          `${file}: ${totalRows(tables)} rows of ${tables.length} tables, ${bytes} bytes`,
        ]);
        process.stderr.write(
          `govmatrix: the master key is not in this file: keep ${masterKeyPlace(context)} too, apart from it; without it nobody can read the stored secrets\n`,
        );
      });
    });
}
