import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import {
  createWorkCalendar,
  endOfWorkingDay,
  type OfficeHours,
  workingDaysBetween,
  workingSeconds,
} from "../../src/calendar/working.ts";
import { addDays, dayOf, daysFrom, endOf, startOf, timeOn } from "../../src/calendar.ts";

const calendar = createWorkCalendar(loadHolidays());
const HOURS: OfficeHours = [
  { from: "09:00", to: "12:00" },
  { from: "14:00", to: "18:00" },
];
/** `2026-02-13 17:30`, with or without seconds, as a clock in Shanghai shows it. */
const at = (text: string) => new Date(`${text.replace(" ", "T")}+08:00`);
const seconds = (from: string, to: string, hours = HOURS) => workingSeconds(calendar, hours, at(from), at(to));
const HOUR = 3600;
const DAY = 7 * HOUR;

test("a deadline is the end of the Nth working day after the day of receipt", () => {
  const rows: [string, number, string][] = [
    // Friday; Saturday 14 is worked, then nine days off.
    ["2026-02-13 10:00", 3, "2026-02-25"],
    ["2026-02-13 00:00", 3, "2026-02-25"],
    ["2026-02-13 23:59:59", 3, "2026-02-25"],
    ["2026-02-14 00:00", 3, "2026-02-26"],
    ["2026-02-13 10:00", 1, "2026-02-14"],
    ["2026-02-13 10:00", 2, "2026-02-24"],
    ["2026-02-13 10:00", 5, "2026-02-27"],
    // Saturday 28 is worked as well.
    ["2026-02-13 10:00", 6, "2026-02-28"],
    ["2026-02-13 10:00", 10, "2026-03-05"],
    ["2026-02-18 12:00", 1, "2026-02-24"],
    ["2026-06-12 17:00", 1, "2026-06-15"],
    ["2026-06-13 17:00", 1, "2026-06-15"],
    // Thursday before the Dragon Boat Festival.
    ["2026-06-18 17:00", 1, "2026-06-22"],
    // Saturday before the worked Sunday.
    ["2026-09-19 09:00", 1, "2026-09-20"],
    ["2026-09-24 09:00", 3, "2026-09-30"],
    ["2026-09-30 09:00", 3, "2026-10-10"],
    ["2026-12-24 09:00", 5, "2026-12-31"],
    ["2025-12-31 09:00", 1, "2026-01-04"],
  ];
  for (const [received, days, expected] of rows) {
    const end = endOfWorkingDay(calendar, at(received), days);
    assert.deepEqual(end, at(`${addDays(expected, 1)} 00:00`), `${received}, ${days} days`);
  }
});

test("a deadline that needs a day of an unknown year is unknown", () => {
  assert.equal(endOfWorkingDay(calendar, at("2026-12-24 09:00"), 6), null);
  assert.equal(endOfWorkingDay(calendar, at("2026-12-31 09:00"), 1), null);
  assert.deepEqual(endOfWorkingDay(calendar, at("2026-12-30 09:00"), 1), endOf("2026-12-31"));
  assert.equal(endOfWorkingDay(calendar, at("2027-03-01 09:00"), 1), null);
  assert.equal(endOfWorkingDay(createWorkCalendar([]), at("2026-06-12 09:00"), 1), null);
});

test("the day of receipt does not count among the working days, the day of the reply does", () => {
  const rows: [string, string, number | null][] = [
    ["2026-06-15 09:00", "2026-06-15 23:59", 0],
    ["2026-06-15 23:59:59", "2026-06-16 00:00", 1],
    ["2026-06-12 09:00", "2026-06-14 12:00", 0],
    ["2026-06-12 09:00", "2026-06-15 12:00", 1],
    ["2026-02-13 10:00", "2026-02-14 08:00", 1],
    ["2026-02-13 10:00", "2026-02-23 23:00", 1],
    ["2026-02-13 10:00", "2026-02-25 23:00", 3],
    ["2025-12-31 10:00", "2026-01-05 10:00", 2],
    ["2024-01-01 00:00", "2026-12-31 23:59", 251 + 248 + 248],
    ["2026-12-31 09:00", "2026-12-31 20:00", 0],
    ["2026-12-30 09:00", "2026-12-31 20:00", 1],
    ["2026-12-31 09:00", "2027-01-01 00:00", null],
    ["2027-01-05 09:00", "2027-01-05 10:00", 0],
  ];
  for (const [from, to, expected] of rows) {
    assert.equal(workingDaysBetween(calendar, at(from), at(to)), expected, `${from} to ${to}`);
  }
});

test("office hours begin with their first second and end before their last", () => {
  const rows: [string, string, number][] = [
    ["2026-06-15 09:00", "2026-06-15 12:00", 3 * HOUR],
    ["2026-06-15 08:00", "2026-06-15 09:00", 0],
    ["2026-06-15 08:59:59", "2026-06-15 09:00:01", 1],
    ["2026-06-15 11:59:59", "2026-06-15 14:00:01", 2],
    ["2026-06-15 12:00", "2026-06-15 14:00", 0],
    ["2026-06-15 13:00", "2026-06-15 13:00", 0],
    ["2026-06-15 10:00", "2026-06-15 10:00", 0],
    ["2026-06-15 17:59:59", "2026-06-15 23:00", 1],
    ["2026-06-15 18:00", "2026-06-16 09:00", 0],
    ["2026-06-15 00:00", "2026-06-16 00:00", DAY],
    ["2026-06-15 10:30", "2026-06-15 15:15", 1.5 * HOUR + 1.25 * HOUR],
  ];
  for (const [from, to, expected] of rows) assert.equal(seconds(from, to), expected, `${from} to ${to}`);
});

