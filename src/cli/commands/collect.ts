import { SingleBar } from "cli-progress";
import { type Command, Option } from "commander";
import type { CollectorContext } from "../../collectors/collector.ts";
import { COLLECTOR_NAMES, collectorNamed } from "../../collectors/index.ts";
import { type VisitReport, visitAccount } from "../../collectors/visit.ts";
import { UserError } from "../../errors.ts";
import type { Account } from "../../model.ts";
import { findAccount, listVisitedAccounts } from "../../store/account.ts";
import { dueVisits, ensureVisits } from "../../store/visit.ts";
import { collectorContext } from "../collectorContext.ts";
import { type CommandContext, type GlobalOptions, ReportedFault, withContext } from "../command.ts";
import { assertMasterKey } from "../masterKey.ts";

const BUSY_WAIT_MS = 60_000;
const BUSY_POLL_MS = 500;

interface Named {
  account?: string;
  collector?: string;
}

interface Target {
  account: Account;
  collector: string;
}

interface VisitLine {
  account: string;
  department: string;
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
    .addOption(new Option("--collector <name>", "only this collector").choices(COLLECTOR_NAMES))
    .action(async (named: Named, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        await assertMasterKey(context.db, context.vault);
        const lines = await collect(context, named);
        const failed = lines.filter((line) => line.outcome === "failed");
        context.print({ visits: lines }, [
          ...failed.map((line) => `${line.account}\t${line.collector}\t${line.code}\t${line.reason}`),
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
  await ensureVisits(db, COLLECTOR_NAMES, context.now());
  const accounts = await listVisitedAccounts(db);
  if (named.account !== undefined && !accounts.some((account) => account.code === named.account)) {
    const found = await findAccount(db, named.account);
    throw new UserError(
      found
        ? `account ${named.account} is not visited in its lifecycle ${found.lifecycle}`
        : `no account ${named.account}: see \`govmatrix account list\``,
    );
  }
  if (named.account === undefined && named.collector === undefined) {
    const byId = new Map(accounts.map((account) => [account.id, account]));
    const due = await dueVisits(db, context.now(), Number.MAX_SAFE_INTEGER);
    return due.flatMap((visit) => {
      const account = byId.get(visit.accountId);
      return account ? [{ account, collector: visit.collector }] : [];
    });
  }
  return accounts
    .filter((account) => named.account === undefined || account.code === named.account)
    .flatMap((account) =>
      COLLECTOR_NAMES.filter((name) => named.collector === undefined || name === named.collector).map((collector) => ({
        account,
        collector,
      })),
    );
}

async function collect(context: CommandContext, named: Named): Promise<VisitLine[]> {
  const queue = await targets(context, named);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const shared = collectorContext(context);
  const bar =
    context.options.json || !process.stderr.isTTY
      ? null
      : new SingleBar({ stream: process.stderr, clearOnComplete: true });
  bar?.start(queue.length, 0);
  const lines: VisitLine[] = [];
  const recheck = named.account !== undefined;
  const worker = async () => {
    for (let target = queue.shift(); target && !stop.signal.aborted; target = queue.shift()) {
      lines.push(await visit(shared, target, recheck, stop.signal));
      bar?.increment();
    }
  };
  try {
    await Promise.all(Array.from({ length: context.config.collectorConcurrency }, worker));
  } catch (error) {
    // The others must not go on behind a command that has ended.
    stop.abort();
    throw error;
  } finally {
    bar?.stop();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
  if (stop.signal.aborted) throw new UserError("interrupted: what was not visited is still due");
  return lines.sort((a, b) => a.account.localeCompare(b.account) || a.collector.localeCompare(b.collector));
}

/** A visit that somebody else is making is waited for: two must not be at the same account at once. */
async function visit(
  shared: CollectorContext,
  target: Target,
  recheck: boolean,
  signal: AbortSignal,
): Promise<VisitLine> {
  const collector = collectorNamed(target.collector);
  if (!collector) throw new Error(`no collector ${target.collector}`);
  const { account } = target;
  const giveUpAt = performance.now() + BUSY_WAIT_MS;
  let report = await visitAccount(shared, collector, account, { signal, recheck });
  while (report.outcome === "busy" && performance.now() < giveUpAt && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, BUSY_POLL_MS));
    report = await visitAccount(shared, collector, account, { signal, recheck });
  }
  return {
    account: account.code,
    department: account.department,
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
