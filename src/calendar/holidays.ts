import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { addDays, daysFrom, isDay, isWeekend } from "../calendar.ts";
import type { Day } from "../model.ts";

/** One year's notice of the State Council about holidays and make-up days. */
export interface HolidayYear {
  year: number;
  title: string;
  number: string;
  source: string;
  /** Weekends among them or not; both ends included. */
  off: readonly { name: string; from: Day; to: Day }[];
  /** Saturdays and Sundays that are worked. */
  work: readonly Day[];
}

/** A notice may name days of the neighbouring years, as the 2019 one did of December 2018. */
const NEIGHBOUR_DAYS = 31;

const yearNumber = z
  .int("expected a year from 2000 to 2100")
  .refine((year) => year >= 2000 && year <= 2100, { error: "expected a year from 2000 to 2100", abort: true });
const text = z.string("expected a text").min(1, "expected a text");
const day = z.string("expected a day as YYYY-MM-DD").refine(isDay, {
  error: "expected a day as YYYY-MM-DD",
  // Else the year's rules would judge what is no day.
  abort: true,
});
const period = z
  .strictObject({ name: text, from: day, to: day })
  .refine(({ from, to }) => from <= to, { path: ["to"], error: "expected a day not before `from`" });
const schema = z
  .strictObject({
    year: yearNumber,
    title: text,
    number: text,
    source: z.string("expected an address").regex(/^https?:\/\/\S+$/, "expected an address that starts with https://"),
    // A notice cut short would be a silent Monday to Friday.
    off: z.array(period, "expected a list of holidays").min(1, "expected the year's holidays"),
    work: z.array(day, "expected a list of days"),
  })
  .superRefine(({ year, off, work }, context) => {
    const fault = (path: (string | number)[], message: string) =>
      void context.addIssue({ code: "custom", path, message });
    const first = addDays(`${year}-01-01`, -NEIGHBOUR_DAYS);
    const last = addDays(`${year}-12-31`, NEIGHBOUR_DAYS);
    const near = (path: (string | number)[], value: Day) => {
      if (value < first || value > last) fault(path, `expected a day from ${first} to ${last}, not ${value}`);
    };
    for (const [index, { from, to }] of off.entries()) {
      near(["off", index, "from"], from);
      near(["off", index, "to"], to);
    }
    for (const [index, value] of work.entries()) {
      near(["work", index], value);
      if (!isWeekend(value)) fault(["work", index], `expected a Saturday or Sunday, not ${value}`);
      const holiday = off.find(({ from, to }) => value >= from && value <= to);
      if (holiday) fault(["work", index], `expected no day of ${holiday.name}, but ${value} is off`);
    }
  });

/** The notice, or all that is wrong with it: `field: expectation`. */
export function checkHolidayYear(document: unknown): HolidayYear | { faults: string[] } {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  return { faults: result.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`) };
}

/** The days that a notice speaks of: true is worked, false is off. */
export function namedDays({ off, work }: HolidayYear): Map<Day, boolean> {
  return new Map([
    ...off.flatMap(({ from, to }) => daysFrom(from, to).map((value) => [value, false] as const)),
    ...work.map((value) => [value, true] as const),
  ]);
}

function readHolidayFile(file: string, year: number): HolidayYear {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Error(`${file}: ${code === undefined ? "is not JSON" : `cannot be read (${code})`}`);
  }
  const checked = checkHolidayYear(document);
  if ("faults" in checked) throw new Error(checked.faults.map((fault) => `${file}: ${fault}`).join("\n"));
  if (checked.year !== year) throw new Error(`${file}: year: expected ${year}, as the file is named`);
  return checked;
}

/** The notices of a folder, oldest first: its files `YYYY.json`, no others. */
export function readHolidayFiles(directory: string): HolidayYear[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw new Error(`${directory}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return names
    .filter((name) => /^\d{4}\.json$/.test(name))
    .sort()
    .map((name) => readHolidayFile(join(directory, name), Number(name.slice(0, 4))));
}

/** Where the notices are that come with the program. */
export const SHIPPED_HOLIDAYS = import.meta.dirname;

/** The shipped years and those of `directory`; a year there replaces the shipped one. */
export function loadHolidays(directory?: string): HolidayYear[] {
  const files = [SHIPPED_HOLIDAYS, ...(directory ? [directory] : [])].flatMap(readHolidayFiles);
  return [...new Map(files.map((year) => [year.year, year])).values()];
}
