import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { isAutomatic, type TextHabit, WIDEST_RULES } from "../../src/rules/greeting.ts";
import { loadRuleSets } from "../../src/rules/sets.ts";

const RULES = { seconds: 10, persons: 5 };

/** `<fast>/<answers>`, the fast ones each to somebody else unless `persons` are named. */
function habit(text: string): TextHabit {
  const [withinSeconds = 0, answers = 0, persons = withinSeconds] = text.split(/[/ ]/).map(Number);
  return { answers, withinSeconds, persons };
}

const TABLE: { title: string; habit: string; learned: boolean; automatic: boolean }[] = [
  { title: "five persons within seconds", habit: "5/5", learned: false, automatic: true },
  { title: "four persons are too few", habit: "4/4", learned: false, automatic: false },
  { title: "four persons are too few, however often", habit: "90/90 4", learned: false, automatic: false },
  { title: "four of five fast", habit: "8/10", learned: false, automatic: true },
  { title: "less than four of five fast", habit: "799/1000", learned: false, automatic: false },
  { title: "what a person types to everybody", habit: "0/70", learned: false, automatic: false },
  { title: "what is only sent unasked", habit: "0/0", learned: false, automatic: false },
  { title: "learned, and less than four of five fast now", habit: "79/100", learned: true, automatic: true },
  { title: "learned, and half of it fast now", habit: "50/100", learned: true, automatic: true },
  { title: "learned, and less than half of it fast now", habit: "499/1000", learned: true, automatic: false },
  { title: "learned, and but few persons' uses are kept", habit: "2/2", learned: true, automatic: true },
  { title: "learned, and no use is kept", habit: "0/0", learned: true, automatic: true },
];

for (const { title, habit: text, learned, automatic } of TABLE) {
  test(`${title}: ${automatic ? "automatic" : "human"}`, () => {
    assert.equal(isAutomatic(habit(text), RULES, learned), automatic);
  });
}

test("the rule set's persons decide", () => {
  assert.equal(isAutomatic(habit("2/2"), { seconds: 10, persons: 2 }, false), true);
  assert.equal(isAutomatic(habit("2/2"), { seconds: 10, persons: 3 }, false), false);
});

test("what was judged once is judged the same again", () => {
  const habits = fc
    .record({ answers: fc.nat(40), fast: fc.nat(40), persons: fc.nat(40) })
    .map(({ answers, fast, persons }) => {
      const withinSeconds = Math.min(fast, answers);
      return { answers, withinSeconds, persons: Math.min(persons, withinSeconds) };
    });
  fc.assert(
    fc.property(habits, fc.boolean(), (one, learned) => {
      const first = isAutomatic(one, RULES, learned);
      assert.equal(isAutomatic(one, RULES, first), first);
    }),
  );
});

test("no rule set can be wider than what is remembered of texts", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-rules-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const load = (greeting: object) => {
    const set = { id: "wide", name: "wide", effective_from: "2026-01-01", source: "test", update_interval_days: 14 };
    writeFileSync(join(directory, "wide.yaml"), JSON.stringify({ ...set, replies: { greeting } }));
    return loadRuleSets(directory).get("wide")?.replies.greeting;
  };
  assert.deepEqual(load(WIDEST_RULES), WIDEST_RULES);
  assert.throws(() => load({ ...WIDEST_RULES, seconds: WIDEST_RULES.seconds + 1 }), /greeting\.seconds/);
  assert.throws(() => load({ ...WIDEST_RULES, persons: WIDEST_RULES.persons - 1 }), /greeting\.persons/);
});
