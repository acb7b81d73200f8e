import { text as readText } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { refreshCurrent } from "../../collectors/current.ts";
import { UserError } from "../../errors.ts";
import { findAccount, listAccounts } from "../../store/account.ts";
import { saveEntry } from "../../store/register.ts";
import { forgetToken } from "../../store/token.ts";
import { type CommandContext, type GlobalOptions, ReportedFault, UsageError, withContext } from "../command.ts";
import { importRegister, REGISTER_DEFAULTS } from "../importRegister.ts";
import { type Column, checkValue, REGISTER_COLUMNS, type RegisterFault, toEntry } from "../register.ts";
import { readRegisterFile } from "../registerFile.ts";

export function accountCommands(program: Command): void {
  const account = program.command("account").description("the register of accounts");
  account
    .command("import <file>")
    .description("CSV (header line) or YAML register; reports every faulty row, imports all rows or none")
    .addOption(new Option("--dry-run", "check only").default(false))
    .action(async (file: string, local: { dryRun: boolean }, command: Command) => {
      const rows = readRegisterFile(file);
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const author = context.author("account import");
        const report = await importRegister(context.db, context.vault, context.ruleSets, rows, { ...local, author });
        const lines = report.faults.length > 0 ? [] : [summary(report, local.dryRun)];
        context.print({ dryRun: local.dryRun, ...report }, lines);
        if (report.faults.length > 0) throw reportFaults(file, report.faults);
      });
    });
  account
    .command("list")
    .description("all accounts of the register")
    .action(async (_local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const accounts = await listAccounts(context.db);
        context.print(
          { accounts: accounts.map(({ id, ...rest }) => rest) },
          accounts.map((row) => [row.code, row.name, row.department, row.lifecycle, row.appId].join("\t")),
        );
      });
    });
  account
    .command("set <code> <values...>")
    .description(
      `key=value …; keys: ${REGISTER_COLUMNS.filter((column) => column !== "account_code").join(", ")}; app_secret=- reads stdin`,
    )
    .action(async (code: string, values: string[], _local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), (context) => setValues(context, code, values));
    });
  account
    .command("close <code>")
    .description("stop collecting and judging the account; its history stays")
    .action(async (code: string, _local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const found = await existing(context, code);
        await save(context, "account close", { code, lifecycle: "closed" });
        await forgetToken(context.db, found.appId);
        context.print({ account: code, lifecycle: "closed" }, [`${code} is closed`]);
      });
    });
}

function summary(report: { created: number; updated: number; unchanged: number }, dryRun: boolean): string {
  const counts = `${report.created} created, ${report.updated} updated, ${report.unchanged} unchanged`;
  return dryRun ? `would be imported: ${counts}` : `imported: ${counts}`;
}

function reportFaults(file: string, faults: RegisterFault[]): ReportedFault {
  for (const { line, column, message } of faults) {
    process.stderr.write(`${file}: line ${line}: ${column ? `${column}: ` : ""}${message}\n`);
  }
  process.stderr.write(`${file}: nothing was imported, ${faults.length} faults\n`);
  return new ReportedFault();
}

async function existing(context: CommandContext, code: string) {
  const account = await findAccount(context.db, code);
  if (!account) throw new UserError(`no account ${code}: see \`govmatrix account list\``);
  return account;
}

async function save(context: CommandContext, action: string, entry: Parameters<typeof saveEntry>[2]): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const { id } = await saveEntry(trx, context.vault, entry, REGISTER_DEFAULTS, context.author(action));
    await refreshCurrent(trx, [id], context.ruleSets);
  });
}

/** Short forms beside the register's own column names. */
const ALIASES: Record<string, Column> = { name: "account_name", department: "department_code" };
const CLEARABLE: Column[] = ["kind", "original_id", "contact_name", "contact_channel", "contact_target", "opened_on"];

async function setValues(context: CommandContext, code: string, values: string[]): Promise<void> {
  await existing(context, code);
  const given: Partial<Record<Column, string>> = {};
  const cleared: Partial<Record<Column, null>> = {};
  for (const pair of values) {
    const split = pair.indexOf("=");
    if (split < 1) throw new UsageError("expected key=value after the account's code");
    const key = pair.slice(0, split);
    const column = ALIASES[key] ?? (key as Column);
    if (!REGISTER_COLUMNS.includes(column) || column === "account_code" || column === "department_name") {
      throw new UsageError(`${key}: no such key; see \`govmatrix account set --help\``);
    }
    let value = pair.slice(split + 1);
    if (column === "app_secret") {
      if (value !== "-")
        throw new UsageError("app_secret: expected app_secret=- with the secret on stdin, never on the command line");
      value = (await readText(process.stdin)).trim();
    }
    if (value === "") {
      if (!CLEARABLE.includes(column)) throw new UsageError(`${key}: must not be empty`);
      cleared[column] = null;
      continue;
    }
    const problem = checkValue(column, value, context.ruleSets);
    if (problem) throw new UsageError(`${key}: ${problem}`);
    given[column] = value;
  }
  if (given.department_code) await knownDepartment(context, given.department_code);
  const entry = { ...toEntry(code, given), ...clearedFields(cleared) };
  await save(context, "account set", entry).catch((error: Error & { constraint?: string }) => {
    if (error.constraint === "account_app_id") throw new UserError("app_id: belongs to another account already");
    throw error;
  });
  context.print({ account: code, set: [...Object.keys(given), ...Object.keys(cleared)] }, [`${code} is set`]);
}

function clearedFields(cleared: Partial<Record<Column, null>>) {
  const fields: Partial<Record<Column, string>> = {
    kind: "kind",
    original_id: "originalId",
    contact_name: "contactName",
    contact_channel: "contactChannel",
    contact_target: "contactTarget",
    opened_on: "openedOn",
  };
  return Object.fromEntries(Object.keys(cleared).map((column) => [fields[column as Column] ?? column, null]));
}

async function knownDepartment(context: CommandContext, code: string): Promise<void> {
  const row = await context.db.selectFrom("department").select("code").where("code", "=", code).executeTakeFirst();
  if (!row)
    throw new UserError(
      `department_code: no department ${code}; make it with \`govmatrix department set ${code} name=…\``,
    );
}
