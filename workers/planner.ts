import { refreshCurrent } from "../src/collectors/current.ts";
import { CHORES, COLLECTOR_NAMES } from "../src/collectors/index.ts";
import { startPlanner } from "../src/planner/planner.ts";
import { saveHolidayFiles } from "../src/store/holidays.ts";
import { readinessReasons } from "../src/web/readiness.ts";
import { startWeb } from "../src/web/server.ts";
import { type Part, runProcess, type Services } from "./services.ts";

export async function startPlanning(services: Services): Promise<Part> {
  const { db, databaseUrl, queue, config, now, log, ruleSets, holidays } = services;
  // Holidays and rule sets may have changed while nothing ran.
  await db.transaction().execute(async (trx) => {
    await saveHolidayFiles(trx, holidays);
    await refreshCurrent(trx, null, ruleSets);
  });
  return startPlanner({
    db,
    databaseUrl,
    queue,
    collectors: COLLECTOR_NAMES,
    chores: CHORES,
    intervalSeconds: config.plannerIntervalSeconds,
    now,
    log,
  });
}

export async function run(): Promise<void> {
  await runProcess("planner", async (services) => {
    const { config, telemetry, db, queue, now, log } = services;
    const planner = await startPlanning(services);
    const { plannerIntervalSeconds } = config;
    const ready = () => readinessReasons({ db, queue, plannerIntervalSeconds, now: now() });
    const web = await startWeb({ listen: config.listen, telemetry, ready, log });
    return {
      async stop() {
        await planner.stop();
        await web.close();
      },
    };
  });
}

if (import.meta.main) await run();
