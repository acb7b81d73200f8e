import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../src/embedded/postgres.ts";
import { startRedis } from "./support/redis.ts";

// node tests/run.ts [--long] [options of node --test] [files]: one Postgres and one Redis for all test files.
// --long: the files whose rounds have a short form, at full length.

// Node's own limit for a test does not end a file whose event loop is blocked.
const LIMITS_MS = { short: { test: 5 * 60_000, run: 20 * 60_000 }, long: { test: 4 * 3_600_000, run: 8 * 3_600_000 } };
const ROOT = resolve(import.meta.dirname, "..");
/** No test may reach the platform itself, whatever it forgets to set. */
const NOWHERE = { WECHAT_API_URL: "http://127.0.0.1:9", WECHAT_PAGE_URL: "http://127.0.0.1:9" };
const SPEED_OVER_SAFETY = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };

/** Those that take longest come first, so that none of them is left alone at the end. */
const LONGEST = [
  ...["collectors/economy", "alerts/stack/refusing", "alerts/histories", "cli/doctor", "alerts/stack/county"],
  ...["alerts/stack/killed", "collectors/repliesCanary", "collectors/faults", "collectors/truth", "cli/restore"],
].map((name) => `tests/${name}.test.ts`);
const MEMORY = "/dev/shm";
const ROOM_BYTES = 4 * 1024 ** 3;

/**
 * Of the servers' data. Every test has a database of its own: three hundred files to make and to remove, which costs a
 * file system on a disk ten times what it costs memory. Who names a place with TMPDIR has chosen.
 */
function scratch(): string {
  if (process.env.TMPDIR) return tmpdir();
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

function inOrder(files: readonly string[]): string[] {
  const rankOf = (file: string) => (LONGEST.includes(file) ? LONGEST.indexOf(file) : LONGEST.length);
  return files.toSorted((left, right) => rankOf(left) - rankOf(right) || (left < right ? -1 : 1));
}

/** Closing lines of node's TAP reporter, such as `# skipped 0`. */
function tally(tap: string): Map<string, number> {
  return new Map([...tap.matchAll(/^# (\w+) (\d+)$/gm)].map(([, name = "", count]) => [name, Number(count)]));
}

function verdict(code: number | null, tap: string): string | null {
  const counts = tally(tap);
  const count = (name: string): number => counts.get(name) ?? 0;
  if (code !== 0) return "tests failed";
  if (count("tests") === 0) return "no test ran";
  // Node reports a file without tests as one passed test of the file's name.
  const empty = tap.match(/^ok \d+ - (.*\.test\.ts)$/m);
  if (empty) return `${empty[1]} holds no test`;
  if (count("skipped") + count("todo") + count("cancelled") > 0) return "some tests did not run: none may be skipped";
  return null;
}

/** The figures that tests report, as a table. */
function figures(tap: string): string {
  const rows = [...tap.matchAll(/^ *# round \| (.*) \| (.*) \| (.*)$/gm)].map(([, ...cells]) => cells);
  if (rows.length === 0) return "";
  const table = [["round", "figure", "limit"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n");
}

function hasRounds(file: string): boolean {
  return readFileSync(join(ROOT, file), "utf8").includes("/rounds.ts");
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((settle, reject) => {
    child.once("error", reject);
    child.once("close", settle);
  });
}

async function main(args: string[]): Promise<number> {
  const files = args.filter((argument) => !argument.startsWith("-"));
  const long = args.includes("--long");
  const limits = LIMITS_MS[long ? "long" : "short"];
  const options = args.filter((argument) => argument.startsWith("-") && argument !== "--long");
  const all = inOrder(globSync("tests/**/*.test.ts", { cwd: ROOT }));
  const chosen = files.length > 0 ? files : all.filter((file) => !long || hasRounds(file));
  if (chosen.length === 0) throw new Error("there are no test files");
  const directory = mkdtempSync(join(scratch(), "govmatrix-tests-"));
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort(signal));
  const limit = setTimeout(() => interruption.abort(`the limit of ${limits.run / 60_000} minutes`), limits.run);
  const stops: (() => Promise<void>)[] = [];
  try {
    const log = pino({ level: "warn" }, pino.destination(2));
    const postgres = await startEmbeddedPostgres({ directory, log, settings: SPEED_OVER_SAFETY });
    stops.push(postgres.stop);
    process.env.PATH = [join(ROOT, ".govmatrix/tools/bin"), process.env.PATH].join(delimiter);
    const redis = await startRedis(null);
    stops.push(redis.stop);
    const results = join(directory, "results.tap");
    const tests = spawn(
      process.execPath,
      [
        ...["--test", "--test-concurrency=4", `--test-timeout=${limits.test}`],
        ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
        ...["--test-reporter=tap", `--test-reporter-destination=${results}`],
        ...options,
        ...chosen,
      ],
      {
        cwd: ROOT,
        stdio: "inherit",
        env: {
          ...process.env,
          ...NOWHERE,
          TEST_LONG: long ? "1" : "",
          // Every test file and command compiles the same sources: half of what a short process costs.
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(directory, "compiled"),
          TEST_DATABASE_URL: postgres.url,
          TEST_REDIS_URL: redis.url,
        },
      },
    );
    const interrupt = (): void => void tests.kill("SIGINT");
    interruption.signal.addEventListener("abort", interrupt);
    if (interruption.signal.aborted) interrupt();
    const code = await endOf(tests);
    if (interruption.signal.aborted) throw new Error(`ended by ${String(interruption.signal.reason)}`);
    const tap = existsSync(results) ? readFileSync(results, "utf8") : "";
    console.log(figures(tap));
    const fault = verdict(code, tap);
    if (fault !== null) console.error(`npm test: ${fault}`);
    return fault === null ? 0 : 1;
  } finally {
    clearTimeout(limit);
    for (const stop of stops.reverse()) await stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`npm test: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
