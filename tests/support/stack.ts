import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Pace } from "../../src/alerts/pace.ts";
import { isolated, ROOT } from "./cli.ts";
import { eventually } from "./process.ts";
import { shortened, writeStackConfig } from "./stackConfig.ts";
import { lastingPort, type StackPart, stackPart } from "./stackPart.ts";
import { type StackRoutes, writeRoutes } from "./stackRoutes.ts";

export interface StackOptions {
  databaseUrl: string;
  masterKey?: string;
  routes: StackRoutes;
  /** Durations of the committed configuration become so many times shorter. */
  factor?: number;
  /** Processes that somebody else starts, to be scraped too. */
  processes?: { planner: string; collector: string };
  /** Of the notifier; what is not named is as committed. */
  pace?: Partial<Pace>;
}

export const STACK_NAMES = ["exporter", "alertmanager", "prometheus", "notifier"] as const;
export type StackName = (typeof STACK_NAMES)[number];

export interface StackAlert {
  labels: Record<string, string>;
  state: "pending" | "firing";
}

export interface Stack extends Record<StackName, StackPart> {
  directory: string;
  routesFile: string;
  token: string;
  /** What the processes of ours are started with. */
  env: Record<string, string>;
  /** Prometheus' instant query. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: number }[]>;
  /** Alerts that Prometheus knows. */
  alerts(): Promise<StackAlert[]>;
}

const FACTOR = 60;

/** Prometheus and Alertmanager of the system with the committed configuration, and exporter and notifier as processes. */
export async function startStack(t: Pick<TestContext, "after">, options: StackOptions): Promise<Stack> {
  const { databaseUrl, factor = FACTOR, pace } = options;
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "govmatrix-stack-")));
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  const token = randomBytes(16).toString("hex");
  const addresses: Record<string, string> = {};
  for (const name of STACK_NAMES) addresses[name] = `127.0.0.1:${await lastingPort()}`;
  const { exporter = "", notifier = "", alertmanager = "", prometheus = "" } = addresses;
  const files = writeStackConfig(directory, {
    addresses: { exporter, notifier, alertmanager, ...options.processes },
    ...{ token, factor },
  });
  const routesFile = writeRoutes(directory, options.routes);
  const data = (name: StackName) => {
    const path = join(directory, `${name}-data`);
    mkdirSync(path);
    return path;
  };
  const env = {
    DATABASE_URL: databaseUrl,
    MASTER_KEY: options.masterKey ?? randomBytes(32).toString("base64"),
    ALERT_WEBHOOK_TOKEN: token,
    ROUTES_FILE: routesFile,
  };
  const ours = (name: string, address: string, args: string[]) =>
    stackPart(t, {
      ...{ name, url: `http://${address}`, readyPath: "/live", command: process.execPath, cwd: directory },
      ...{ args: args.map((arg, index) => (index === 0 ? join(ROOT, arg) : arg)) },
      env: isolated({ ...env, LISTEN: address }),
    });
  const notifying = pace ? ["tests/support/stackNotifier.ts", JSON.stringify(pace)] : ["workers/notifier.ts"];
  const parts: Record<StackName, StackPart> = {
    exporter: ours("exporter", exporter, ["workers/exporter.ts"]),
    notifier: ours("notifier", notifier, notifying),
    alertmanager: stackPart(t, {
      ...{ name: "alertmanager", url: `http://${alertmanager}`, readyPath: "/-/ready" },
      ...{ command: "prometheus-alertmanager", cwd: directory },
      args: [
        ...[`--config.file=${files.alertmanager}`, `--storage.path=${data("alertmanager")}`],
        ...[`--web.listen-address=${alertmanager}`, "--cluster.listen-address=", "--log.level=warn"],
        `--data.maintenance-interval=${shortened("15m", factor)}`,
      ],
    }),
    prometheus: stackPart(t, {
      ...{ name: "prometheus", url: `http://${prometheus}`, readyPath: "/-/ready" },
      ...{ command: "prometheus", cwd: directory },
      args: [
        ...[`--config.file=${files.prometheus}`, `--storage.tsdb.path=${data("prometheus")}`],
        ...[`--web.listen-address=${prometheus}`, "--log.level=warn"],
        // The defaults, as much shorter as the rules.
        `--rules.alert.resend-delay=${shortened("1m", factor)}`,
        `--rules.alert.for-outage-tolerance=${shortened("1h", factor)}`,
        `--rules.alert.for-grace-period=${shortened("10m", factor)}`,
        `--query.lookback-delta=${shortened("5m", factor)}`,
      ],
    }),
  };
  const api = async (path: string): Promise<unknown> => {
    const response = await fetch(`${parts.prometheus.url}/api/v1/${path}`);
    return ((await response.json()) as { data: unknown }).data;
  };
  const stack: Stack = {
    ...parts,
    ...{ directory, routesFile, token, env },
    async query(expression) {
      const { result } = (await api(`query?query=${encodeURIComponent(expression)}`)) as {
        result: { metric: Record<string, string>; value: [number, string] }[];
      };
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    alerts: async () => ((await api("alerts")) as { alerts: StackAlert[] }).alerts,
  };
  await parts.exporter.start();
  await parts.prometheus.start();
  // Prometheus looks for its targets seconds after it began to judge: shortened, that would count as a gap.
  await eventually("Prometheus sees the exporter", async () => (await stack.query(SEEN)).length > 0, 60_000);
  await eventually("and finds nothing absent", async () => !(await stack.alerts()).some(isStalled), 30_000);
  await parts.alertmanager.start();
  await parts.notifier.start();
  return stack;
}

const SEEN = "govmatrix_exposition_timestamp_seconds";
const isStalled = ({ labels }: StackAlert) => labels.alertname === "CollectionStalled";
