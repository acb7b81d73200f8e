import { createSendHttp } from "../../src/alerts/channels/http.ts";
import { startNotifier } from "../../src/alerts/notifier.ts";
import { PACE } from "../../src/alerts/pace.ts";
import { loadRoutes } from "../../src/alerts/routes.ts";
import { startWeb } from "../../src/web/server.ts";
import { runProcess } from "../../workers/services.ts";

// The notifier as a process of its own at another pace, which its argument gives as JSON.

await runProcess("notifier", async ({ config, db, holidays, telemetry, now, log }) => {
  const routes = loadRoutes(config.routesFile ?? "");
  telemetry.expectChannels(routes.channels.keys());
  const notifier = startNotifier({
    ...{ db, routes, holidays, watchdog: true, now, log },
    http: createSendHttp({}),
    observe: telemetry.observeNotification,
    pace: { ...PACE, ...JSON.parse(process.argv[2] ?? "{}") },
  });
  const web = await startWeb({ listen: config.listen, telemetry, ready: async () => [], log });
  return {
    async stop() {
      await notifier.stop();
      await web.close();
    },
  };
});
