import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { toError, UserError } from "../errors.ts";
import { redact } from "../log.ts";
import { ReportedFault } from "./command.ts";
import { accountCommands } from "./commands/account.ts";
import { collectCommand } from "./commands/collect.ts";
import { departmentCommands } from "./commands/department.ts";
import { keyCommands } from "./commands/key.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { runCommand } from "./commands/run.ts";
import { simulateCommand } from "./commands/simulate.ts";

const EXIT = { done: 0, fault: 1, usage: 2 };

function createProgram(): Command {
  const program = new Command("govmatrix")
    .description("watches the WeChat Official Accounts of a county government")
    .version(packageJson.version)
    .option("--json", "print one JSON document on stdout and nothing else there", false)
    .option("--demo", "use the running demo's database and simulator", false)
    .option("--debug", "log more, and show where a fault comes from", false)
    .exitOverride();
  for (const add of [
    migrateCommand,
    accountCommands,
    departmentCommands,
    collectCommand,
    keyCommands,
    simulateCommand,
    runCommand,
  ]) {
    add(program);
  }
  return program;
}

/** Runs one command line and answers its exit code. */
async function runCommandLine(argv: string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof ReportedFault) return EXIT.fault;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { message, stack } = toError(error);
    process.stderr.write(`govmatrix: ${redact(message)}\n`);
    if (argv.includes("--debug") && !(error instanceof UserError)) process.stderr.write(`${redact(stack ?? "")}\n`);
    return EXIT.fault;
  }
}

process.exitCode = await runCommandLine(process.argv.slice(2));
