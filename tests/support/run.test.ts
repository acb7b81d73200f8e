import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { processesNaming, type Running, startProcess } from "./process.ts";

const RUNNER = resolve(import.meta.dirname, "../run.ts");

/** Runs one test file of this content; whatever the run writes lies in `temporary`. */
function runFile(t: TestContext, content: string): { run: Running; directory: string; temporary: string } {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-runner-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const temporary = join(directory, "temporary");
  mkdirSync(temporary);
  const file = join(directory, "one.test.ts");
  writeFileSync(file, `import { test } from "node:test";\n${content}\n`);
  // Without this name a test run inside a test run does nothing.
  const env = { NODE_TEST_CONTEXT: undefined, TMPDIR: temporary };
  return { run: startProcess(t, process.execPath, [RUNNER, file], { env }), directory, temporary };
}

for (const [title, content, code, sentence] of [
  ["passes when every test passes", 'test("one", () => {});', 0, ""],
  ["fails when a test fails", 'test("one", () => { throw new Error("no"); });', 1, "tests failed"],
  ["fails when a test is skipped", 'test("one", () => {}); test.skip("two", () => {});', 1, "did not run"],
  ["fails when a test is still to do", 'test.todo("one");', 1, "did not run"],
  ["fails when a file holds no test", "export const test2 = test;", 1, "holds no test"],
] as const) {
  test(`the test run ${title}, and leaves nothing behind`, async (t) => {
    const { run, directory, temporary } = runFile(t, content);
    assert.deepEqual(await run.exit, { code, signal: null });
    assert.ok(run.stderr().includes(sentence), run.stderr());
    assert.match(run.stdout(), /^ℹ tests [12]$/m);
    assert.deepEqual(readdirSync(temporary), []);
    assert.deepEqual(processesNaming(directory), []);
  });
}

test("an interrupted test run fails and leaves nothing behind", async (t) => {
  const { run, directory, temporary } = runFile(
    t,
    'console.log("begun"); test("one", () => new Promise((end) => setTimeout(end, 60_000)));',
  );
  await run.output(/begun/);
  assert.deepEqual(await run.kill("SIGINT"), { code: 1, signal: null });
  assert.match(run.stderr(), /ended by SIGINT/);
  assert.deepEqual(readdirSync(temporary), []);
  assert.deepEqual(processesNaming(directory), []);
});
