import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { Client } from "pg";
import { pino } from "pino";
import { postgresBinaries } from "../src/embedded/binaries.ts";
import { findLauncher, POSTGRES_ENVIRONMENT } from "../src/embedded/launch.ts";
import { freePort } from "../src/embedded/port.ts";
import {
  AlreadyRunning,
  type EmbeddedPostgres,
  masterKeyFile,
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from "../src/embedded/postgres.ts";
import { eventually, isAlive, processesNaming, type Running, startProcess } from "./support/process.ts";

const HOLDER = join(import.meta.dirname, "support/embedded-holder.ts");
const NOBODY = 65534;
const log = pino({ level: "silent" });

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-embedded-"));
  t.after(async () => {
    await eventually("no process is left", () => processesNaming(directory).length === 0);
    rmSync(directory, { recursive: true });
  });
  return directory;
}

async function start(directory: string): Promise<EmbeddedPostgres> {
  return await startEmbeddedPostgres({ directory, log });
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

async function hold(t: TestContext, directory: string): Promise<{ holder: Running; postgresPid: number }> {
  const holder = startProcess(t, process.execPath, [HOLDER, directory]);
  const [, pid] = await holder.output(/ready (\d+)/);
  return { holder, postgresPid: Number(pid) };
}

test("a first start makes a database in UTF-8 and UTC that only its password opens", async (t) => {
  const directory = temporaryDirectory(t);
  const postgres = await start(directory);
  try {
    const settings = ["server_encoding", "TimeZone", "data_checksums", "listen_addresses", "unix_socket_directories"];
    const columns = settings.map((name) => `current_setting('${name}')`).join();
    assert.deepEqual(await query(postgres.url, `select current_database(), lower('ÄÖ'), ${columns}`), [
      ...["govmatrix", "äö", "UTF8", "UTC", "on", "127.0.0.1", ""],
    ]);
    const wrong = Object.assign(new URL(postgres.url), { password: "wrong" }).href;
    await assert.rejects(query(wrong, "select 1"), /password authentication failed/);
    for (const file of ["postgres.password", "lock", "postgres.log"]) {
      assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file);
    }
    assert.deepEqual(runningEmbeddedPostgres(directory), { url: postgres.url });
  } finally {
    await postgres.stop();
  }
});

test("stop ends every process, frees the directory and keeps the data", async (t) => {
  const directory = temporaryDirectory(t);
  const first = await start(directory);
  await query(first.url, "create table kept as select 7 as figure");
  await Promise.all([first.stop(), first.stop()]);
  await first.ended;
  assert.equal(isAlive(first.pid), false);
  assert.deepEqual(processesNaming(directory), []);
  assert.equal(runningEmbeddedPostgres(directory), null);
  assert.equal(existsSync(join(directory, "lock")), false);
  assert.match(readFileSync(join(directory, "postgres.log"), "utf8"), /database system is shut down/);
  const second = await start(directory);
  try {
    assert.deepEqual(await query(second.url, "select figure from kept"), [7]);
  } finally {
    await second.stop();
  }
});

test("a second start beside a live one is refused with the way to the first, which goes on", async (t) => {
  const directory = temporaryDirectory(t);
  const { holder } = await hold(t, directory);
  const refusal = await start(directory).then(
    () => assert.fail("it started"),
    (error: unknown) => error,
  );
  assert.ok(refusal instanceof AlreadyRunning);
  assert.equal(refusal.pid, holder.pid);
  assert.ok(refusal.url !== null);
  assert.deepEqual(await query(refusal.url, "select 1"), [1]);
  const { password } = new URL(refusal.url);
  assert.ok(!`${refusal.message}${JSON.stringify({ ...refusal })}${inspect(refusal)}`.includes(password));
  assert.deepEqual(await holder.kill("SIGTERM"), { code: 0, signal: null });
});

test("of many starts at once exactly one wins", async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, "lock"), JSON.stringify({ pid: 2 ** 22 + 1, startTime: "1", port: 1 }));
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => start(directory)));
  const winners = results.filter((result) => result.status === "fulfilled");
  for (const { value } of winners) await value.stop();
  const losers = results.filter((result) => result.status === "rejected");
  assert.equal(winners.length, 1);
  for (const { reason } of losers) assert.ok(reason instanceof AlreadyRunning && reason.url !== null, String(reason));
});

