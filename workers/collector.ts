import { collectorContext } from "../src/cli/collectorContext.ts";
import { assertMasterKey } from "../src/cli/masterKey.ts";
import { collectorNamed } from "../src/collectors/index.ts";
import { visitAccount } from "../src/collectors/visit.ts";
import { type Lifecycle, VISITED_LIFECYCLES } from "../src/model.ts";
import { accountById } from "../src/store/account.ts";
import { readinessReasons } from "../src/web/readiness.ts";
import { startWeb } from "../src/web/server.ts";
import { type Part, runProcess, type Services } from "./services.ts";

/** Makes the visits that the queue hands out. Who is stopped gives its leases back and leaves its visits due. */
export async function startCollecting(services: Services): Promise<Part> {
  const { db, queue, config, log } = services;
  await assertMasterKey(db, services.vault);
  const context = collectorContext(services, services.telemetry);
  queue.work(
    async (job, signal) => {
      const collector = collectorNamed(job.collector);
      const account = await accountById(db, job.accountId);
      if (!collector || !account) return;
      if (!(VISITED_LIFECYCLES as readonly Lifecycle[]).includes(account.lifecycle)) return;
      const report = await visitAccount(context, collector, account, { epoch: job.epoch, signal });
      log.debug({ account: job.account, collector: job.collector, outcome: report.outcome }, "visited");
    },
    { concurrency: config.collectorConcurrency },
  );
  return { stop: () => queue.close() };
}

export async function run(): Promise<void> {
  await runProcess("collector", async (services) => {
    const { config, telemetry, db, queue, now, log } = services;
    const collecting = await startCollecting(services);
    const ready = () => readinessReasons({ db, queue, now: now() });
    const web = await startWeb({ listen: config.listen, telemetry, ready, log });
    return {
      async stop() {
        await collecting.stop();
        await web.close();
      },
    };
  });
}

if (import.meta.main) await run();
