import { CommanderError } from "commander";
import { toError, UserError } from "../errors.ts";
import { redact } from "../log.ts";
import { ReportedFault, UsageError } from "./command.ts";
import { createProgram } from "./program.ts";

const EXIT = { done: 0, fault: 1, usage: 2 };

/** Runs one command line and answers its exit code. */
async function runCommandLine(argv: string[]): Promise<number> {
  try {
    const program = await createProgram(argv);
    await program.parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof ReportedFault) return EXIT.fault;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { message, stack } = toError(error);
    process.stderr.write(`govmatrix: ${redact(message)}\n`);
    if (error instanceof UsageError) return EXIT.usage;
    if (argv.includes("--json")) process.stdout.write(`${JSON.stringify({ error: redact(message) }, null, 2)}\n`);
    if (argv.includes("--debug") && !(error instanceof UserError)) process.stderr.write(`${redact(stack ?? "")}\n`);
    return EXIT.fault;
  }
}

// Who reads us may stop early, as `head` does; that is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await runCommandLine(process.argv.slice(2));
