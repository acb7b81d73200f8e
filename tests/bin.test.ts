import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { processesNaming, startProcess } from "./support/process.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** Stands in for the real commands: the launcher is what is tested. */
const COMMANDS = `
const [command, value] = process.argv.slice(2);
if (command === "show") console.log(JSON.stringify({ major: Number(process.versions.node.split(".")[0]), args: process.argv.slice(2) }));
if (command === "exit") process.exitCode = Number(value);
if (command === "die") process.kill(process.pid, value);
if (command === "wait") {
  process.on(value, () => { console.log("got " + value); process.exit(5); });
  setInterval(() => {}, 1_000);
  console.log("waiting as " + process.pid);
}
`;

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-bin-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A clone whose dependencies are installed. */
function installedClone(t: TestContext): string {
  const directory = temporaryDirectory(t);
  cpSync(join(ROOT, "bin"), join(directory, "bin"), { recursive: true });
  mkdirSync(join(directory, "src/cli"), { recursive: true });
  writeFileSync(join(directory, "src/cli/main.ts"), COMMANDS);
  writeFileSync(join(directory, "package.json"), '{"type":"module"}');
  writeFileSync(join(directory, "package-lock.json"), "{}");
  utimesSync(join(directory, "package-lock.json"), 1, 1);
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  return directory;
}

/** A clone with one dependency that is not installed yet; it lies in the clone, so that no registry is needed. */
function freshClone(t: TestContext): string {
  const directory = temporaryDirectory(t);
  cpSync(join(ROOT, "bin"), join(directory, "bin"), { recursive: true });
  mkdirSync(join(directory, "dependency"));
  writeFileSync(join(directory, "dependency/package.json"), '{"name":"dependency","version":"1.0.0"}');
  writeFileSync(join(directory, "package.json"), '{"name":"clone","dependencies":{"dependency":"file:dependency"}}');
  execFileSync("npm", ["install", "--package-lock-only", "--offline"], { cwd: directory, stdio: "ignore" });
  return directory;
}

/** This Node, and the older one that the machine came with, if any: the launcher must work under both. */
function nodes(): string[] {
  const places = (process.env.PATH ?? "").split(delimiter).filter((place) => !place.includes("node_modules"));
  const older = places.map((place) => join(place, "node")).find((file) => existsSync(file));
  return older === undefined ? [process.execPath] : [process.execPath, older];
}

for (const node of nodes()) {
  const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();

  test(`under Node ${version} the command runs under Node 24 and prints nothing of its own`, async (t) => {
    const launcher = join(installedClone(t), "bin/govmatrix.mjs");
    const command = startProcess(t, node, [launcher, "show", "--json", "a b"]);
    assert.deepEqual(await command.exit, { code: 0, signal: null });
    const answer = JSON.parse(command.stdout()) as { major: number; args: string[] };
    assert.ok(answer.major >= 24);
    assert.deepEqual(answer.args, ["show", "--json", "a b"]);
    assert.equal(command.stderr(), "");
  });

  test(`under Node ${version} the command's exit code and its deadly signal are passed on`, async (t) => {
    const launcher = join(installedClone(t), "bin/govmatrix.mjs");
    assert.deepEqual(await startProcess(t, node, [launcher, "exit", "2"]).exit, { code: 2, signal: null });
    assert.deepEqual(await startProcess(t, node, [launcher, "die", "SIGKILL"]).exit, { code: null, signal: "SIGKILL" });
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`under Node ${version} ${signal} reaches the command, which ends as it likes`, async (t) => {
      const clone = installedClone(t);
      const launcher = startProcess(t, node, [join(clone, "bin/govmatrix.mjs"), "wait", signal]);
      await launcher.output(/waiting as/);
      assert.deepEqual(await launcher.kill(signal), { code: 5, signal: null });
      assert.match(launcher.stdout(), new RegExp(`got ${signal}`));
      assert.deepEqual(processesNaming(clone), []);
    });
  }
}

test("setup installs the locked dependencies once, and again when the lock file changed", async (t) => {
  const clone = freshClone(t);
  const setup = async (): Promise<string> => {
    const run = startProcess(t, process.execPath, [join(clone, "bin/setup.mjs")]);
    assert.deepEqual(await run.exit, { code: 0, signal: null }, run.stderr());
    assert.equal(run.stdout(), "");
    return run.stderr();
  };
  assert.match(await setup(), /^govmatrix: installing dependencies .*\n$/);
  assert.ok(existsSync(join(clone, "node_modules/dependency/package.json")));
  assert.equal(await setup(), "");
  utimesSync(join(clone, "package-lock.json"), new Date(), new Date(Date.now() + 1_000));
  assert.match(await setup(), /installing dependencies/);
});

test("a setup that fails says so in one sentence and stops the command", async (t) => {
  const clone = freshClone(t);
  writeFileSync(join(clone, "package.json"), '{"name":"clone","dependencies":{"another":"file:another"}}');
  const command = startProcess(t, process.execPath, [join(clone, "bin/govmatrix.mjs"), "show"]);
  assert.deepEqual(await command.exit, { code: 1, signal: null });
  assert.equal(command.stdout(), "");
  assert.match(command.stderr(), /govmatrix: npm ci failed: check the network or the registry and start again\n$/);
});

test("setup for the tests finds everything that these tests run with", async (t) => {
  const path = [join(ROOT, ".govmatrix/tools/bin"), process.env.PATH].join(delimiter);
  const setup = startProcess(t, process.execPath, [join(ROOT, "bin/setup.mjs"), "--tests"], { env: { PATH: path } });
  assert.deepEqual(await setup.exit, { code: 0, signal: null });
  assert.equal(setup.stderr(), "");
});

test("setup for the tests names what is missing where it cannot install", async (t) => {
  const clone = installedClone(t);
  const empty = temporaryDirectory(t);
  symlinkSync(execFileSync("which", ["setpriv"], { encoding: "utf8" }).trim(), join(empty, "setpriv"));
  const setup = startProcess(t, process.execPath, [join(clone, "bin/setup.mjs"), "--tests"], { env: { PATH: empty } });
  assert.deepEqual(await setup.exit, { code: 1, signal: null });
  assert.match(
    setup.stderr(),
    /^govmatrix: the tests need redis-server and prometheus and prometheus-alertmanager( and postgresql)? and chromium( and fonts-wqy-microhei)?: install .*\n$/,
  );
});
