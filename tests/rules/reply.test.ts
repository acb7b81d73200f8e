import assert from "node:assert/strict";
import { test } from "node:test";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import { createWorkCalendar } from "../../src/calendar/working.ts";
import { caseTimes } from "../../src/rules/reply.ts";
import { DEFAULT_RULE_SET, loadRuleSets } from "../../src/rules/sets.ts";

const calendar = createWorkCalendar(loadHolidays());
const national = loadRuleSets().get(DEFAULT_RULE_SET);
assert.ok(national);
const at = (text: string) => new Date(`${text.replace(" ", "T")}+08:00`);
const times = (received: string, replied: string | null, now = "2026-12-31 12:00", known = calendar) =>
  caseTimes(
    { receivedAt: at(received), firstReplyAt: replied === null ? null : at(replied) },
    national.replies,
    known,
    at(now),
  );
const HOUR = 3_600;

test("a question of Friday evening that is answered on Monday waited the weekend on one clock alone", () => {
  // 2026-11-20 is a Friday.
  const found = times("2026-11-20 17:00", "2026-11-23 10:30");
  assert.equal(found.calendarSeconds, 65.5 * HOUR);
  assert.equal(found.workingSeconds, 2.5 * HOUR);
  assert.equal(found.workingDays, 1);
});

test("deadlines are ends of working days after the day of receipt, across Spring Festival and its make-up days", () => {
  // 2026-02-14 and 2026-02-28 are worked Saturdays; the 15th to the 23rd are off.
  const { warnAt, amberAt, redAt, dueAt } = times("2026-02-13 16:00", null);
  assert.deepEqual(warnAt, at("2026-02-15 00:00"));
  assert.deepEqual(amberAt, at("2026-02-26 00:00"));
  assert.deepEqual(redAt, at("2026-02-28 00:00"));
  assert.deepEqual(dueAt, at("2026-03-06 00:00"));
});

test("an answer on the day of receipt took no working day, and a late second of it belongs to that day", () => {
  assert.equal(times("2026-11-20 00:00", "2026-11-20 23:59").workingDays, 0);
  assert.deepEqual(times("2026-11-19 23:59", null).warnAt, at("2026-11-21 00:00"));
  assert.deepEqual(times("2026-11-20 00:00", null).warnAt, at("2026-11-24 00:00"));
});

test("an open case has waited until now, and never less than nothing", () => {
  const open = times("2026-11-20 10:00", null, "2026-11-20 11:00:30");
  assert.equal(open.calendarSeconds, HOUR + 30);
  assert.equal(open.workingSeconds, HOUR + 30);
  assert.equal(times("2026-11-20 10:00", null, "2026-11-20 09:59").calendarSeconds, 0);
});

test("what lies in a year without a calendar is unknown, and what lies before it is known", () => {
  const known = createWorkCalendar(loadHolidays().filter(({ year }) => year === 2026));
  const found = times("2026-12-28 10:00", null, "2026-12-31 11:00", known);
  assert.deepEqual(found.amberAt, at("2027-01-01 00:00"));
  assert.equal(found.redAt, null);
  assert.equal(found.dueAt, null);
  assert.equal(found.workingDays, 3);
  const later = times("2026-12-28 10:00", "2027-01-04 10:00", undefined, known);
  assert.equal(later.workingSeconds, null);
  assert.equal(later.workingDays, null);
  assert.equal(later.calendarSeconds, 7 * 24 * HOUR);
});
