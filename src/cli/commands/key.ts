import type { Command } from "commander";
import { writeAudit } from "../../store/account.ts";
import { rotateKeys } from "../../store/rotate.ts";
import { type GlobalOptions, withContext } from "../command.ts";

export function keyCommands(program: Command): void {
  const key = program.command("key").description("the master key");
  key
    .command("rotate")
    .description("seal every secret with the newest key of MASTER_KEY; afterwards the older keys can go")
    .action(async (_local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { resealed, total } = await context.db.transaction().execute(async (trx) => {
          const result = await rotateKeys(trx, context.vault, context.now());
          await writeAudit(trx, {
            ...context.author("key rotate"),
            subject: `key ${context.vault[0].id}`,
            detail: result,
          });
          return result;
        });
        context.print({ resealed, total, key: context.vault[0].id }, [
          `${resealed} of ${total} secrets were sealed anew; all are under key ${context.vault[0].id}`,
        ]);
      });
    });
}
