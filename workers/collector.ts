import { collectorContext } from "../src/cli/collectorContext.ts";
import { assertMasterKey } from "../src/cli/masterKey.ts";
import { visitInstallation } from "../src/collectors/chore.ts";
import type { CollectorContext } from "../src/collectors/collector.ts";
import { choreNamed, collectorNamed } from "../src/collectors/index.ts";
import { type VisitOptions, type VisitReport, visitAccount } from "../src/collectors/visit.ts";
import { type Lifecycle, VISITED_LIFECYCLES } from "../src/model.ts";
import type { VisitJob } from "../src/queue.ts";
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
      const report = await visit(context, job, { epoch: job.epoch, signal });
      if (report) log.debug({ account: job.account, collector: job.collector, outcome: report.outcome }, "visited");
    },
    { concurrency: config.collectorConcurrency },
  );
  return { stop: () => queue.close() };
}

/** Null when the job asks for what is not there, or not visited, any more. */
async function visit(context: CollectorContext, job: VisitJob, options: VisitOptions): Promise<VisitReport | null> {
  if (job.accountId === null) {
    const chore = choreNamed(job.collector);
    return chore ? await visitInstallation(context, chore, options) : null;
  }
  const collector = collectorNamed(job.collector);
  const account = await accountById(context.db, job.accountId);
  if (!collector || !account || !(VISITED_LIFECYCLES as readonly Lifecycle[]).includes(account.lifecycle)) return null;
  return await visitAccount(context, collector, account, options);
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
