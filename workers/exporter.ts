import { startExposition } from "../src/metrics/exposition.ts";
import { readStatus } from "../src/store/statusPage.ts";
import { alertsRoute } from "../src/web/alerts.ts";
import { statusPage } from "../src/web/page.ts";
import { readinessReasons } from "../src/web/readiness.ts";
import { startWeb } from "../src/web/server.ts";
import { type Part, runProcess, type Services } from "./services.ts";

export async function startExporting(services: Services): Promise<Part & { url: string }> {
  const { config, telemetry, db, holidays, queue, now, log } = services;
  const exposition = startExposition({ db, holidays, log, now });
  const { plannerIntervalSeconds } = config;
  const alerting = { webhook: config.alertWebhookToken !== undefined, routes: config.routesFile !== undefined };
  const web = await startWeb({
    listen: config.listen,
    telemetry,
    exposition,
    ready: () => readinessReasons({ db, queue, plannerIntervalSeconds, now: now() }),
    page: async (department) => statusPage(await readStatus(db), now(), alerting, department),
    alerts: alertsRoute({ db, token: config.alertWebhookToken, now, log }),
    log,
  });
  return {
    url: web.url,
    async stop() {
      await web.close();
      await exposition.close();
    },
  };
}

export async function run(): Promise<void> {
  await runProcess("exporter", startExporting);
}

if (import.meta.main) await run();
