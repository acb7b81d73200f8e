import assert from "node:assert/strict";
import { test } from "node:test";
import type { Severity } from "../../../src/model.ts";
import type { StateName } from "../../support/stackCounty.ts";
import { judge, type Period, type Told } from "../../support/stackTruth.ts";

const MARGINS = { toldWithinMs: 60_000, underWayMs: 5_000, least: "info" as const };
const END = 400_000;

const so = (...states: [number, StateName][]): Period[] =>
  states.map(([seconds, state]) => ({ state, from: seconds * 1_000, settled: seconds * 1_000 + 100 }));
const told = (...messages: [number, Severity | null][]): Told[] =>
  messages.map(([seconds, level]) => ({ at: seconds * 1_000, level, id: null }));
const verdict = (periods: Period[], messages: Told[]) => {
  const { lost, twice, unsupported } = judge("x", periods, messages, MARGINS, END);
  return [lost.length, twice.length, unsupported.length];
};
const HISTORY = so([0, "fine"], [100, "warning"], [200, "critical"], [300, "fine"]);

test("the judge of the stack's messages finds nothing wrong with each level told once", () => {
  assert.deepEqual(verdict(HISTORY, told([120, "warning"], [230, "critical"], [320, null])), [0, 0, 0]);
  assert.deepEqual(verdict(so([0, "fine"], [100, "info"], [110, "fine"]), told()), [0, 0, 0], "too short to be told");
  assert.deepEqual(verdict(so([0, "fine"], [100, "blind"]), told()), [0, 0, 0], "nothing is claimed of a blind one");
});

test("it finds what was lost, told too low, twice, too late, too high or of a blind account", () => {
  assert.deepEqual(verdict(HISTORY, told([120, "warning"], [320, null])), [1, 0, 0], "no critical");
  assert.deepEqual(verdict(HISTORY, told()), [2, 0, 0], "nothing at all");
  assert.deepEqual(
    verdict(HISTORY, told([120, "warning"], [150, null], [230, "critical"])),
    [1, 0, 1],
    "said to be over",
  );
  const blinded = so([0, "fine"], [100, "warning"], [200, "blind"]);
  assert.deepEqual(verdict(blinded, told([120, "warning"], [230, null])), [0, 0, 1], "not to be seen is not over");
  assert.deepEqual(verdict(so([0, "fine"], [100, "info"], [110, "fine"]), told([130, null])), [0, 0, 1], "unheard of");
  assert.deepEqual(verdict(HISTORY, told([120, "warning"], [230, "critical"], [310, null], [320, null])), [0, 1, 0]);
  assert.deepEqual(verdict(HISTORY, told([120, "warning"], [140, "warning"], [230, "critical"])), [0, 1, 0]);
  assert.deepEqual(verdict(HISTORY, told([120, "warning"], [230, "critical"], [310, "critical"])), [0, 0, 1]);
  assert.deepEqual(verdict(HISTORY, told([120, "critical"])), [0, 0, 1]);
  assert.deepEqual(verdict(so([0, "fine"], [100, "blind"]), told([120, "warning"])), [0, 0, 1]);
  assert.deepEqual(
    verdict(so([0, "fine"], [100, "unproven"]), told([120, "critical"])),
    [0, 0, 1],
    "nothing proves it",
  );
});

test("the same message again is a second one even when it became true again meanwhile", () => {
  const flapping = so([0, "fine"], [100, "warning"], [130, "fine"], [140, "warning"]);
  const again = told([120, "warning"], [160, "warning"]);
  assert.deepEqual(verdict(flapping, again), [0, 0, 0]);
  assert.deepEqual(
    verdict(
      flapping,
      again.map((message) => ({ ...message, id: "one" })),
    ),
    [0, 1, 0],
  );
});
