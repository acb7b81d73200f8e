import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import {
  addDays,
  dayOf,
  daysBetween,
  daysFrom,
  endOf,
  isDay,
  minuteOf,
  newestAskableDay,
  startOf,
  timeOn,
} from "../src/calendar.ts";

test("a day of Asia/Shanghai begins at 16:00 UTC of the day before", () => {
  assert.equal(dayOf(new Date("2026-11-19T15:59:59.999Z")), "2026-11-19");
  assert.equal(dayOf(new Date("2026-11-19T16:00:00Z")), "2026-11-20");
  assert.equal(startOf("2026-11-20").toISOString(), "2026-11-19T16:00:00.000Z");
  assert.equal(endOf("2026-11-20").toISOString(), "2026-11-20T16:00:00.000Z");
  assert.equal(timeOn("2026-11-20", "08:05").toISOString(), "2026-11-20T00:05:00.000Z");
});

test("a minute is told in Asia/Shanghai, and the end of a day as its own", () => {
  assert.equal(minuteOf(new Date("2026-11-19T15:59:59.999Z")), "2026-11-19 23:59");
  assert.equal(minuteOf(new Date("2026-11-19T16:00:00Z")), "2026-11-19 24:00");
  assert.equal(minuteOf(new Date("2026-11-19T16:00:00.001Z")), "2026-11-20 00:00");
});

test("yesterday may be asked from the ready time on, the day before it until then", () => {
  assert.equal(newestAskableDay(new Date("2026-11-20T00:04:59Z"), "08:05"), "2026-11-18");
  assert.equal(newestAskableDay(new Date("2026-11-20T00:05:00Z"), "08:05"), "2026-11-19");
  assert.equal(newestAskableDay(new Date("2026-11-19T16:00:00Z"), "00:00"), "2026-11-19");
});

test("days are counted over month, year and leap day", () => {
  assert.equal(addDays("2028-02-28", 1), "2028-02-29");
  assert.equal(addDays("2026-12-31", 1), "2027-01-01");
  assert.equal(daysBetween("2028-02-01", "2028-03-01"), 29);
  assert.deepEqual(daysFrom("2026-02-27", "2026-03-01"), ["2026-02-27", "2026-02-28", "2026-03-01"]);
  assert.deepEqual(daysFrom("2026-03-02", "2026-03-01"), []);
});

test("adding days and counting them are inverse, and every day holds exactly its own instants", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("2000-01-01"), max: new Date("2099-01-01"), noInvalidDate: true }),
      fc.integer({ min: -4000, max: 4000 }),
      (instant, count) => {
        const day = dayOf(instant);
        assert.equal(daysBetween(day, addDays(day, count)), count);
        assert.ok(startOf(day) <= instant && instant < endOf(day));
      },
    ),
  );
});

test("only existing days are days", () => {
  for (const text of ["2026-02-29", "2026-13-01", "2026-1-1", "20261101", "", "2026-11-01T00:00"])
    assert.ok(!isDay(text), text);
  assert.ok(isDay("2028-02-29"));
});

test("the container's time zone changes nothing", () => {
  const code = `import { dayOf, endOf, addDays } from "./src/calendar.ts";
    console.log(dayOf(new Date("2026-11-19T16:30:00Z")), endOf("2026-11-20").toISOString(), addDays("2026-03-28", 2));`;
  const outputs = ["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"].map((zone) =>
    execFileSync(process.execPath, ["--input-type=module-typescript", "-e", code], {
      env: { ...process.env, TZ: zone },
    }).toString(),
  );
  assert.deepEqual(new Set(outputs), new Set(["2026-11-20 2026-11-20T16:00:00.000Z 2026-03-30\n"]));
});
