import assert from "node:assert/strict";
import { test } from "node:test";
import { type HolidayYear, loadHolidays } from "../../src/calendar/holidays.ts";
import { createWorkCalendar } from "../../src/calendar/working.ts";
import { daysFrom, isWeekend } from "../../src/calendar.ts";

// West of Greenwich the library takes every day for the one before, those of its own data when it is loaded.
process.env.TZ = "UTC";
const { default: chineseDays } = await import("chinese-days");

const years = loadHolidays();
const calendar = createWorkCalendar(years);
const made = (year: number, change: Partial<HolidayYear> = {}): HolidayYear => ({
  ...{ year, title: "通知", number: "1号", source: "https://example.com/" },
  off: [{ name: "元旦", from: `${year}-01-01`, to: `${year}-01-01` }],
  work: [],
  ...change,
});

test("every day of 2024 to 2026 is what the library chinese-days says of it", () => {
  const days = daysFrom("2024-01-01", "2026-12-31");
  assert.equal(days.length, 366 + 365 + 365);
  const differing = days.filter((day) => calendar.isWorkingDay(day) !== chineseDays.isWorkday(day));
  assert.deepEqual(differing, []);
});

test("the make-up days are those of the notices", () => {
  const made = {
    2024: ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    2025: ["01-26", "02-08", "04-27", "09-28", "10-11"],
    2026: ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
  };
  const expected = Object.entries(made).flatMap(([year, days]) => days.map((day) => `${year}-${day}`));
  assert.equal(expected.length, 19);
  const worked = daysFrom("2024-01-01", "2026-12-31").filter((day) => isWeekend(day) && calendar.isWorkingDay(day));
  assert.deepEqual(worked, expected);
});

test("the working days off are those of the notices", () => {
  const off = {
    2024: "01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 10-03 10-04 10-07",
    2025: "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07",
  };
  const expected = Object.entries(off).flatMap(([year, days]) => days.split(" ").map((day) => `${year}-${day}`));
  const found = daysFrom("2024-01-01", "2026-12-31").filter((day) => !isWeekend(day) && !calendar.isWorkingDay(day));
  assert.deepEqual(found, expected);
  assert.equal(calendar.isWorkingDay("2024-02-09"), true, "the eve that the notice only recommends to take off");
});

test("days outside the known years are unknown, weekends as well", () => {
  for (const day of ["2023-12-29", "2023-12-31", "2027-01-01", "2027-01-02", "2027-01-04", "2030-06-12"]) {
    assert.equal(calendar.isWorkingDay(day), null, day);
  }
  assert.equal(calendar.isWorkingDay("2026-12-31"), true);
  const nothing = createWorkCalendar([]);
  assert.deepEqual([nothing.coveredUntil("2026-11-23"), nothing.isWorkingDay("2026-11-23")], [null, null]);
});

test("a notice makes single days of the neighbouring years known, and only these", () => {
  const off = [{ name: "元旦", from: "2026-12-31", to: "2027-01-02" }];
  const alone = createWorkCalendar([made(2027, { off, work: ["2026-12-26", "2028-01-08"] })]);
  assert.deepEqual(
    ["2026-12-25", "2026-12-26", "2026-12-27", "2026-12-31", "2027-01-01", "2028-01-07", "2028-01-08"].map((day) =>
      alone.isWorkingDay(day),
    ),
    [null, true, null, false, false, null, true],
  );
  assert.equal(alone.coveredUntil("2027-01-04"), "2027-12-31");
  assert.equal(alone.coveredUntil("2026-12-26"), "2026-12-26");
  assert.equal(alone.coveredUntil("2026-12-29"), "2026-12-26");
  assert.equal(alone.coveredUntil("2026-12-25"), null);
  const both = createWorkCalendar([made(2027, { off, work: ["2026-12-26"] }), ...years]);
  assert.equal(both.isWorkingDay("2026-12-31"), false, "the later notice holds");
  assert.equal(both.isWorkingDay("2026-12-26"), true);
  assert.equal(both.coveredUntil("2026-11-23"), "2027-12-31");
});

test("data after a gap do not hide the gap", () => {
  const calendar = createWorkCalendar([...years, made(2028)]);
  assert.equal(calendar.coveredUntil("2026-11-23"), "2026-12-31");
  assert.equal(calendar.isWorkingDay("2027-03-01"), null);
  assert.equal(calendar.isWorkingDay("2028-03-01"), true);
});

test("the calendar reaches to the end of the run of known days that holds today, or of the newest one before", () => {
  const calendar = createWorkCalendar([made(2022), ...years, made(2028)]);
  const ends = {
    "2021-12-31": null,
    ...{ "2022-01-01": "2022-12-31", "2022-12-31": "2022-12-31", "2023-06-01": "2022-12-31" },
    ...{ "2024-01-01": "2026-12-31", "2026-12-31": "2026-12-31", "2027-01-01": "2026-12-31" },
    ...{ "2027-12-31": "2026-12-31", "2028-01-01": "2028-12-31", "2031-01-01": "2028-12-31" },
  };
  const found = Object.keys(ends).map((today) => [today, calendar.coveredUntil(today)]);
  assert.deepEqual(Object.fromEntries(found), ends);
});

test("the id tells data apart, not their order or wording", () => {
  const { id } = calendar;
  const [last, ...rest] = [...years].reverse();
  assert.ok(last);
  assert.equal(createWorkCalendar([last, ...rest]).id, id);
  assert.equal(createWorkCalendar([{ ...last, title: "更正" }, ...rest]).id, id);
  const others = [
    createWorkCalendar(rest),
    createWorkCalendar([...years, made(2027)]),
    createWorkCalendar([{ ...last, work: last.work.slice(1) }, ...rest]),
    createWorkCalendar([{ ...last, off: last.off.slice(1) }, ...rest]),
  ].map((other) => other.id);
  assert.equal(new Set([id, ...others]).size, 5);
});

test("each shipped notice names its number and its address, and each day but once", () => {
  for (const { year, title, number, source, off } of years) {
    assert.equal(title, `国务院办公厅关于${year}年部分节假日安排的通知`);
    assert.match(number, new RegExp(`^国办发明电〔${year - 1}〕\\d+号$`));
    assert.match(source, new RegExp(`^https://www\\.gov\\.cn/zhengce/content/${year - 1}1\\d/content_\\d+\\.htm$`));
    const days = off.flatMap(({ from, to }) => daysFrom(from, to));
    assert.equal(new Set(days).size, days.length);
    assert.ok(days.every((day) => day.startsWith(String(year))));
  }
});
