import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { type HolidayYear, loadHolidays } from "../../src/calendar/holidays.ts";
import { saveHolidayFiles, saveHolidayYear } from "../../src/store/holidays.ts";
import { NOW, openTestDatabase } from "../metrics/county.ts";

const year = (number: number, ...off: HolidayYear["off"]): HolidayYear => ({
  ...{ year: number, title: "t", number: "n", source: "https://www.gov.cn/1" },
  ...{ off, work: [] },
});
const newYear = (number: number, to = 3) => ({ name: "元旦", from: `${number}-01-01`, to: `${number}-01-0${to}` });

test("SQL sees the holidays of the files and of imported years, which hold over them, as soon as they are there", async (t) => {
  const { db } = await openTestDatabase(t);
  const shown = async () => {
    const { rows } = await sql<{ holiday: string }>`
      select concat_ws(' ', name, first_day, last_day) as holiday from v_holiday order by first_day`.execute(db);
    return rows.map(({ holiday }) => holiday);
  };
  assert.deepEqual(await shown(), []);
  const springFestival = { name: "春节", from: "2027-02-05", to: "2027-02-11" };
  await saveHolidayFiles(db, [year(2026, newYear(2026)), year(2027, newYear(2027), springFestival)]);
  const files = ["元旦 2026-01-01 2026-01-03", "元旦 2027-01-01 2027-01-03", "春节 2027-02-05 2027-02-11"];
  assert.deepEqual(await shown(), files);

  const versions = async () =>
    (await sql<{ row: string }>`select xmin::text || ctid::text as row from holiday_files`.execute(db)).rows;
  const before = await versions();
  await saveHolidayFiles(db, [year(2026, newYear(2026)), year(2027, newYear(2027), springFestival)]);
  assert.deepEqual(await versions(), before, "what is the same is not written again");

  await saveHolidayYear(db, year(2027, newYear(2027, 4)), NOW);
  assert.deepEqual(await shown(), [files[0], "元旦 2027-01-01 2027-01-04"]);
  await saveHolidayFiles(db, [year(2026, newYear(2026, 2))]);
  assert.deepEqual(await shown(), ["元旦 2026-01-01 2026-01-02", "元旦 2027-01-01 2027-01-04"]);
  await saveHolidayFiles(db, []);
  assert.deepEqual(await shown(), ["元旦 2027-01-01 2027-01-04"]);
  await saveHolidayFiles(db, loadHolidays());
  assert.ok((await shown()).includes("国庆节 2026-10-01 2026-10-07"));
});
