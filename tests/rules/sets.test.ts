import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DEFAULT_RULE_SET, loadRuleSets, type RuleSet } from "../../src/rules/sets.ts";

const DEFAULTS = {
  officeHours: [
    { from: "09:00", to: "12:00" },
    { from: "14:00", to: "18:00" },
  ],
  days: { warn: 1, amber: 3, red: 5, overdue: 10 },
  greeting: { seconds: 10, persons: 5 },
};

function load(t: TestContext, replies: string): RuleSet["replies"] | undefined {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-rules-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const set = "id: own\nname: 本县\neffective_from: 2026-01-01\nsource: 县府办\nupdate_interval_days: 10\n";
  writeFileSync(join(directory, "own.yaml"), `${set}${replies}`);
  return loadRuleSets(directory).get("own")?.replies;
}

test("the national set states what holds where a set says nothing of replies", (t) => {
  assert.deepEqual(loadRuleSets().get(DEFAULT_RULE_SET)?.replies, DEFAULTS);
  assert.deepEqual(load(t, ""), DEFAULTS);
  assert.deepEqual(load(t, "replies: {}\n"), DEFAULTS);
});

test("a set changes single values and keeps the others", (t) => {
  const days = { ...DEFAULTS.days, red: 4, overdue: 5 };
  assert.deepEqual(load(t, "replies: { days: { red: 4, overdue: 5 } }\n"), { ...DEFAULTS, days });
  const greeting = { seconds: 3, persons: 5 };
  assert.deepEqual(load(t, "replies:\n  greeting:\n    seconds: 3\n"), { ...DEFAULTS, greeting });
  const officeHours = [{ from: "00:00", to: "24:00" }];
  assert.deepEqual(load(t, "replies:\n  office_hours:\n    - { from: 00:00, to: 24:00 }\n"), {
    ...DEFAULTS,
    officeHours,
  });
});

test("office hours and days that do not ascend, and what is no time or number, are refused by field", (t) => {
  const rows: [string, RegExp][] = [
    ["office_hours: []", /office_hours: /],
    ["office_hours: [{ from: 9:00, to: 12:00 }]", /office_hours\.0\.from: expected HH:MM/],
    ["office_hours: [{ from: 24:00, to: 24:00 }]", /office_hours\.0\.from: expected HH:MM/],
    ["office_hours: [{ from: 09:00, to: 24:01 }]", /office_hours\.0\.to: expected HH:MM/],
    ["office_hours: [{ from: 12:00, to: 09:00 }]", /office_hours: expected times that ascend/],
    ["office_hours: [{ from: 09:00, to: 09:00 }]", /office_hours: expected times that ascend/],
    ["office_hours: [{ from: 14:00, to: 18:00 }, { from: 09:00, to: 12:00 }]", /office_hours: expected times/],
    ["office_hours: [{ from: 09:00, to: 12:00 }, { from: 11:00, to: 18:00 }]", /office_hours: expected times/],
    ["office_hours: [{ from: 09:00, to: 12:00 }, { from: 12:00, to: 18:00 }]", /office_hours: expected times/],
    ["days: { warn: 4 }", /days: expected warn, amber, red, overdue to ascend/],
    ["days: { overdue: 5 }", /days: expected warn, amber, red, overdue to ascend/],
    ["days: { warn: 0 }", /days\.warn: /],
    ["days: { warn: 0.5 }", /days\.warn: /],
    ["days: { soon: 1 }", /days: .*soon/],
    ["greeting: { persons: 1 }", /greeting\.persons: /],
    ["greeting: { seconds: soon }", /greeting\.seconds: /],
    ["hours: 9", /replies: .*hours/],
  ];
  for (const [text, expected] of rows) {
    assert.throws(() => load(t, `replies:\n  ${text}\n`), expected, text);
  }
});
