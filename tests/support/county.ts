import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import { collectorContext } from "../../src/cli/collectorContext.ts";
import { importRegister } from "../../src/cli/importRegister.ts";
import { readCsv } from "../../src/cli/registerFile.ts";
import { COLLECTOR_NAMES, collectorNamed } from "../../src/collectors/index.ts";
import { type VisitReport, visitAccount } from "../../src/collectors/visit.ts";
import { loadRuleSets } from "../../src/rules/sets.ts";
import { startSimulator } from "../../src/simulator/index.ts";
import { listVisitedAccounts } from "../../src/store/account.ts";
import { openDatabase } from "../../src/store/database.ts";
import { dueVisits, ensureVisits } from "../../src/store/visit.ts";
import { parseMasterKeys } from "../../src/vault.ts";
import { editingProxy } from "./editingProxy.ts";
import { migrated } from "./migrated.ts";

export interface TruthAccount {
  appid: string;
  code: string;
  secret: string;
  special: string | null;
  convention: string;
  sparse_curves: boolean;
  permissions: Record<string, boolean>;
  opened_on: string | null;
  /** Unix seconds; null was never verified. */
  verified_until: number | null;
  publications: {
    published_at: number;
    visible_at: number;
    /** The first is the publication; the others are edits. */
    update_times: number[];
    articles: { msgid: string; deleted: boolean }[];
  }[];
  days: { date: string; summary: Record<string, number> | null; followers: number; gained: number; lost: number }[];
  /** Published by now; `articles` ends yesterday. */
  articles_today: Pick<TruthAccount["articles"][number], "msgid" | "publish_date" | "page">[];
  articles: {
    msgid: string;
    publish_date: string;
    publish_type: number;
    title: string;
    url: string;
    /** Unix seconds. */
    published_at: number;
    form: string;
    original: boolean;
    length: number;
    images: number;
    page: { state: string; since: number };
    curve: (Record<string, number> & { stat_date: string })[];
  }[];
}

export interface CountyOptions {
  accounts?: number;
  days?: number;
  seed?: number;
  /** A fixed start of the test's clock; the real time without it. */
  now?: string;
  masterKey?: string;
  /** Starts another platform than the usual county. */
  simulate?: typeof startSimulator;
  /** Changes the platform's answers on their way. */
  edit?: Parameters<typeof editingProxy>[2];
}

/** A simulated county, registered in a database of its own, under a clock that the test moves. */
export async function startCounty(t: Pick<TestContext, "after">, options: CountyOptions = {}) {
  const clock = { now: new Date(options.now ?? Date.now()) };
  const simulator = await (options.simulate ?? startSimulator)({ ...options, now: () => clock.now });
  t.after(() => simulator.close());
  const wechatApiUrl = options.edit ? await editingProxy(t, () => simulator.url, options.edit) : simulator.url;
  const { url } = await migrated.create(t);
  const db = openDatabase(url, { max: 24 });
  t.after(() => db.destroy());
  const masterKey = options.masterKey ?? randomBytes(32).toString("base64");
  const vault = parseMasterKeys(masterKey);
  const ruleSets = loadRuleSets();
  const log = pino({ level: "silent" });
  const context = collectorContext({
    config: {
      wechatApiUrl,
      wechatPageUrl: simulator.url,
      proxyEnv: {},
      statisticsReadyAt: "08:05",
      pageIntervalSeconds: 0,
    },
    db,
    vault,
    ruleSets,
    holidays: loadHolidays(),
    now: () => clock.now,
    log,
  });
  const call = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${simulator.url}/_/${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.headers.get("content-type")?.includes("json") ? await response.json() : await response.text();
  };
  const register = readCsv((await call("register.csv")) as string, "register.csv");
  const author = { actor: "test", action: "account import", at: clock.now };
  const report = await importRegister(db, vault, ruleSets, register, { dryRun: false, author });
  if (report.faults.length > 0) throw new Error(JSON.stringify(report.faults));
  await ensureVisits(db, COLLECTOR_NAMES, clock.now);

  const accounts = new Map((await listVisitedAccounts(db)).map((account) => [account.code, account]));

  async function visit(targets: { account: string; collector: string }[]): Promise<Map<string, VisitReport>> {
    const reports = new Map<string, VisitReport>();
    const work = targets.slice();
    const worker = async () => {
      for (let target = work.shift(); target !== undefined; target = work.shift()) {
        const account = accounts.get(target.account);
        const collector = collectorNamed(target.collector);
        if (!account || !collector) throw new Error(`no account ${target.account} or no ${target.collector}`);
        const { signal } = new AbortController();
        reports.set(target.account, await visitAccount(context, collector, account, { signal }));
      }
    };
    await Promise.all(Array.from({ length: 12 }, worker));
    return reports;
  }

  /** Of accounts, not of the installation. */
  async function due(): Promise<{ account: string; collector: string }[]> {
    return (await dueVisits(db, clock.now, 100_000)).filter((visit) => visit.accountId !== null);
  }

  /** Visits the accounts that are due for the collector, or the given ones due or not; reports by account code. */
  async function collect(codes?: string[], collector = "statistics"): Promise<Map<string, VisitReport>> {
    const targets = codes?.map((account) => ({ account, collector })) ?? (await due());
    return await visit(targets.filter((target) => target.collector === collector));
  }

  return {
    simulator,
    url,
    db,
    vault,
    masterKey,
    ruleSets,
    context,
    clock,
    call,
    collect,
    /** Visits whatever is due for any collector. */
    collectAll: async () => void (await visit(await due())),
    codes: register.map((row) => row.values.account_code ?? ""),
    truth: async () => ((await call("state")) as { accounts: TruthAccount[] }).accounts,
    /** Requests since the last reset, by API, for one account or all. */
    async requests(appid?: string): Promise<Record<string, number>> {
      const { rows } = (await call("requests")) as { rows: { appid: string; api: string; calls: number }[] };
      const counts: Record<string, number> = {};
      for (const row of rows) if (!appid || row.appid === appid) counts[row.api] = (counts[row.api] ?? 0) + row.calls;
      return counts;
    },
    resetRequests: async () => void (await fetch(`${simulator.url}/_/requests`, { method: "DELETE" })),
    clearFaults: async () => void (await fetch(`${simulator.url}/_/faults`, { method: "DELETE" })),
  };
}

export type County = Awaited<ReturnType<typeof startCounty>>;

/** Moves the clock in steps to the end and visits whatever falls due on the way. */
export async function live(county: County, untilIso: string, stepMinutes = 10): Promise<void> {
  const until = new Date(untilIso);
  while (county.clock.now < until) {
    county.clock.now = new Date(Math.min(county.clock.now.getTime() + stepMinutes * 60_000, until.getTime()));
    await county.collect();
  }
}

export async function waitFor(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 30_000,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(100);
  }
}
