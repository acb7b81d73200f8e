import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };

/** Loaded when named: all together cost twice as much as one. */
const COMMANDS = new Map<string, () => Promise<(program: Command) => void>>([
  ["migrate", async () => (await import("./commands/migrate.ts")).migrateCommand],
  ["account", async () => (await import("./commands/account.ts")).accountCommands],
  ["department", async () => (await import("./commands/department.ts")).departmentCommands],
  ["calendar", async () => (await import("./commands/calendar.ts")).calendarCommands],
  ["collect", async () => (await import("./commands/collect.ts")).collectCommand],
  ["backfill", async () => (await import("./commands/backfill.ts")).backfillCommand],
  ["doctor", async () => (await import("./commands/doctor.ts")).doctorCommand],
  ["case", async () => (await import("./commands/case.ts")).caseCommands],
  ["greeting", async () => (await import("./commands/greeting.ts")).greetingCommands],
  ["backup", async () => (await import("./commands/backup.ts")).backupCommand],
  ["restore", async () => (await import("./commands/restore.ts")).restoreCommand],
  ["export", async () => (await import("./commands/export.ts")).exportCommand],
  ["key", async () => (await import("./commands/key.ts")).keyCommands],
  ["notify", async () => (await import("./commands/notify.ts")).notifyCommands],
  ["raw", async () => (await import("./commands/raw.ts")).rawCommands],
  ["simulate", async () => (await import("./commands/simulate.ts")).simulateCommand],
  ["run", async () => (await import("./commands/run.ts")).runCommand],
]);

/** The program with the command that the words name, and with all commands when they name none, as for its help. */
export async function createProgram(words: string[]): Promise<Command> {
  const program = new Command("govmatrix")
    .description("watches the WeChat Official Accounts of a county government")
    .version(packageJson.version)
    .option("--json", "print one JSON document on stdout and nothing else there", false)
    .option("--demo", "use the running demo's database and simulator", false)
    .option("--debug", "log more, and show where a fault comes from", false)
    .exitOverride();
  const name = words.find((word) => !program.options.some(({ long }) => long === word));
  const named = COMMANDS.get(name ?? "");
  const loads = named ? [named] : [...COMMANDS.values()];
  for (const add of await Promise.all(loads.map((load) => load()))) add(program);
  return program;
}
