import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { accountCommands } from "./commands/account.ts";
import { backfillCommand } from "./commands/backfill.ts";
import { backupCommand } from "./commands/backup.ts";
import { calendarCommands } from "./commands/calendar.ts";
import { caseCommands } from "./commands/case.ts";
import { collectCommand } from "./commands/collect.ts";
import { departmentCommands } from "./commands/department.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { greetingCommands } from "./commands/greeting.ts";
import { keyCommands } from "./commands/key.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { notifyCommands } from "./commands/notify.ts";
import { rawCommands } from "./commands/raw.ts";
import { restoreCommand } from "./commands/restore.ts";
import { runCommand } from "./commands/run.ts";
import { simulateCommand } from "./commands/simulate.ts";

export function createProgram(): Command {
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
    calendarCommands,
    collectCommand,
    backfillCommand,
    doctorCommand,
    caseCommands,
    greetingCommands,
    backupCommand,
    restoreCommand,
    exportCommand,
    keyCommands,
    notifyCommands,
    rawCommands,
    simulateCommand,
    runCommand,
  ]) {
    add(program);
  }
  return program;
}
