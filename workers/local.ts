import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { dayOf, isDay } from "../src/calendar.ts";
import { homeDirectory, simulatorFile } from "../src/cli/home.ts";
import { importRegister } from "../src/cli/importRegister.ts";
import { migrateDatabase } from "../src/cli/migrateDatabase.ts";
import { readCsv } from "../src/cli/registerFile.ts";
import type { Config } from "../src/config.ts";
import {
  AlreadyRunning,
  type EmbeddedPostgres,
  masterKeyFile,
  startEmbeddedPostgres,
} from "../src/embedded/postgres.ts";
import { UserError } from "../src/errors.ts";
import { type Simulator, startSimulator } from "../src/simulator/index.ts";
import { listAccounts } from "../src/store/account.ts";
import { startCollecting } from "./collector.ts";
import { startExporting } from "./exporter.ts";
import { startNotifying } from "./notifier.ts";
import { startPlanning } from "./planner.ts";
import { main, openServices, type Part, type Services } from "./services.ts";

const DEMO = { accounts: 45, days: 35, seed: 1 };

/** Everything in one process, beside an embedded Postgres unless DATABASE_URL or DEMO_DATABASE_URL names another. */
async function startLocal(config: Config, log: Logger, demo: boolean): Promise<Part & { ended?: Promise<void> }> {
  if (demo && config.databaseUrl) {
    throw new UserError("DATABASE_URL is set: the demo keeps to a database of its own, unset it for --demo");
  }
  const started: Part[] = [];
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const givenUrl = demo ? config.demoDatabaseUrl : config.databaseUrl;
    const postgres = givenUrl ? null : await startPostgres(homeDirectory(demo), log);
    if (postgres) started.push(postgres);
    const databaseUrl = postgres?.url ?? givenUrl ?? "";
    await migrateDatabase(databaseUrl);

    // The demo's secrets are its own even where a real key is given.
    const givenKey = demo ? undefined : config.masterKey;
    const simulator = demo ? await startDemo(log) : null;
    if (simulator) started.push({ stop: () => simulator.close() });
    if (simulator && config.routesFile !== undefined) {
      log.warn("the demo does as if ROUTES_FILE were not set: nobody is told of accounts that do not exist");
    }
    const services = await openServices({
      config: simulator ? demoConfig(config, simulator.url) : config,
      databaseUrl,
      masterKey: givenKey ?? masterKeyFile(homeDirectory(demo)),
      queueName: demo ? "visits-demo" : "visits",
      log,
    });
    started.push({ stop: () => services.close() });
    if (simulator) await importDemo(services, simulator);

    const exporter = await startExporting(services);
    started.push(exporter);
    started.push(await startCollecting(services));
    started.push(await startPlanning(services));
    started.push(startNotifying(services));
    announce(exporter.url, (await listAccounts(services.db)).length, simulator);
    return { stop, ...(postgres ? { ended: postgres.ended } : {}) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPostgres(directory: string, log: Logger): Promise<EmbeddedPostgres> {
  mkdirSync(directory, { recursive: true });
  try {
    return await startEmbeddedPostgres({ directory, log });
  } catch (error) {
    if (error instanceof AlreadyRunning) throw new UserError("govmatrix is already running on this machine");
    throw error;
  }
}

/** Nobody is told of accounts that do not exist. Pages come faster than the public platform would like. */
const demoConfig = (config: Config, url: string): Config => ({
  ...config,
  ...{ wechatApiUrl: url, wechatPageUrl: url, pageIntervalSeconds: 0.1 },
  ...{ routesFile: undefined, heartbeatUrl: undefined },
});

/** The demo's county starts on the day of its first start, so that its history stays the same over restarts. */
async function startDemo(log: Logger): Promise<Simulator> {
  mkdirSync(homeDirectory(true), { recursive: true });
  const file = join(homeDirectory(true), "first-day");
  let firstDay = dayOf(new Date());
  try {
    const stored = readFileSync(file, "utf8").trim();
    if (isDay(stored)) firstDay = stored;
  } catch {
    writeFileSync(file, firstDay);
  }
  const simulator = await startSimulator({ ...DEMO, startDay: firstDay });
  writeFileSync(simulatorFile(), simulator.url);
  log.info({ url: simulator.url }, "the simulator stands in for the platform");
  return simulator;
}

async function importDemo(services: Services, simulator: Simulator): Promise<void> {
  const { db, vault, ruleSets, now } = services;
  const register = await fetch(`${simulator.url}/_/register.csv`);
  const report = await importRegister(db, vault, ruleSets, readCsv(await register.text(), "the demo's register"), {
    dryRun: false,
    author: { actor: "demo", action: "account import", at: now() },
  });
  if (report.faults.length > 0) throw new Error(`the demo's register is faulty: ${report.faults[0]?.message}`);
}

function announce(url: string, accounts: number, simulator: Simulator | null): void {
  const lines = [
    `govmatrix runs: ${accounts} accounts`,
    `  status page   ${url}/`,
    `  metrics       ${url}/metrics`,
    ...(simulator ? [`  simulator     ${simulator.url}/_/state`, "  commands      npx govmatrix --demo collect"] : []),
    ...(accounts === 0 ? ["  register      npx govmatrix account import register.csv"] : []),
    "  stop          Ctrl-C",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const [argument, ...rest] = process.argv.slice(2);
if ((argument !== undefined && argument !== "--demo") || rest.length > 0) {
  process.stderr.write("govmatrix: npm start takes one option, --demo (npm start -- --demo)\n");
  process.exit(2);
}
await main("govmatrix", (config, log) => startLocal(config, log, argument === "--demo"));
