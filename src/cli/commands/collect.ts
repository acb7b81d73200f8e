import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { visitInstallation } from "../../collectors/chore.ts";
import type { CollectorContext } from "../../collectors/collector.ts";
import { CHORE_NAMES, CHORES, COLLECTOR_NAMES, choreNamed, collectorNamed } from "../../collectors/index.ts";
import { CAPTCHA } from "../../collectors/pages/faults.ts";
import { pages } from "../../collectors/pages/index.ts";
import { type VisitOptions, type VisitReport, visitAccount } from "../../collectors/visit.ts";
import { UserError } from "../../errors.ts";
import type { Account } from "../../model.ts";
import { closedUntil } from "../../store/pageBucket.ts";
import { dueVisits, ensureChores, ensureVisits } from "../../store/visit.ts";
import { collectorContext } from "../collectorContext.ts";
import { type CommandContext, type GlobalOptions, ReportedFault, UsageError, withContext } from "../command.ts";
import { assertMasterKey } from "../masterKey.ts";
import { sideBySide, startProgress } from "../progress.ts";
import { visitedAccounts } from "../visitedAccounts.ts";

const BUSY_WAIT_MS = 60_000;
const BUSY_POLL_MS = 500;
/** More could not read more: all share one bucket of slots. */
const PAGES_CONCURRENCY = 3;

interface Named {
  account?: string;
  collector?: string;
}

interface Target {
  /** Null = the installation itself. */
  account: Account | null;
  collector: string;
}

interface VisitLine {
  account: string | null;
  department: string | null;
  collector: string;
  outcome: string;
  code: string | null;
  name: string | null;
  reason: string | null;
  detail: string | null;
  rid: string | null;
  delayed: boolean;
  unavailable: VisitReport["unavailable"];
}

export function collectCommand(program: Command): void {
  program
    .command("collect")
    .description("visit now what is due, or what is named whether due or not, and wait for it")
    .option("--account <code>", "only this account")
    .addOption(new Option("--collector <name>", "only this collector").choices([...COLLECTOR_NAMES, ...CHORE_NAMES]))
    .action(async (named: Named, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        await assertMasterKey(context.db, context.vault);
        const lines = await collect(context, named);
        const failed = lines.filter((line) => line.outcome === "failed");
        context.print({ visits: lines }, [
          ...failed.map((line) => `${line.account ?? "-"}\t${line.collector}\t${line.code}\t${line.reason}`),
          ...lines
            .filter((line) => line.outcome === "succeeded" && line.code === CAPTCHA)
            .map((line) => `${line.account}\t${line.collector}\t${line.code}\t${line.reason}`),
          ...lines
            .filter((line) => line.outcome === "succeeded")
            .flatMap((line) =>
              line.unavailable.map(
                ({ part, code }) => `${line.account}\t${line.collector}\t${code}\tno permission for ${part}`,
              ),
            ),
          `${lines.length} visits, ${failed.length} failed`,
        ]);
        if (failed.length > 0) throw new ReportedFault();
      });
    });
}

async function targets(context: CommandContext, named: Named): Promise<Target[]> {
  const { db } = context;
  if (named.collector !== undefined && CHORE_NAMES.includes(named.collector)) {
    if (named.account !== undefined) throw new UsageError(`${named.collector} is of no account: leave out --account`);
    await ensureChores(db, CHORES, context.now());
    return [{ account: null, collector: named.collector }];
  }
  await ensureVisits(db, COLLECTOR_NAMES, context.now());
  await ensureChores(db, CHORES, context.now());
  const accounts = await visitedAccounts(db, named.account);
  if (named.account === undefined && named.collector === undefined) {
    const byId = new Map(accounts.map((account) => [account.id, account]));
    const due = await dueVisits(db, context.now(), Number.MAX_SAFE_INTEGER);
    return due.flatMap(({ accountId, collector }) => {
      if (collector === pages.name) return [];
      const account = accountId === null ? null : byId.get(accountId);
      return account === undefined ? [] : [{ account, collector }];
    });
  }
  return accounts.flatMap((account) =>
    COLLECTOR_NAMES.filter((name) => name === named.collector || (!named.collector && name !== pages.name)).map(
      (collector) => ({ account, collector }),
    ),
  );
}

async function collect(context: CommandContext, named: Named): Promise<VisitLine[]> {
  const queue = await targets(context, named);
  const shared = collectorContext(context);
  const bar = startProgress(context.options, queue.length);
  const lines: VisitLine[] = [];
  const recheck = named.account !== undefined;
  const width = named.collector === pages.name ? PAGES_CONCURRENCY : context.config.collectorConcurrency;
  const work = async (target: Target, signal: AbortSignal) => {
    let line = await visit(shared, target, recheck, signal);
    let closed = await closure(shared, line);
    while (!signal.aborted && waitsForSlots(line) && closed === null) {
      await sleep(BUSY_POLL_MS);
      line = await visit(shared, target, recheck, signal);
      closed = await closure(shared, line);
    }
    lines.push(closed && waitsForSlots(line) ? { ...line, code: CAPTCHA, reason: pausedUntil(closed) } : line);
    bar.increment();
  };
  const interrupted = await sideBySide(queue, width, work).finally(() => bar.stop());
  if (interrupted) throw new UserError("interrupted: what was not visited is still due");
  return lines.sort(
    (a, b) => (a.account ?? "").localeCompare(b.account ?? "") || a.collector.localeCompare(b.collector),
  );
}

const waitsForSlots = (line: VisitLine) =>
  line.collector === pages.name && line.outcome === "succeeded" && line.delayed;

/** A closed bucket is not waited for: it opens within the hour, and the daemon comes back by itself. */
async function closure({ db, now }: CollectorContext, line: VisitLine): Promise<Date | null> {
  return waitsForSlots(line) ? await closedUntil(db, now()) : null;
}

const pausedUntil = (time: Date) =>
  `微信要求人工验证，文章页面采集暂停至 ${time.toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour12: false })}，届时自动继续，无需处理。`;

async function make(shared: CollectorContext, target: Target, options: VisitOptions): Promise<VisitReport> {
  const { account, collector: name } = target;
  const chore = choreNamed(name);
  if (account === null && chore) return await visitInstallation(shared, chore, options);
  const collector = collectorNamed(name);
  if (account === null || !collector) throw new Error(`no collector ${name}`);
  return await visitAccount(shared, collector, account, options);
}

/** A visit that somebody else is making is waited for: two must not be at the same account at once. */
async function visit(
  shared: CollectorContext,
  target: Target,
  recheck: boolean,
  signal: AbortSignal,
): Promise<VisitLine> {
  const { account } = target;
  const giveUpAt = performance.now() + BUSY_WAIT_MS;
  let report = await make(shared, target, { signal, recheck });
  while (report.outcome === "busy" && performance.now() < giveUpAt && !signal.aborted) {
    await sleep(BUSY_POLL_MS);
    report = await make(shared, target, { signal, recheck });
  }
  return {
    account: account?.code ?? null,
    department: account?.department ?? null,
    collector: target.collector,
    outcome: report.outcome,
    code: report.error?.code ?? report.unavailable[0]?.code ?? null,
    name: report.error?.name ?? null,
    reason: report.error?.reason ?? report.unavailable.find((part) => part.reason)?.reason ?? null,
    detail: report.error?.message ?? null,
    rid: report.error?.rid ?? null,
    delayed: report.delayed,
    unavailable: report.unavailable,
  };
}
