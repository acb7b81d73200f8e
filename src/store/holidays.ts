import { sql } from "kysely";
import type { HolidayYear } from "../calendar/holidays.ts";
import { createWorkCalendar, type WorkCalendar } from "../calendar/working.ts";
import type { Db } from "./upsert.ts";

/** The years that were imported, oldest first. */
export async function importedHolidays(db: Db): Promise<HolidayYear[]> {
  const rows = await db.selectFrom("holiday_year").select("document").orderBy("year").execute();
  return rows.map(({ document }) => document as HolidayYear);
}

/** An imported year replaces the one imported before it. */
export async function saveHolidayYear(db: Db, year: HolidayYear, now: Date): Promise<void> {
  const row = { year: year.year, document: JSON.stringify(year), imported_at: now };
  await db
    .insertInto("holiday_year")
    .values(row)
    .onConflict((conflict) => conflict.column("year").doUpdateSet(row))
    .execute();
}

/** For SQL, which cannot read files; what is the same is not written again. */
export async function saveHolidayFiles(db: Db, files: readonly HolidayYear[]): Promise<void> {
  await sql`
    insert into holiday_files as t (documents) values (${JSON.stringify(files)})
    on conflict (single) do update set documents = excluded.documents
    where t.documents <> excluded.documents`.execute(db);
}

/** The years of files and those that were imported; an imported one replaces the file's. */
export async function readWorkCalendar(db: Db, files: readonly HolidayYear[]): Promise<WorkCalendar> {
  const years = new Map([...files, ...(await importedHolidays(db))].map((year) => [year.year, year]));
  return createWorkCalendar([...years.values()]);
}
