import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";

const ROOT = resolve(import.meta.dirname, "../..");
const RULES = join(ROOT, "grafana/prometheus/rules");
const names = globSync("*.yml", { cwd: RULES })
  .filter((file) => !file.endsWith(".test.yml"))
  .map((file) => basename(file, ".yml"));

interface Rule {
  alert: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

function promtool(args: string[], directory: string): { status: number | null; output: string } {
  const { error, status, stdout, stderr } = spawnSync("promtool", args, { cwd: directory, encoding: "utf8" });
  if (error) throw new Error(`promtool must be on PATH (Debian package prometheus): ${error.message}`);
  return { status, output: `${stdout}${stderr}` };
}

test("promtool finds every rule file well-formed, and every rule as its tests say", () => {
  assert.ok(names.length > 0);
  for (const name of names) {
    const checked = promtool(["check", "rules", `${name}.yml`], RULES);
    assert.equal(checked.status, 0, checked.output);
    const tested = promtool(["test", "rules", `${name}.test.yml`], RULES);
    assert.equal(tested.status, 0, tested.output);
  }
});

test("a rule that never fires, or always does, fails its tests", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-alerts-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const name of names) {
    const tests = readFileSync(join(RULES, `${name}.test.yml`), "utf8");
    writeFileSync(join(directory, `${name}.test.yml`), tests);
    for (const expression of ["vector(1) < 0", "vector(1)"]) {
      const rule = readFileSync(join(RULES, `${name}.yml`), "utf8").replace(/expr: .*/g, `expr: ${expression}`);
      writeFileSync(join(directory, `${name}.yml`), rule);
      assert.equal(promtool(["check", "rules", `${name}.yml`], directory).status, 0, "still a rule");
      assert.notEqual(promtool(["test", "rules", `${name}.test.yml`], directory).status, 0, `${name}: ${expression}`);
    }
  }
});

test("every alert is named as its file, has a severity and Chinese texts, and the runbook has its section", () => {
  for (const name of names) {
    const { groups } = parse(readFileSync(join(RULES, `${name}.yml`), "utf8")) as { groups: { rules: Rule[] }[] };
    for (const rule of groups.flatMap(({ rules }) => rules)) {
      assert.equal(rule.alert, name);
      assert.match(rule.labels.severity ?? "", /^(info|warning|critical)$/, name);
      for (const annotation of ["summary", "description"])
        assert.match(rule.annotations[annotation] ?? "", /\p{Script=Han}/u);
      const [file = "", anchor] = (rule.annotations.runbook_url ?? "").split("#");
      const headings = [...readFileSync(join(ROOT, file), "utf8").matchAll(/^## (\w+)$/gm)].map(([, text]) => text);
      assert.ok(
        headings.some((heading) => heading?.toLowerCase() === anchor),
        `${file} has no section ${anchor}`,
      );
    }
  }
});
