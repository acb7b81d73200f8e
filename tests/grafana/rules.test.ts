import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { JUDGED_LIFECYCLES, VISITED_LIFECYCLES } from "../../src/model.ts";
import { CREDENTIAL_CODES } from "../../src/rules/credentials.ts";
import { rounds } from "../support/rounds.ts";
import { names, ROOT, RULES, type Rule, readRules, tool } from "./tools.ts";

const rulesOf = (name: string): Rule[] => readRules(name).groups.flatMap(({ rules }) => rules);

test("every alert has a rule file, and none is without tests", () => {
  assert.deepEqual(names, [
    ...["AccountBlind", "AccountCredentialsRejected", "AccountPublishDue", "AccountRepliesOverdue"],
    ...["AccountVerificationExpiring", "CollectionStalled", "HolidayCalendarEnding", "NotificationsFailing"],
    ...["PlannerStalled", "QueueBacklog", "Watchdog"],
  ]);
});

test("promtool finds every rule file well-formed, and every rule as its tests say", () => {
  for (const name of names) {
    const checked = tool("promtool", ["check", "rules", `${name}.yml`], RULES);
    assert.equal(checked.status, 0, checked.output);
    const tested = tool("promtool", ["test", "rules", `${name}.test.yml`], RULES);
    assert.equal(tested.status, 0, tested.output);
  }
});

/** What the tests of a rule must notice. */
const MUTATIONS: Record<string, (rule: Rule) => Rule | null> = {
  "never fires": (rule) => ({ ...rule, expr: "vector(1) < 0" }),
  "always fires": (rule) => (rule.expr === "vector(1)" ? null : { ...rule, expr: "vector(1)" }),
  "fires at once": ({ for: wait, ...rule }) => (wait === undefined ? null : rule),
  "ends at once": ({ keep_firing_for: stay, ...rule }) => (stay === undefined ? null : rule),
  "looks back at nothing": (rule) => {
    const expr = rule.expr.replace(/last_over_time\(\s*([^[\]]+)\[15m\]\)/g, "($1)");
    return expr === rule.expr ? null : { ...rule, expr };
  },
};

test("a rule that never or always fires, does not wait, stay or look back fails its tests", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-alerts-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const name of names) {
    copyFileSync(join(RULES, `${name}.test.yml`), join(directory, `${name}.test.yml`));
    for (const [index, rule] of rulesOf(name).entries()) {
      for (const [mutation, mutate] of Object.entries(MUTATIONS).slice(0, rounds(2, 5))) {
        const mutant = mutate(rule);
        if (mutant === null) continue;
        const rules = rulesOf(name).with(index, mutant);
        writeFileSync(join(directory, `${name}.yml`), stringify({ groups: [{ name, rules }] }));
        const checked = tool("promtool", ["check", "rules", `${name}.yml`], directory);
        assert.equal(checked.status, 0, `still a rule: ${checked.output}`);
        const tested = tool("promtool", ["test", "rules", `${name}.test.yml`], directory);
        assert.notEqual(tested.status, 0, `${name}, rule ${index + 1}, unnoticed: ${mutation}`);
      }
    }
  }
});

const LABELS = new Set(["severity", "account", "department", "channel", "collector"]);

test("every alert is named as its file, carries only the agreed labels, and waits five minutes or says why not", () => {
  for (const name of names) {
    const { groups } = readRules(name);
    assert.deepEqual(
      groups.map((group) => group.name),
      [name],
    );
    for (const rule of rulesOf(name)) {
      assert.equal(rule.alert, name);
      assert.match(rule.labels.severity ?? "", /^(info|warning|critical)$/, name);
      const aggregated = [...rule.expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(", "));
      for (const label of [...Object.keys(rule.labels), ...aggregated])
        assert.ok(LABELS.has(label), `${name}: ${label}`);
      if (name !== "Watchdog") assert.match(rule.for ?? "", /^([5-9]|\d{2,})m$|^\d+h$/, name);
    }
    // Alertmanager takes alerts with equal labels for one, which two rules would switch on and off in turns.
    const labels = rulesOf(name).map((rule) => JSON.stringify(rule.labels));
    assert.equal(new Set(labels).size, labels.length, name);
  }
});

test("every alert has Chinese texts, one summary, a board, and a section of the runbook", () => {
  for (const name of names) {
    assert.equal(new Set(rulesOf(name).map(({ annotations }) => annotations.summary)).size, 1, name);
    for (const { expr, annotations } of rulesOf(name)) {
      for (const annotation of ["summary", "description"])
        assert.match(annotations[annotation] ?? "", /\p{Script=Han}/u);
      assert.doesNotMatch(annotations.summary ?? "", /\{\{/, "the same for all alerts of one notification");
      const board = annotations.dashboard_url ?? "";
      assert.match(board, /^\/d\/govmatrix-[a-z]+(\?var-account=\{\{ \$labels\.account \}\})?$/, name);
      assert.equal(board.includes("var-account"), /\bby \(account, department\)/.test(expr), name);
      const [file = "", anchor] = (annotations.runbook_url ?? "").split("#");
      assert.equal(anchor, name.toLowerCase());
      const headings = [...readFileSync(join(ROOT, file), "utf8").matchAll(/^## (\w+)$/gm)].map(([, text]) => text);
      assert.ok(headings.includes(name), `${file} has no section ${name}`);
    }
  }
});

test("the rules about refused credentials name the codes of the program", () => {
  const expressions = ["AccountCredentialsRejected", "CollectionStalled"].flatMap(rulesOf).map(({ expr }) => expr);
  const lists = expressions.flatMap((expr) => [...expr.matchAll(/code=~"([^"]+)"/g)].map(([, list]) => list));
  assert.deepEqual(lists, [CREDENTIAL_CODES.join("|"), CREDENTIAL_CODES.join("|")]);
});

test("the rules mean by an account that is judged or visited what the program means", () => {
  const judged = JUDGED_LIFECYCLES.join("|");
  const visited = VISITED_LIFECYCLES.join("|");
  const lists = names.map((name) => [
    name,
    rulesOf(name).flatMap(({ expr }) => [...expr.matchAll(/lifecycle=~"([^"]+)"/g)].map(([, list]) => list)),
  ]);
  assert.deepEqual(
    lists.filter(([, found]) => found?.length),
    [
      ["AccountBlind", [judged]],
      ["AccountCredentialsRejected", [visited]],
      ["CollectionStalled", [judged, judged, judged]],
    ],
  );
});

test("Prometheus accepts its configuration, and loads every rule file and no test file", () => {
  const checked = tool("promtool", ["check", "config", "prometheus.yml"], join(RULES, ".."));
  assert.equal(checked.status, 0, checked.output);
  const loaded = [...checked.output.matchAll(/^Checking rules\/(.+)\.yml$/gm)].map(([, name]) => name);
  assert.deepEqual(loaded.sort(), names);
});
