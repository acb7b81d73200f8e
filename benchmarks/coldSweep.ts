import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { loadHolidays } from "../src/calendar/holidays.ts";
import { collectorContext } from "../src/cli/collectorContext.ts";
import { importRegister } from "../src/cli/importRegister.ts";
import { readCsv } from "../src/cli/registerFile.ts";
import { statistics } from "../src/collectors/statistics/index.ts";
import { visitAccount } from "../src/collectors/visit.ts";
import { startEmbeddedPostgres } from "../src/embedded/postgres.ts";
import { loadRuleSets } from "../src/rules/sets.ts";
import { listVisitedAccounts } from "../src/store/account.ts";
import { openDatabase } from "../src/store/database.ts";
import { migrateToLatest } from "../src/store/migrate.ts";
import { ensureVisits } from "../src/store/visit.ts";
import { parseMasterKeys } from "../src/vault.ts";
import { startSimulatorProcess } from "./simulator.ts";
import type { Figure } from "./table.ts";

const ACCOUNTS = 1_000;
const CONCURRENCY = 20;

/** Thirty days of every account of a city, from an empty database, with platform, Postgres and collector on this machine. */
export async function coldSweep(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-bench-"));
  const log = pino({ level: "silent" });
  const simulator = await startSimulatorProcess(ACCOUNTS);
  const postgres = await startEmbeddedPostgres({ directory, log });
  const db = openDatabase(postgres.url, { max: CONCURRENCY + 4 });
  try {
    await migrateToLatest(postgres.url);
    let requests = 0;
    const context = collectorContext(
      {
        config: {
          wechatApiUrl: simulator.url,
          wechatPageUrl: simulator.url,
          proxyEnv: {},
          statisticsReadyAt: "08:05",
          pageIntervalSeconds: 0,
        },
        db,
        vault: parseMasterKeys(randomBytes(32).toString("base64")),
        ruleSets: loadRuleSets(),
        holidays: loadHolidays(),
        now: () => new Date(),
        log,
      },
      {
        observeRequest: () => void requests++,
        observeVisit: () => undefined,
        requestNeeded: () => undefined,
      },
    );
    const register = await (await fetch(`${simulator.url}/_/register.csv`)).text();
    const author = { actor: "benchmark", action: "account import", at: new Date() };
    await importRegister(db, context.vault, context.ruleSets, readCsv(register, "register"), { dryRun: false, author });
    await ensureVisits(db, [statistics.name], new Date());

    const { seconds, cpuMs, peakMb } = await measure(async () => {
      const queue = await listVisitedAccounts(db);
      const worker = async () => {
        for (let account = queue.shift(); account; account = queue.shift()) {
          await visitAccount(context, statistics, account, { signal: new AbortController().signal });
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    });
    const benchmark = `cold sweep, ${ACCOUNTS} accounts, ${requests} requests`;
    return [
      { benchmark, figure: "wall time", value: seconds, unit: "s", against: "the morning's 25 minutes", limit: 1_500 },
      {
        benchmark,
        figure: "collector CPU per account",
        value: Math.round(cpuMs / ACCOUNTS),
        unit: "ms",
        against: "one core for the morning",
        limit: 1_500,
      },
      {
        benchmark,
        figure: "collector peak memory",
        value: peakMb,
        unit: "MB",
        against: "a container of 512 MB",
        limit: 512,
      },
    ];
  } finally {
    await db.destroy();
    await postgres.stop();
    simulator.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(work: () => Promise<void>): Promise<{ seconds: number; cpuMs: number; peakMb: number }> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  await work();
  clearInterval(sampling);
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    cpuMs: (user + system) / 1_000,
    peakMb: Math.round(peak / 2 ** 20),
  };
}
