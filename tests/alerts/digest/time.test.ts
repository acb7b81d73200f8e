import assert from "node:assert/strict";
import { test } from "node:test";
import { startOf, timeOn } from "../../../src/calendar.ts";
import { openTestDatabase } from "../../metrics/county.ts";
import { addAccounts, codesOf, DAY, DAY_MS, digestAt, routesWith, sheetOf, storedSheets } from "./county.ts";

const yesterday = (day: string) => new Date(startOf(day).getTime() - DAY_MS);

test("it is made at 08:30 and not before, once yesterday is final for every account", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [{ code: "a" }, { code: "b" }]);
  assert.equal(await digestAt(db, DAY, "08:29"), false);
  assert.equal(await digestAt(db, DAY, "08:30"), true);
  assert.equal(await digestAt(db, DAY, "08:31"), false, "once a day");
  assert.deepEqual(await db.selectFrom("digest").select(["day", "as_of"]).execute(), [
    { day: DAY, as_of: startOf(DAY) },
  ]);
  assert.equal((await storedSheets(db)).length, 1);
});

test("an account that can be seen holds it up until 10:00", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [{ code: "a" }, { code: "late", dataUntil: yesterday(DAY) }]);
  assert.equal(await digestAt(db, DAY, "08:30"), false);
  assert.equal(await digestAt(db, DAY, "09:59"), false);
  assert.equal(await digestAt(db, DAY, "10:00"), true);
  const sheet = await sheetOf(db, "duty");
  assert.deepEqual([sheet?.county?.late, sheet?.asOf], [1, yesterday(DAY)]);
});

test("whoever starts at noon makes none", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [{ code: "a" }]);
  assert.equal(await digestAt(db, DAY, "12:00"), false);
  assert.equal(await digestAt(db, DAY, "11:59"), true);
});

test("a blind account, one without a deadline and one that is not collected hold nothing up", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [
    { code: "a" },
    { code: "b" },
    { code: "blind", dataUntil: new Date(startOf(DAY).getTime() - 3 * DAY_MS) },
    { code: "closing", lifecycle: "closing", dataUntil: null },
    { code: "planned", lifecycle: "planned", dataUntil: null },
  ]);
  assert.equal(await digestAt(db, DAY, "08:30"), true);
  const sheet = await sheetOf(db, "duty");
  assert.deepEqual(codesOf(sheet), ["blind"]);
  assert.deepEqual([sheet?.asOf, sheet?.county?.judged, sheet?.county?.unseen], [startOf(DAY), 3, 1]);
});

test("accounts whose first visit is still on are not called blind, and without others there is no digest yet", async (t) => {
  const { db } = await openTestDatabase(t);
  const fresh = { createdAt: timeOn(DAY, "09:00"), dataUntil: null };
  await addAccounts(db, DAY, [
    { code: "n1", ...fresh },
    { code: "n2", ...fresh },
  ]);
  assert.equal(await digestAt(db, DAY, "09:59"), false);
  assert.equal(await digestAt(db, DAY, "10:00"), true);
  assert.equal((await sheetOf(db, "duty"))?.county?.unseen, 2, "an hour later nobody has seen them");

  await addAccounts(db, "2026-11-24", [
    { code: "a" },
    { code: "n3", dataUntil: null, createdAt: timeOn("2026-11-24", "09:30") },
  ]);
  assert.equal(await digestAt(db, "2026-11-24", "10:00"), true);
  const sheet = (await storedSheets(db)).find(({ day }) => day === "2026-11-24")?.sheet;
  assert.deepEqual([codesOf(sheet), sheet?.county?.judged], [["n1", "n2"], 3]);
});

test("two notifiers at once make one digest", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [{ code: "a" }]);
  for (const day of [DAY, "2026-11-24", "2026-11-25"]) {
    const made = await Promise.all([
      digestAt(db, day, "10:00"),
      digestAt(db, day, "10:00"),
      digestAt(db, day, "10:00"),
    ]);
    assert.equal(made.filter((own) => own).length, 1);
  }
  assert.equal((await storedSheets(db)).length, 3);
});

test("without a routes file nobody could read it, and without accounts there is nothing to say", async (t) => {
  const { db } = await openTestDatabase(t);
  assert.equal(await digestAt(db, DAY, "10:00"), false);
  await addAccounts(db, DAY, [{ code: "a", lifecycle: "planned" }]);
  assert.equal(await digestAt(db, DAY, "10:00"), false);
  await addAccounts(db, DAY, [{ code: "b" }]);
  assert.equal(await digestAt(db, DAY, "10:00", null), false);
  assert.equal(await digestAt(db, DAY, "10:00", routesWith()), true, "the routes file came in time");
});

test("it is made on working days, of a year that no notice tells of from Monday to Friday", async (t) => {
  const { db } = await openTestDatabase(t);
  await addAccounts(db, DAY, [{ code: "a" }]);
  const days = {
    "2026-11-21": false,
    "2026-11-22": false,
    "2026-11-23": true,
    // A Sunday that is worked for a holiday.
    "2026-09-20": true,
    // A Friday off.
    "2026-09-25": false,
    "2026-10-01": false,
    "2030-01-04": true,
    "2030-01-05": false,
    "2030-01-06": false,
  };
  for (const [day, made] of Object.entries(days)) assert.equal(await digestAt(db, day, "10:00"), made, day);
});

test("on the last working day before three or more days off it looks ahead to the first one after them", async (t) => {
  const { db } = await openTestDatabase(t);
  const daysOff = async (day: string) => {
    assert.equal(await digestAt(db, day, "10:00"), true, day);
    return (await storedSheets(db)).find((row) => row.day === day && row.recipient === "duty")?.sheet.daysOff;
  };
  await addAccounts(db, DAY, [{ code: "a" }]);
  const national = { from: "2026-10-01", to: "2026-10-07", days: 7, resumesOn: "2026-10-08" };
  assert.deepEqual(await daysOff("2026-09-30"), national);
  assert.equal(await daysOff("2026-09-29"), null);
  // A Saturday that is worked.
  assert.deepEqual(await daysOff("2026-02-14"), {
    ...{ from: "2026-02-15", to: "2026-02-23", days: 9, resumesOn: "2026-02-24" },
  });
  assert.deepEqual(await daysOff("2026-09-24"), {
    ...{ from: "2026-09-25", to: "2026-09-27", days: 3, resumesOn: "2026-09-28" },
  });
  assert.equal(await daysOff("2026-11-27"), null, "a weekend");
  assert.equal(await daysOff("2026-12-31"), null, "nobody knows the next year's holidays");
});
