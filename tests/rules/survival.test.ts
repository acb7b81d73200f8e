import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { answerCurve, type Duration, type Percentile, percentile } from "../../src/rules/survival.ts";

const answered = (...seconds: number[]): Duration[] => seconds.map((each) => ({ seconds: each, answered: true }));
const open = (...seconds: number[]): Duration[] => seconds.map((each) => ({ seconds: each, answered: false }));
const of = (durations: readonly Duration[], level: number) => percentile(answerCurve(durations), level);

// The expected values are those of R 4.2.2 with survival 3.5.3:
//   library(survival)
//   q <- function(t, d) quantile(survfit(Surv(t, d) ~ 1), c(.25, .5, .9), conf.int = FALSE)
// (With .5 as the least of its levels R says NA where the curve ends at one half by way of a rounding.)

test("the aml data have R's percentiles", () => {
  // q(aml$time, aml$status): 12 27 48
  const aml = [
    ...answered(9, 13, 18, 23, 31, 34, 48, 5, 5, 8, 8, 12, 23, 27, 30, 33, 43, 45),
    ...open(13, 28, 45, 161, 16),
  ];
  assert.equal(aml.length, 23);
  assert.deepEqual(of(aml, 0.25), { seconds: 12 });
  assert.deepEqual(of(aml, 0.5), { seconds: 27 });
  assert.deepEqual(of(aml, 0.9), { seconds: 48 });
});

test("where the curve lies at the very level the percentile is the middle of that stretch, as in R", () => {
  // q(c(10, 20, 20, 40, 40, 70, 70, 70, 70, 95), rep(1, 10)): 20 55 82.5
  const flat = answered(10, 20, 20, 40, 40, 70, 70, 70, 70, 95);
  assert.deepEqual(of(flat, 0.25), { seconds: 20 });
  assert.deepEqual(of(flat, 0.5), { seconds: 55 });
  assert.deepEqual(of(flat, 0.9), { seconds: 82.5 });
  // q(c(1:12, rep(30, 12)), rep(1:0, each = 12)): 6.5 21 NA, though the products make 1 - S a hair less than one half.
  const ending = [...answered(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), ...open(...Array(12).fill(30))];
  assert.deepEqual(of(ending, 0.25), { seconds: 6.5 });
  assert.deepEqual(of(ending, 0.5), { seconds: 21 });
  assert.deepEqual(of(ending, 0.9), { overSeconds: 30 });
});

test("answers come before those who still wait at the same time, as in R", () => {
  // q(c(5, 5, 5, 8, 8, 8, 8, 13, 13, 13, 21), c(1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0)): 8 13 NA
  const ties = [...answered(5, 5, 8, 8, 13, 13), ...open(5, 8, 8, 13, 21)];
  assert.deepEqual(of(ties, 0.25), { seconds: 8 });
  assert.deepEqual(of(ties, 0.5), { seconds: 13 });
  assert.deepEqual(of(ties, 0.9), { overSeconds: 21 });
});

test("a level that is not reached lies over the greatest time of all", () => {
  // q(c(60, 120, 300, 5000, rep(3600, 8)), c(1, 1, 1, 0, rep(0, 8))): 2650 NA NA
  const few = [...answered(60, 120, 300), ...open(5_000, ...Array(8).fill(3_600))];
  assert.deepEqual(of(few, 0.25), { seconds: 2_650 });
  assert.deepEqual(of(few, 0.5), { overSeconds: 5_000 });
  assert.deepEqual(of(open(...Array(10).fill(7)), 0.9), { overSeconds: 7 });
});

test("fewer than ten cases have no percentile", () => {
  assert.equal(of(answered(1, 2, 3, 4, 5, 6, 7, 8, 9), 0.5), null);
  assert.equal(of([], 0.5), null);
  assert.notEqual(of([...answered(1, 2, 3, 4, 5, 6, 7, 8, 9), ...open(1)], 0.5), null);
});

const durations = fc.array(fc.record({ seconds: fc.nat(40), answered: fc.boolean() }), {
  minLength: 10,
  maxLength: 60,
});
const level = fc.constantFrom(0.25, 0.5, 0.75, 0.9);

/** Not reached is above every time, and higher the further it is known. */
function lowered(before: Percentile | null, after: Percentile | null): boolean {
  assert.ok(before && after);
  if ("overSeconds" in after) return "overSeconds" in before && after.overSeconds < before.overSeconds;
  return "overSeconds" in before || after.seconds < before.seconds;
}

test("one more open case never lowers a percentile", () => {
  fc.assert(
    fc.property(durations, fc.nat(60), level, (cases, seconds, at) => {
      assert.ok(!lowered(of(cases, at), of([...cases, ...open(seconds)], at)));
    }),
    { numRuns: 2_000 },
  );
});

test("a case that is still open at the age of its answer or later never lowers a percentile", () => {
  fc.assert(
    fc.property(durations, fc.nat(59), fc.nat(20), level, (cases, at, longer, share) => {
      const index = at % cases.length;
      const waiting = cases.map((each, place) =>
        place === index ? { seconds: each.seconds + longer, answered: false } : each,
      );
      assert.ok(!lowered(of(cases, share), of(waiting, share)));
    }),
    { numRuns: 2_000 },
  );
});

test("the order of the cases changes nothing", () => {
  const shuffled = durations.chain((cases) =>
    fc.tuple(fc.constant(cases), fc.shuffledSubarray(cases, { minLength: cases.length })),
  );
  fc.assert(
    fc.property(shuffled, level, ([cases, others], at) => {
      assert.deepEqual(of(cases, at), of(others, at));
    }),
    { numRuns: 500 },
  );
});