test("nights, weekends, Spring Festival and make-up days count by their office hours only", () => {
  const rows: [string, string, number][] = [
    ["2026-06-15 17:00", "2026-06-16 10:00", 2 * HOUR],
    // Friday to Monday.
    ["2026-06-12 17:00", "2026-06-15 09:30", 1.5 * HOUR],
    ["2026-06-13 10:00", "2026-06-14 16:00", 0],
    // Friday 13, the worked Saturday 14, nine days off, Tuesday 24.
    ["2026-02-13 17:00", "2026-02-24 10:00", HOUR + DAY + HOUR],
    ["2026-02-15 00:00", "2026-02-24 00:00", 0],
    ["2026-02-16 10:00", "2026-02-25 09:00", DAY],
    ["2026-02-28 09:00", "2026-02-28 18:00", DAY],
    ["2026-09-20 16:00", "2026-09-21 09:10", 2 * HOUR + 600],
    // Wednesday 30 September to the worked Saturday 10 October.
    ["2026-09-30 17:30", "2026-10-10 09:30", HOUR + 2 * DAY],
    ["2025-12-31 17:00", "2026-01-04 10:00", 2 * HOUR],
    ["2024-01-01 00:00", "2027-01-01 00:00", (251 + 248 + 248) * DAY],
  ];
  for (const [from, to, expected] of rows) assert.equal(seconds(from, to), expected, `${from} to ${to}`);
});

test("hours of an unknown year make the seconds unknown, its nights do not", () => {
  assert.equal(seconds("2026-12-31 16:00", "2026-12-31 23:00"), 2 * HOUR);
  assert.equal(seconds("2026-12-31 16:00", "2027-01-01 09:00"), 2 * HOUR);
  assert.equal(seconds("2026-12-31 16:00", "2027-01-01 09:00:01"), null);
  assert.equal(seconds("2026-12-31 16:00", "2027-01-03 12:00"), null, "a Sunday as well");
  assert.equal(seconds("2027-02-01 10:00", "2027-02-01 10:05"), null);
});

test("other office hours count as they are, up to midnight", () => {
  const always: OfficeHours = [{ from: "00:00", to: "24:00" }];
  assert.equal(seconds("2026-06-12 22:00", "2026-06-15 01:00", always), 3 * HOUR);
  const summer: OfficeHours = [
    { from: "08:30", to: "12:00" },
    { from: "15:00", to: "18:30" },
  ];
  assert.equal(seconds("2026-06-15 08:00", "2026-06-15 15:10", summer), 3.5 * HOUR + 600);
});

test("the three numbers agree with a walk through every minute and every day", () => {
  const first = startOf("2026-01-25").getTime();
  const minute = fc.integer({ min: 0, max: 60 * 24 * 60 });
  const open = ({ from, to }: { from: string; to: string }, day: string, time: Date) =>
    time >= timeOn(day, from) && time < timeOn(day, to);
  fc.assert(
    fc.property(minute, fc.integer({ min: 0, max: 15 * 24 * 60 }), (start, length) => {
      const from = new Date(first + start * 60_000);
      const to = new Date(from.getTime() + length * 60_000);
      let walked = 0;
      for (let time = from; time < to; time = new Date(time.getTime() + 60_000)) {
        const day = dayOf(time);
        if (calendar.isWorkingDay(day) && HOURS.some((window) => open(window, day, time))) walked += 60;
      }
      assert.equal(workingSeconds(calendar, HOURS, from, to), walked);
      const days = daysFrom(addDays(dayOf(from), 1), dayOf(to)).filter((day) => calendar.isWorkingDay(day));
      assert.equal(workingDaysBetween(calendar, from, to), days.length);
      if (days.length > 0) {
        assert.deepEqual(endOfWorkingDay(calendar, from, days.length), endOf(days.at(-1) ?? ""));
      }
    }),
    { numRuns: 60 },
  );
});

test("the time zone of the process changes nothing", () => {
  const source = (file: string) => JSON.stringify(join(resolve(import.meta.dirname, "../../src"), file));
  const script = `
    const { loadHolidays } = await import(${source("calendar/holidays.ts")});
    const { createWorkCalendar, endOfWorkingDay, workingDaysBetween, workingSeconds } = await import(${source("calendar/working.ts")});
    const calendar = createWorkCalendar(loadHolidays());
    const from = Date.parse("2025-12-25T15:59:59Z");
    const lines = Array.from({ length: 1500 }, (_, index) => {
      const start = new Date(from + index * 7 * 3_600_000);
      const end = new Date(start.getTime() + index * 977_000);
      return [
        endOfWorkingDay(calendar, start, 3),
        workingDaysBetween(calendar, start, end),
        workingSeconds(calendar, ${JSON.stringify(HOURS)}, start, end),
      ];
    });
    console.log(JSON.stringify({ zone: new Date(0).getTimezoneOffset(), id: calendar.id, lines }));`;
  const run = (zone: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      env: { ...process.env, TZ: zone },
      encoding: "utf8",
      maxBuffer: 16 * 1024 * 1024,
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as { zone: number; id: string; lines: unknown[][] };
  };
  const shanghai = run("Asia/Shanghai");
  assert.equal(shanghai.id, calendar.id);
  for (const name of ["end", "days", "seconds"].keys()) {
    assert.ok(shanghai.lines.filter((line) => line[name] !== null).length > 1000);
    assert.ok(shanghai.lines.some((line) => line[name] === null));
  }
  const zones = new Set([shanghai.zone]);
  for (const zone of ["America/New_York", "Pacific/Kiritimati"]) {
    const other = run(zone);
    zones.add(other.zone);
    assert.deepEqual([other.id, other.lines], [shanghai.id, shanghai.lines], zone);
  }
  assert.equal(zones.size, 3);
});
