import { createSendHttp } from "../src/alerts/channels/http.ts";
import { logContactFaults, readContactFaults } from "../src/alerts/contacts.ts";
import { startHeartbeat } from "../src/alerts/heartbeat.ts";
import { startNotifier } from "../src/alerts/notifier.ts";
import { PACE } from "../src/alerts/pace.ts";
import { loadRoutes, type Routes } from "../src/alerts/routes.ts";
import { toError } from "../src/errors.ts";
import { readinessReasons } from "../src/web/readiness.ts";
import { startWeb } from "../src/web/server.ts";
import { type Part, runProcess, type Services } from "./services.ts";

/** Tells people what Alertmanager reported, and the daily digest. Throws `UserError` when the routes file is faulty. */
export function startNotifying(services: Services): Part & { fault(now: Date): string | null } {
  const { config, db, holidays, telemetry, now, log } = services;
  const { routesFile, heartbeatUrl, proxyEnv, plannerIntervalSeconds } = config;
  const routes = routesFile === undefined ? null : loadRoutes(routesFile);
  const told = routes ? tellContactFaults(services, routes) : null;
  telemetry.expectChannels(routes?.channels.keys() ?? []);
  const watchdog = config.alertWebhookToken !== undefined;
  const notifier = startNotifier({
    ...{ db, routes, holidays, watchdog, now, log },
    http: createSendHttp(proxyEnv),
    observe: telemetry.observeNotification,
    pace: PACE,
  });
  const heartbeat =
    heartbeatUrl === undefined
      ? null
      : startHeartbeat({
          ...{ db, url: heartbeatUrl, proxyEnv, plannerIntervalSeconds, now, log },
          watchdogSilenceMs: watchdog ? PACE.watchdogSilenceMs : null,
          everyMs: PACE.heartbeatMs,
        });
  return {
    fault: notifier.fault,
    async stop() {
      await heartbeat?.stop();
      await notifier.stop();
      await told;
    },
  };
}

async function tellContactFaults({ db, log }: Services, routes: Routes): Promise<void> {
  try {
    logContactFaults(log, await readContactFaults(db, routes));
  } catch (error) {
    log.warn({ error: toError(error).message }, "the contacts of the register could not be examined");
  }
}

export async function run(): Promise<void> {
  await runProcess("notifier", async (services) => {
    const { config, telemetry, db, now, log } = services;
    const notifying = startNotifying(services);
    const ready = async () => {
      const fault = notifying.fault(now());
      return [...(await readinessReasons({ db, now: now() })), ...(fault === null ? [] : [fault])];
    };
    const web = await startWeb({ listen: config.listen, telemetry, ready, log });
    return {
      async stop() {
        await notifying.stop();
        await web.close();
      },
    };
  });
}

if (import.meta.main) await run();
