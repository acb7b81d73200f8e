import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { parse as parseYaml } from "yaml";
import { checkHolidayYear, type HolidayYear, readHolidayFiles, SHIPPED_HOLIDAYS } from "../../calendar/holidays.ts";
import { dayOf } from "../../calendar.ts";
import { UserError } from "../../errors.ts";
import type { Day } from "../../model.ts";
import { writeAudit } from "../../store/account.ts";
import { importedHolidays, readWorkCalendar, saveHolidayYear } from "../../store/holidays.ts";
import { type CommandContext, type GlobalOptions, withContext } from "../command.ts";
import { decode } from "../registerFile.ts";

type Origin = "shipped" | "CALENDAR_DIR" | "imported";

export function calendarCommands(program: Command): void {
  const calendar = program
    .command("calendar")
    .description("holidays and make-up days, by which working days are counted");
  calendar
    .command("import <file>")
    .description(
      "JSON or YAML of one year's notice; replaces the year if it is known; visits use it from the next one on",
    )
    .action(async (file: string, _local, command: Command) => {
      const year = readNotice(file);
      await withContext(command.optsWithGlobals<GlobalOptions>(), (context) => importYear(context, year));
    });
  calendar
    .command("list")
    .description("the known years, their notices, and where they are from")
    .action(async (_local, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const years = await knownYears(context);
        const coveredUntil = await readCoveredUntil(context);
        context.print({ years, coveredUntil }, [
          ...years.map(({ year, number, source, origin }) => [year, number, source, origin].join("\t")),
          `the calendar reaches until ${coveredUntil}`,
        ]);
      });
    });
}

/** What holds of each year, oldest first. */
async function knownYears({ config, db }: CommandContext): Promise<(HolidayYear & { origin: Origin })[]> {
  const origins: [Origin, HolidayYear[]][] = [
    ["shipped", readHolidayFiles(SHIPPED_HOLIDAYS)],
    ["CALENDAR_DIR", config.calendarDir ? readHolidayFiles(config.calendarDir) : []],
    ["imported", await importedHolidays(db)],
  ];
  const years = new Map(
    origins.flatMap(([origin, notices]) => notices.map((notice) => [notice.year, { ...notice, origin }])),
  );
  return [...years.values()].sort((left, right) => left.year - right.year);
}

async function readCoveredUntil({ db, holidays, now }: CommandContext): Promise<Day | null> {
  return (await readWorkCalendar(db, holidays)).coveredUntil(dayOf(now()));
}

async function importYear(context: CommandContext, notice: HolidayYear): Promise<void> {
  const { year, number } = notice;
  const replaced = (await knownYears(context)).find((known) => known.year === year);
  const replaces = replaced ? { number: replaced.number, origin: replaced.origin } : null;
  await context.db.transaction().execute(async (trx) => {
    await saveHolidayYear(trx, notice, context.now());
    await writeAudit(trx, {
      ...context.author("calendar import"),
      subject: `calendar ${year}`,
      detail: { number, replaces },
    });
  });
  const coveredUntil = await readCoveredUntil(context);
  const lines = [`${year} is imported (${number}); the calendar reaches until ${coveredUntil}`];
  if (replaces) lines.push(`it replaces the year as it was known (${replaces.number}, ${replaces.origin})`);
  if (coveredUntil !== null && coveredUntil < `${year}-01-01`) {
    lines.push(`the days after ${coveredUntil} are not known yet: import their year as well`);
  }
  context.print({ year, number, replaces, coveredUntil }, lines);
}

function readNotice(file: string): HolidayYear {
  let document: unknown;
  try {
    const text = decode(readFileSync(file));
    document = /\.ya?ml$/i.test(file) ? parseYaml(text) : JSON.parse(text);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw new UserError(`${file}: ${syscall ? `cannot be read (${code})` : "is neither JSON nor, by its name, YAML"}`);
  }
  const checked = checkHolidayYear(document);
  if (!("faults" in checked)) return checked;
  throw new UserError(checked.faults.map((fault) => `${file}: ${fault}`).join("\n"));
}
