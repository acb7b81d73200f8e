import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMinutes, nextDailySlot, nextDailyVisit, nextSlot, slotsLeft } from "../../src/collectors/schedule.ts";
import { PlatformError, type Retry } from "../../src/errors.ts";

const error = (retry: Retry, until?: Date) =>
  new PlatformError({ name: "X", code: "1", retry, scope: "request", message: "x", reason: "x", until });
const minutesAfter = (now: Date, then: Date) => (then.getTime() - now.getTime()) / 60_000;

test("accounts spread over the 25 minutes from the ready time, each at its own minute every day", () => {
  const now = new Date("2026-11-20T10:00:00Z");
  const slots = Array.from({ length: 1000 }, (_, index) => nextDailySlot(`account-${index}`, now, "08:05"));
  const minutes = slots.map((slot) => minutesAfter(new Date("2026-11-21T00:05:00Z"), slot));
  assert.ok(minutes.every((minute) => minute >= 0 && minute < 25));
  for (let from = 0; from < 25; from += 5) {
    const share = minutes.filter((minute) => minute >= from && minute < from + 5).length;
    assert.ok(share > 150 && share < 250, `${share} of 1000 in minutes ${from} to ${from + 5}`);
  }
  const later = nextDailySlot("account-1", new Date("2026-11-22T10:00:00Z"), "08:05");
  assert.equal(minutesAfter(slots[1] ?? now, later), 2 * 24 * 60);
});

test("a slot of today that is still to come is taken", () => {
  assert.equal(nextDailySlot("a", new Date("2026-11-19T23:00:00Z"), "08:05").toISOString().slice(0, 10), "2026-11-20");
});

test("faults are tried again with growing distance up to a ceiling, and never given up", () => {
  const minutes = (retry: Retry) => [1, 2, 3, 4, 5, 6, 7, 50, 5000].map((failures) => backoffMinutes(retry, failures));
  assert.deepEqual(minutes("soon"), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  assert.deepEqual(minutes("later"), [10, 20, 40, 80, 160, 320, 360, 360, 360]);
  assert.deepEqual(minutes("never"), [60, 120, 240, 360, 360, 360, 360, 360, 360]);
});

test("the soonest reason to come back decides, and the daily slot is never missed", () => {
  const now = new Date("2026-11-19T23:30:00Z");
  const next = (errors: PlatformError[], failures: number, delayed = false) =>
    nextDailyVisit(
      "a",
      { delayed, errors, unavailable: [], touched: [] },
      { delays: delayed ? 1 : 0, failures },
      now,
      "08:05",
    );
  assert.equal(minutesAfter(now, next([error("soon"), error("never")], 1)), 1);
  assert.ok(minutesAfter(now, next([error("never")], 6)) <= 60);
  assert.equal(minutesAfter(now, next([], 0, true)), 10);
});

test("a used-up quota is waited for, with the account's own distance to the others", () => {
  const now = new Date("2026-11-20T01:00:00Z");
  const midnight = new Date("2026-11-20T16:00:00Z");
  const outcome = { delayed: false, errors: [error("later", midnight)], unavailable: [], touched: [] };
  const next = nextDailyVisit("a", outcome, { delays: 0, failures: 3 }, now, "08:05");
  assert.ok(minutesAfter(midnight, next) >= 0 && minutesAfter(midnight, next) < 25);
});

test("a late platform is not asked after noon", () => {
  const now = new Date("2026-11-20T03:30:00Z");
  const outcome = { delayed: true, errors: [], unavailable: [], touched: [] };
  const next = nextDailyVisit("a", outcome, { delays: 9, failures: 0 }, now, "08:05");
  assert.equal(next.toISOString(), nextDailySlot("a", now, "08:05").toISOString());
});

test("slots within the day are the same every day, evenly apart, and counted up to midnight of Asia/Shanghai", () => {
  const first = nextSlot("a", new Date("2026-11-19T16:00:00Z"), 6);
  assert.ok(minutesAfter(new Date("2026-11-19T16:00:00Z"), first) < 360);
  for (let slot = first, index = 1; index < 9; index++) {
    const next = nextSlot("a", slot, 6);
    assert.equal(minutesAfter(slot, next), 360);
    assert.equal(slotsLeft("a", slot, 6), (8 - index) % 4);
    slot = next;
  }
  assert.equal(slotsLeft("a", new Date(first.getTime() - 1), 6), 4);
  const shares = Array.from({ length: 600 }, (_, index) =>
    nextSlot(`account-${index}`, new Date("2026-11-19T16:00:00Z"), 2),
  );
  const early = shares.filter((slot) => minutesAfter(new Date("2026-11-19T16:00:00Z"), slot) < 60).length;
  assert.ok(early > 240 && early < 360, `${early} of 600 in the first hour`);
});
