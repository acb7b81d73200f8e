import type { Command } from "commander";
import { UserError } from "../../errors.ts";
import { writeAudit } from "../../store/account.ts";
import { mergeDepartments, saveDepartment } from "../../store/register.ts";
import { type CommandContext, type GlobalOptions, UsageError, withContext } from "../command.ts";
import { checkValue } from "../register.ts";

export function departmentCommands(program: Command): void {
  const department = program.command("department").description("the departments that run the accounts");
  department
    .command("list")
    .description("all departments with their number of accounts")
    .action(async (_local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const departments = await context.db
          .selectFrom("department as d")
          .leftJoin("account as a", (join) =>
            join.onRef("a.department_code", "=", "d.code").on("a.lifecycle", "<>", "closed"),
          )
          .select(["d.code", "d.name", (eb) => eb.fn.count<number>("a.id").as("accounts")])
          .groupBy("d.code")
          .orderBy("d.code")
          .execute();
        context.print(
          { departments },
          departments.map((row) => [row.code, row.name, row.accounts].join("\t")),
        );
      });
    });
  department
    .command("set <code> <value>")
    .description("name=… ; a new code makes a new department")
    .action(async (code: string, value: string, _local, command: Command) => {
      const name = /^name=(.+)$/s.exec(value)?.[1];
      if (!name) throw new UsageError("expected name=… after the department's code");
      if (!/^[a-z0-9-]{1,40}$/.test(code)) throw new UsageError(`${code}: expected 1 to 40 of a-z, 0-9 and -`);
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const problem = checkValue("department_name", name, context.ruleSets);
        if (problem) throw new UsageError(`name: ${problem}`);
        await context.db.transaction().execute(async (trx) => {
          await saveDepartment(trx, code, name);
          await writeAudit(trx, {
            ...context.author("department set"),
            subject: `department ${code}`,
            detail: { name },
          });
        });
        context.print({ department: code, name }, [`${code} is set`]);
      });
    });
  department
    .command("merge <old> <new>")
    .description("move every account of OLD to NEW, with its history")
    .action(async (from: string, into: string, _local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), (context) => merge(context, from, into));
    });
}

async function merge(context: CommandContext, from: string, into: string): Promise<void> {
  if (from === into) throw new UsageError(`${from}: expected two departments`);
  const known = await context.db.selectFrom("department").select("code").where("code", "in", [from, into]).execute();
  for (const code of [from, into]) {
    if (!known.some((row) => row.code === code)) {
      throw new UserError(`no department ${code}: see \`govmatrix department list\``);
    }
  }
  const accounts = await context.db
    .transaction()
    .execute((trx) => mergeDepartments(trx, from, into, context.author("department merge")));
  context.print({ from, into, accounts }, [`${accounts} accounts moved from ${from} to ${into}`]);
}