test("Postgres stands in a process group of its own, out of reach of a terminal's Ctrl-C", async (t) => {
  const postgres = await start(temporaryDirectory(t));
  try {
    const group = readFileSync(`/proc/${postgres.pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[2];
    assert.equal(group, String(postgres.pid));
  } finally {
    await postgres.stop();
  }
});

test("a killed process takes its Postgres along within seconds, and the next start works", async (t) => {
  const directory = temporaryDirectory(t);
  const { holder, postgresPid } = await hold(t, directory);
  assert.ok(isAlive(postgresPid));
  await holder.kill("SIGKILL");
  await eventually("Postgres ended", () => processesNaming(directory).length === 0, 5_000);
  assert.match(readFileSync(join(directory, "postgres.log"), "utf8"), /database system is shut down/);
  assert.equal(runningEmbeddedPostgres(directory), null);
  await (await start(directory)).stop();
});

test("a start works after everything was killed at once", async (t) => {
  const directory = temporaryDirectory(t);
  const { holder } = await hold(t, directory);
  for (const pid of processesNaming(directory)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      // Some follow their parent by themselves.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
  await holder.exit;
  const postgres = await start(directory);
  try {
    assert.deepEqual(await query(postgres.url, "select 1"), [1]);
  } finally {
    await postgres.stop();
  }
});

test("a start ends a Postgres that outlived its process", async (t) => {
  const directory = temporaryDirectory(t);
  await (await start(directory)).stop();
  const { postgres } = await postgresBinaries();
  const { prefix } = await findLauncher(postgres);
  const withoutFollowing = prefix.filter((word) => !["setpriv", "--pdeathsig", "INT"].includes(word));
  const data = join(directory, "postgres");
  const flags = ["-D", data, "-c", "unix_socket_directories=", "-p", String(await freePort())];
  const [command = "", ...args] = [...withoutFollowing, postgres, ...flags];
  const orphan = spawn(command, args, { env: POSTGRES_ENVIRONMENT, cwd: data, stdio: "ignore" });
  const ready = (): boolean => existsSync(join(data, "postmaster.pid")) && /^ready/m.test(pidFile());
  const pidFile = (): string => readFileSync(join(data, "postmaster.pid"), "utf8");
  await eventually("the orphan is ready", ready);
  const successor = await start(directory);
  try {
    assert.equal(orphan.exitCode, 0);
    assert.deepEqual(await query(successor.url, "select 1"), [1]);
  } finally {
    await successor.stop();
  }
});

test("a Postgres that ends by itself is noticed and gives the directory free", async (t) => {
  const directory = temporaryDirectory(t);
  const lines: string[] = [];
  const noticed = pino({}, { write: (line: string) => void lines.push(line) });
  const postgres = await startEmbeddedPostgres({ directory, log: noticed });
  process.kill(postgres.pid, "SIGINT");
  await postgres.ended;
  assert.match(lines.join(""), /ended unexpectedly/);
  await (await start(directory)).stop();
});

test("a start that cannot succeed says why and leaves the directory free", async (t) => {
  const directory = temporaryDirectory(t);
  await (await start(directory)).stop();
  writeFileSync(join(directory, "postgres/postgresql.conf"), "no_such_setting = 1\n");
  await assert.rejects(start(directory), /does not start: .*no_such_setting/);
  assert.equal(existsSync(join(directory, "lock")), false);
});

test("it works as an ordinary user", async (t) => {
  const directory = temporaryDirectory(t);
  const asRoot = process.getuid?.() === 0;
  if (asRoot) chownSync(directory, NOBODY, NOBODY);
  // Only the way to the sources stays open, which may lie in root's home.
  const user = [
    "setpriv",
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    "--clear-groups",
    "--inh-caps=-all,+dac_read_search",
  ];
  const prefix = asRoot ? [...user, "--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup"] : [];
  const [command = "", ...args] = [...prefix, process.execPath, HOLDER, directory];
  const holder = startProcess(t, command, args);
  const [, pid] = await holder.output(/ready (\d+)/);
  const owner = statSync(`/proc/${pid}`).uid;
  assert.equal(owner, asRoot ? NOBODY : process.getuid?.());
  assert.equal(statSync(join(directory, "postgres")).uid, owner);
  assert.deepEqual(await holder.kill("SIGTERM"), { code: 0, signal: null });
});

test("the master key is made once, of 32 bytes, for its owner alone", (t) => {
  const directory = temporaryDirectory(t);
  const key = masterKeyFile(join(directory, "new"));
  assert.equal(Buffer.from(key, "base64").length, 32);
  assert.equal(masterKeyFile(join(directory, "new")), key);
  assert.notEqual(masterKeyFile(directory), key);
  assert.equal(statSync(join(directory, "new/master.key")).mode & 0o777, 0o600);
});
