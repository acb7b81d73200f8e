import { type Command, Option } from "commander";
import { minuteOf } from "../../calendar.ts";
import { UserError } from "../../errors.ts";
import { findAccount } from "../../store/account.ts";
import { CASE_STATES, type CaseState, type ExcludedCase, listCases, setExclusion } from "../../store/caseExclusion.ts";
import { type CommandContext, type GlobalOptions, UsageError, withContext } from "../command.ts";

const REASON_CHARACTERS = 200;

export function caseCommands(program: Command): void {
  const cases = program.command("case").description("what citizens wrote and how it was answered, without the texts");
  cases
    .command("list")
    .description("id, account, channel, article, time in Asia/Shanghai, whether a question, due time and state of each")
    .option("--account <code>", "only this account")
    .addOption(new Option("--state <state>", "only cases of this state").choices(CASE_STATES))
    .action(async (local: { account?: string; state?: CaseState }, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        if (local.account !== undefined && !(await findAccount(context.db, local.account)))
          throw new UserError(`no account ${local.account}: see \`govmatrix account list\``);
        const listed = await listCases(context.db, local);
        context.print(
          { cases: listed },
          listed.map((row) =>
            [
              ...[row.id, row.account, row.channel, row.article ?? "-", minuteOf(row.receivedAt)],
              ...[row.question ? "question" : "-", row.dueAt ? minuteOf(row.dueAt) : "-"],
              row.excludedReason === null ? row.state : `${row.state} (${row.excludedReason})`,
            ].join("\t"),
          ),
        );
      });
    });
  cases
    .command("exclude <id>")
    .description("leave spam or abuse out of all figures; it stays counted as excluded")
    .requiredOption("--reason <text>", `why, at most ${REASON_CHARACTERS} characters, without anybody's words or name`)
    .action(async (text: string, local: { reason: string }, command: Command) => {
      const id = checkedId(text);
      const reason = checkedReason(local.reason);
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { account } = await save(context, "case exclude", id, reason);
        context.print({ case: id, account, excluded: true, reason }, [`case ${id} of ${account} is excluded`]);
      });
    });
  cases
    .command("include <id>")
    .description("take an exclusion back")
    .action(async (text: string, _local, command: Command) => {
      const id = checkedId(text);
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { account, vanished } = await save(context, "case include", id, null);
        const line = vanished ? "stays excluded, because it has vanished" : "counts";
        context.print({ case: id, account, excluded: vanished }, [`case ${id} of ${account} ${line}`]);
      });
    });
}

function checkedReason(text: string): string {
  const reason = text.trim();
  if (reason === "" || [...reason].length > REASON_CHARACTERS || /\p{Cc}/u.test(reason)) {
    throw new UsageError(`--reason: expected 1 to ${REASON_CHARACTERS} characters in one line`);
  }
  return reason;
}

function checkedId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${text}: expected a number as \`govmatrix case list\` shows it`);
  return Number(text);
}

async function save(context: CommandContext, action: string, id: number, reason: string | null): Promise<ExcludedCase> {
  const saved = await context.db.transaction().execute((trx) => setExclusion(trx, id, reason, context.author(action)));
  if (!saved) throw new UserError(`no case ${id}: see \`govmatrix case list\``);
  return saved;
}
