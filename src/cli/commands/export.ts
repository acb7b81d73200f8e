import type { Writable } from "node:stream";
import type { Command } from "commander";
import { exportView } from "../../store/export.ts";
import { type GlobalOptions, UsageError, withPostgres } from "../command.ts";
import { transfer } from "../transfer.ts";
import { writeWhole } from "../wholeFile.ts";

export function exportCommand(program: Command): void {
  program
    .command("export <view>")
    .description("write a view as CSV (UTF-8, with a header line); FILE - is stdout")
    .requiredOption("--csv <file>", "where to write it")
    .action(async (view: string, { csv: file }: { csv: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      if (file === "-" && options.json) throw new UsageError("--csv - and --json both want stdout: name a file");
      await withPostgres(options, async (context) => {
        const write = (output: Writable) =>
          transfer(options, ({ signal }) => exportView(context.databaseUrl, view, output, signal));
        if (file === "-") {
          await write(process.stdout).catch((error: NodeJS.ErrnoException) => {
            // Who reads it may have had enough.
            if (error.code !== "EPIPE") throw error;
          });
          return;
        }
        const rows = await writeWhole(file, write);
        context.print({ view, file, rows }, [`${file}: ${rows} rows of ${view}`]);
      });
    });
}
