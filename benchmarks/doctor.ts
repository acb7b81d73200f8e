import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { importRegister } from "../src/cli/importRegister.ts";
import { migrateDatabase } from "../src/cli/migrateDatabase.ts";
import { readCsv } from "../src/cli/registerFile.ts";
import { startEmbeddedPostgres } from "../src/embedded/postgres.ts";
import { loadRuleSets } from "../src/rules/sets.ts";
import { openDatabase } from "../src/store/database.ts";
import { parseMasterKeys } from "../src/vault.ts";
import { CLI, startSimulatorProcess } from "./simulator.ts";
import type { Figure } from "./table.ts";

const ACCOUNTS = 300;
const LATENCY_MS = 100;
const LIMIT_SECONDS = 120;

/** The command from its start to its exit, on a county whose platform takes its time for each answer. */
export async function doctor(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-bench-"));
  const simulator = await startSimulatorProcess(ACCOUNTS);
  const postgres = await startEmbeddedPostgres({ directory, log: pino({ level: "silent" }) });
  try {
    const masterKey = randomBytes(32).toString("base64");
    await migrateDatabase(postgres.url);
    const register = await (await fetch(`${simulator.url}/_/register.csv`)).text();
    const db = openDatabase(postgres.url, { max: 2 });
    const author = { actor: "benchmark", action: "account import", at: new Date() };
    const rows = readCsv(register, "register");
    await importRegister(db, parseMasterKeys(masterKey), loadRuleSets(), rows, { dryRun: false, author });
    await db.destroy();
    await fetch(`${simulator.url}/_/settings`, { method: "POST", body: JSON.stringify({ latencyMs: LATENCY_MS }) });

    const startedAt = performance.now();
    const child = spawn(process.execPath, [CLI, "doctor", "--json"], {
      env: { ...process.env, DATABASE_URL: postgres.url, MASTER_KEY: masterKey, WECHAT_API_URL: simulator.url },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [document] = await Promise.all([text(child.stdout), once(child, "exit")]);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    const { length } = (JSON.parse(document) as { accounts: object[] }).accounts;
    if (length !== ACCOUNTS) throw new Error(`doctor examined ${length} of ${ACCOUNTS} accounts`);
    return [
      {
        benchmark: `doctor, ${ACCOUNTS} accounts, ${LATENCY_MS} ms an answer`,
        figure: "wall time",
        value: seconds,
        unit: "s",
        against: "two minutes in front of a screen",
        limit: LIMIT_SECONDS,
      },
    ];
  } finally {
    await postgres.stop();
    simulator.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}
