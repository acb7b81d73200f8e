import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { VARIABLE_NAMES } from "../../src/config.ts";
import type { County } from "./county.ts";
import { migrated } from "./migrated.ts";
import { type Running, type StartOptions, startProcess } from "./process.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAM = ["bin", "migrations", "src", "workers", "package.json", "package-lock.json"];

export type Environment = Record<string, string | undefined>;

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Nothing of the machine's own settings reaches what a test starts; the given variables do. */
export function isolated(env: Environment): Environment {
  const names = VARIABLE_NAMES.flatMap((name) => [name, `${name}_FILE`]);
  return { ...Object.fromEntries(names.map((name) => [name, undefined])), npm_lifecycle_event: undefined, ...env };
}

/** The program in a directory of its own, so that its state is nobody else's. */
export function installed(t: TestContext): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "govmatrix-local-")));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  // With its times: dependencies count as installed when they are newer than the lock file.
  for (const name of PROGRAM)
    cpSync(join(ROOT, name), join(directory, name), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  return directory;
}

/** Starts a command of this tree, or of the copy that is the working directory of its options. */
export function startCommand(t: TestContext, args: string[], options: StartOptions = {}): Running {
  return startProcess(t, process.execPath, [join(options.cwd ?? ROOT, "src/cli/main.ts"), ...args], {
    ...options,
    env: isolated(options.env ?? {}),
  });
}

/** Runs one command to its end. */
export async function command(t: TestContext, args: string[], options: StartOptions = {}): Promise<Finished> {
  const running = startCommand(t, args, options);
  const { code } = await running.exit;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

export type Commands = (args: string[], options?: StartOptions) => Promise<Finished>;

/** Commands that share an environment. */
export function commands(t: TestContext, env: Environment): Commands {
  return (args, options = {}) => command(t, args, { ...options, env: { ...env, ...options.env } });
}

/** What processes need to work on a county. Its day is complete, so that a test passes at any hour. */
export async function countyEnvironment(county: County): Promise<Environment> {
  county.context.statisticsReadyAt = "00:00";
  await county.call("settings", { readyAt: "00:00" });
  return {
    DATABASE_URL: county.url,
    MASTER_KEY: county.masterKey,
    WECHAT_API_URL: county.simulator.url,
    WECHAT_PAGE_URL: county.simulator.url,
    PAGE_INTERVAL_SECONDS: "0",
    STATISTICS_READY_AT: "00:00",
    LISTEN: "127.0.0.1:0",
  };
}

/** A migrated database without an account, and the environment to use it. */
export async function emptyRegister(t: TestContext): Promise<Environment & { DATABASE_URL: string }> {
  const { url } = await migrated.create(t);
  return { DATABASE_URL: url, MASTER_KEY: randomBytes(32).toString("base64") };
}

/** The one JSON document that stdout holds. */
export function documentOf<Document>({ stdout, stderr }: Finished): Document {
  try {
    return JSON.parse(stdout) as Document;
  } catch {
    assert.fail(`stdout is not one JSON document:\n${stdout}\nstderr: ${stderr}`);
  }
}

/** Asserts a fault as a person meets it: one line of text on stderr (with --json on stdout too), nothing of the inside. */
export function assertSentence({ code, stdout, stderr }: Finished, expected: RegExp, exitCode = 1): void {
  assert.match(stderr, expected);
  assert.equal(code, exitCode, stderr);
  if (stdout !== "") assert.match(documentOf<{ error: string }>({ code, stdout, stderr }).error, expected);
  assert.doesNotMatch(stderr, /^\s+at /m, "a stack");
  assert.doesNotMatch(stderr, /node_modules|node:internal/);
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
}
