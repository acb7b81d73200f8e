import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { visitInstallation } from "../../src/collectors/chore.ts";
import { figures } from "../../src/collectors/figures.ts";
import { collectorNamed } from "../../src/collectors/index.ts";
import { visitAccount } from "../../src/collectors/visit.ts";
import { listVisitedAccounts } from "../../src/store/account.ts";
import { ensureChores } from "../../src/store/visit.ts";
import { countyEnvironment, isolated, ROOT } from "./cli.ts";
import { type County, startCounty } from "./county.ts";
import { type RobotKind, type Robots, startRobots } from "./robots.ts";
import { type Stack, startStack } from "./stack.ts";
import { lastingPort, type StackPart, stackPart } from "./stackPart.ts";
import type { StackRoutes } from "./stackRoutes.ts";

export interface DemoStack extends Stack {
  county: County;
  robots: Robots;
  planner: StackPart;
  collector: StackPart;
  /** Milliseconds between two scrapes. */
  scrapeMs: number;
}

export interface DemoOptions {
  /** Durations of rules and notifier become so many times shorter. */
  factor?: number;
}

const KINDS = ["wecom", "dingtalk", "feishu"] as const satisfies readonly RobotKind[];
/** Takes nothing: what is addressed to it waits, as on a day on which a vendor is away. */
const BROKEN = "town-gaoping";
const DAY_MS = 86_400_000;
const SCRAPE_MS = 30_000;
const POLL_MS = 500;
/** Of visits side by side. */
const LANES = 6;
/** The last articles' pages may wait. */
const PROCESS_PACE = { PLANNER_INTERVAL_SECONDS: "5", PAGE_INTERVAL_SECONDS: "60" };

/**
 * The demo county after a day's work, collected to the end, with every process running: alerts have fired, some are
 * over again, messages were delivered, one channel refuses.
 */
export async function startDemoStack(
  t: Pick<TestContext, "after">,
  { factor = 120 }: DemoOptions = {},
): Promise<DemoStack> {
  const county = await startCounty(t, { accounts: 45, days: 35, seed: 1 });
  Object.defineProperty(county.clock, "now", { get: () => new Date() });
  const environment = await countyEnvironment(county);
  await collectAll(county);

  const robots = await startRobots(t, { rateLimits: false });
  const processes = { planner: `127.0.0.1:${await lastingPort()}`, collector: `127.0.0.1:${await lastingPort()}` };
  const worker = (name: "planner" | "collector") =>
    stackPart(t, {
      ...{ name, url: `http://${processes[name]}`, readyPath: "/live", command: process.execPath, cwd: ROOT },
      ...{
        args: [`workers/${name}.ts`],
        env: isolated({ ...environment, LISTEN: processes[name], ...PROCESS_PACE }),
      },
    });
  const planner = worker("planner");
  const collector = worker("collector");
  await Promise.all([planner.start(), collector.start()]);

  const routes = await contacts(county, robots);
  robots.setMode(BROKEN, "http_500");
  const stack = await startStack(t, {
    ...{ databaseUrl: county.url, masterKey: county.masterKey, routes, factor, processes },
    pace: {
      ...{ gatherMs: 1_000, roundMs: 1_000, quietMs: 5_000, windowMs: 20_000, perWindow: 10 },
      ...{ backoffMs: 2_000, failuresToMoveOn: 1_000 },
    },
  });
  return { ...stack, county, robots, planner, collector, scrapeMs: SCRAPE_MS / factor };
}

/** Every collector has visited every account, whatever the hour. */
async function collectAll(county: County): Promise<void> {
  for (const collector of ["statistics", "profile", "publications", "pages"])
    await county.collect(county.codes, collector);
  const { signal } = new AbortController();
  const replies = collectorNamed("replies");
  if (!replies) throw new Error("no collector of replies");
  const accounts = await listVisitedAccounts(county.db);
  const lane = async (own: number): Promise<void> => {
    for (const account of accounts.filter((_one, index) => index % LANES === own))
      await visitAccount(county.context, replies, account, { signal, recheck: true });
  };
  await Promise.all(Array.from({ length: LANES }, (_none, own) => lane(own)));
  await ensureChores(county.db, [figures], county.clock.now);
  await visitInstallation(county.context, figures, { signal });
  // An hour is every account's for its first visit.
  await sql`update account set created_at = ${new Date(Date.now() - DAY_MS)}`.execute(county.db);
}

/** Each department has a robot, which its accounts' contacts read too; the duty group has one. */
async function contacts(county: County, robots: Robots): Promise<StackRoutes> {
  const channels: StackRoutes["channels"] = { duty: { type: "wecom", url: robots.add("wecom", "duty") } };
  const { rows } = await sql<{ code: string }>`select code from department order by code`.execute(county.db);
  for (const [index, { code }] of rows.entries()) {
    const type = KINDS[index % KINDS.length] ?? "wecom";
    const signed = type === "wecom" ? {} : { signingSecret: randomBytes(8).toString("hex") };
    channels[code] = { type, url: robots.add(type, code, signed.signingSecret ?? null), ...signed };
  }
  await sql`update account set contact_channel = department_code, contact_target = null`.execute(county.db);
  return { channels, duty: [{ channel: "duty" }] };
}

/** Until alerts about units and about collection were told, one that was is over, and failing accounts were visited again. */
export async function passADay({ county }: DemoStack, timeoutMs = 240_000): Promise<void> {
  await sql`update visit set next_due_at = now() where error_code is not null`.execute(county.db);
  const giveUpAt = performance.now() + timeoutMs;
  const told = async (alert: string, kind: string, severity: string) => {
    for (;;) {
      const { rows } = await sql<{ code: string; app_id: string }>`
        select a.code, a.app_id from account a join v_alert_event e on e.account = a.code
        where e.alert = ${alert} and e.kind = ${kind} and e.severity = ${severity} and e.delivered_at is not null
        order by a.code limit 1`.execute(county.db);
      if (rows[0]) return rows[0];
      if (performance.now() > giveUpAt) throw new Error(`not within ${timeoutMs} ms: ${alert} ${kind} is told`);
      await sleep(POLL_MS);
    }
  };
  const late = await told("AccountPublishDue", "fired", "warning");
  await county.call("publish", { appid: late.app_id, notified: false });
  await county.collect([late.code], "publications");
  await told("AccountPublishDue", "resolved", "warning");
  await told("AccountBlind", "fired", "warning");
  await told("AccountCredentialsRejected", "fired", "warning");
}
