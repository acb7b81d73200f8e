import { join } from "node:path";
import { movesToAnother } from "./checks/backup.ts";
import { alertArrives, importCounty, isCollected, raiseAlert, writeConfig } from "./checks/county.ts";
import { applicationOwnsNothing, askAsReader, readerReadsViewsOnly } from "./checks/database.ts";
import { runsDemo } from "./checks/demo.ts";
import { isProvisioned } from "./checks/grafana.ts";
import { isHardened } from "./checks/hardening.ts";
import {
  answersOutside,
  becomesHealthy,
  keepsNetworksApart,
  memory,
  publishesOnly,
  runsCommands,
} from "./checks/health.ts";
import { judgesRules, query, scrapes } from "./checks/monitoring.ts";
import { allAreBack, survivesKill } from "./checks/restart.ts";
import { areKeptApart, areNotTold, readSecrets, type Secrets } from "./checks/secrets.ts";
import { type Stack, settle } from "./stack.ts";
import type { Steps } from "./steps.ts";

interface Plan {
  steps: Steps;
  scratch: string;
  statusPort: number;
  demoPort: number;
  longRunning: readonly string[];
  standIns: readonly string[];
}

const SCRAPED_MS = 150_000;

/** Brings the stack up twice, as it comes and as a county sets it up, and examines it. */
export async function proveStack(stack: Stack, plan: Plan): Promise<void> {
  const { steps, longRunning, standIns } = plan;
  const { need, check } = steps;
  await need("up, nothing edited", () => stack.compose(["up", "-d", ...longRunning]).then(() => undefined));
  await need("all services become healthy", () => becomesHealthy(stack));
  await check("the status page answers on 127.0.0.1", () => answersOutside(stack));
  await check("nothing else is published", () => publishesOnly(stack, plan.statusPort));
  await check("networks are apart", () => keepsNetworksApart(stack));
  await check("containers are hardened", () => isHardened(stack));
  const secrets = await need("secrets are made", () => readSecrets(stack));
  await check("each consumer has its own secrets only", () => areKeptApart(stack, secrets));
  await check("Grafana's role reads views and no table", () => readerReadsViewsOnly(stack, secrets));
  await check("the processes' role changes no schema", () => applicationOwnsNothing(stack, secrets));
  await check("Grafana's provisioning names only what is there", async () => isProvisioned(stack.clone, secrets));

  const directory = join(plan.scratch, "config");
  Object.assign(stack.env, writeConfig(directory));
  await need("up again, with a county's settings", () =>
    stack.compose(["up", "-d", ...longRunning, ...standIns]).then(() => undefined),
  );
  await need("all services become healthy again", () => becomesHealthy(stack));
  await check("no secret has changed", async () => {
    if ((await readSecrets(stack)).fingerprint !== secrets.fingerprint) throw new Error("secrets have changed");
    return undefined;
  });
  await proveWork(stack, plan, directory, secrets);
}

async function proveWork(
  stack: Stack,
  { steps, longRunning, scratch, demoPort }: Plan,
  directory: string,
  secrets: Secrets,
): Promise<void> {
  const { check } = steps;
  let accounts = 0;
  await check("as many collectors as set", async () => {
    const running = (await stack.containers()).filter(({ service }) => service === "collector");
    if (running.length !== Number(stack.env.COLLECTORS)) throw new Error(`${running.length} collectors`);
    return `${running.length} collectors`;
  });
  await check("commands work", () => runsCommands(stack));
  await check("a register is imported", async () => {
    accounts = await importCounty(stack, directory);
    return `${accounts} accounts`;
  });
  await check("an alert is reported to Alertmanager", () => raiseAlert(stack).then(() => undefined));
  await check("three collectors", async () => {
    await stack.compose(["up", "-d", "--no-recreate", "--scale", "collector=3", "collector"]);
    return undefined;
  });
  await check("the accounts are collected", () => isCollected(stack, accounts));
  await check("the alert reaches the robot", () => alertArrives(stack));
  await check("Prometheus finds and scrapes every process", () =>
    scrapes(stack, { exporter: 1, planner: 1, notifier: 1, collector: 3 }, SCRAPED_MS),
  );
  await check("Prometheus judges every rule", () => judgesRules(stack));
  await check("Prometheus has the accounts' figures", async () => {
    const count = await query(stack, "count(govmatrix_account_info)");
    if (count !== accounts) throw new Error(`${count} of ${accounts} accounts`);
    return `${count} accounts`;
  });
  await check("Prometheus' own alert comes back through Alertmanager", () => watchdogArrives(stack));
  await check("Grafana's role sees the same", async () => {
    const count = await askAsReader(stack, secrets, "select count(*) from v_account");
    if (Number(count) !== accounts) throw new Error(`${count} of ${accounts} accounts`);
    return `${count} accounts`;
  });
  await check("memory", () => memory(stack));
  for (const service of longRunning)
    await check(`${service} is killed and comes back`, () => survivesKill(stack, service));
  await check("after that", () => allAreBack(stack));
  await check("the demo runs beside it", () => runsDemo(stack, demoPort));
  await check("a backup is restored into another installation", () => movesToAnother(stack, scratch, accounts));
  await check("no secret is told", () => areNotTold(stack, secrets));
}

/** Prometheus → Alertmanager → exporter by the committed rule that always fires. */
async function watchdogArrives(stack: Stack): Promise<string> {
  let seen = "";
  const sql = "select coalesce(max(seen_at)::text, '') from alert_watchdog";
  await settle(async () => {
    const { stdout } = await stack.exec("postgres", [
      "psql",
      "-h",
      "/var/run/postgresql",
      "-U",
      "postgres",
      "-d",
      "govmatrix",
      "-Atc",
      sql,
    ]);
    seen = stdout.trim();
    return seen === "" ? ["Alertmanager was never heard"] : [];
  }, 90_000);
  return `heard at ${seen}`;
}
