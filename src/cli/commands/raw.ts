import type { Command } from "commander";
import { UserError } from "../../errors.ts";
import { findRawAnswer, listRawAnswers } from "../../store/raw.ts";
import { type GlobalOptions, UsageError, withContext } from "../command.ts";

const SHANGHAI = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});

export function rawCommands(program: Command): void {
  const raw = program
    .command("raw")
    .description("answers that did not fit the expected shape, kept for 7 days without personal data");
  raw
    .command("list")
    .description("id, time in Asia/Shanghai, account, API, fault and size of each, newest first")
    .action(async (_local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const answers = await listRawAnswers(context.db);
        context.print(
          { answers },
          answers.map(({ id, at, account, api, fault, bytes }) =>
            [id, SHANGHAI.format(at), account ?? "-", api, fault, bytes].join("\t"),
          ),
        );
      });
    });
  raw
    .command("show <id>")
    .description("the answer's shape: its structure, names and figures")
    .action(async (id: string, _local, command: Command) => {
      if (!/^\d{1,15}$/.test(id)) throw new UsageError(`${id}: expected a number as \`govmatrix raw list\` shows it`);
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const answer = await findRawAnswer(context.db, Number(id));
        if (!answer)
          throw new UserError(`no raw answer ${id}: it may be older than 7 days; see \`govmatrix raw list\``);
        context.print({ answer }, [answer.body]);
      });
    });
}
