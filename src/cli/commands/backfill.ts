import { SingleBar } from "cli-progress";
import { type Command, InvalidArgumentError } from "commander";
import { dayOf, isDay } from "../../calendar.ts";
import { statistics } from "../../collectors/statistics/index.ts";
import { UserError } from "../../errors.ts";
import type { Day } from "../../model.ts";
import { ensureVisits } from "../../store/visit.ts";
import { type BackfillResult, type BackfillTarget, backfillAccount, backfillTarget } from "../backfillAccount.ts";
import { collectorContext } from "../collectorContext.ts";
import { type CommandContext, type GlobalOptions, ReportedFault, withContext } from "../command.ts";
import { assertMasterKey } from "../masterKey.ts";
import { sideBySide } from "../progress.ts";
import { visitedAccounts } from "../visitedAccounts.ts";

const pastDay = (text: string): Day => {
  if (!isDay(text)) throw new InvalidArgumentError("expected a day as YYYY-MM-DD");
  if (text > dayOf(new Date())) throw new InvalidArgumentError("expected a day that is not in the future");
  return text;
};

export function backfillCommand(program: Command): void {
  program
    .command("backfill")
    .description("ask for older history, newest days first; may be stopped and run again")
    .requiredOption("--from <day>", "first day, YYYY-MM-DD", pastDay)
    .option("--account <code>", "only this account")
    .action(async (named: { from: Day; account?: string }, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        await assertMasterKey(context.db, context.vault);
        const results = await backfill(context, named);
        context.print({ accounts: results }, linesOf(results));
        if (results.some(({ state }) => state === "failed")) throw new ReportedFault();
      });
    });
}

async function backfill(context: CommandContext, named: { from: Day; account?: string }): Promise<BackfillResult[]> {
  const { db } = context;
  const shared = collectorContext(context);
  const accounts = await visitedAccounts(db, named.account);
  await ensureVisits(db, [statistics.name], context.now());
  const targets: BackfillTarget[] = [];
  for (const account of accounts) targets.push(await backfillTarget(shared, account, named.from));
  for (const { name, historyStart } of new Set(targets.map(({ platform }) => platform))) {
    if (named.from < historyStart) {
      process.stderr.write(`govmatrix: ${name} has no figures before ${historyStart}: starting there\n`);
    }
  }
  const bar = startBar(context.options, targets);
  const results: BackfillResult[] = [];
  try {
    const interrupted = await sideBySide(targets, context.config.collectorConcurrency, async (target, signal) => {
      let requests = 0;
      const onRequests = (count: number) => {
        requests += count;
        bar.done(count);
      };
      results.push(await backfillAccount(shared, target, { signal, onRequests }));
      bar.dropped(target.requests - requests);
    });
    if (interrupted) throw new UserError("interrupted: run it again to go on from there");
  } finally {
    bar.stop();
  }
  return results.sort((a, b) => a.account.localeCompare(b.account));
}

/** Requests done, how fast, and the time left, on a terminal. */
function startBar(options: GlobalOptions, targets: BackfillTarget[]) {
  const total = targets.reduce((sum, { requests }) => sum + requests, 0);
  if (options.json || !process.stderr.isTTY) {
    return { done: () => undefined, dropped: () => undefined, stop: () => undefined };
  }
  const startedAt = performance.now();
  let value = 0;
  const bar = new SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    etaBuffer: 100,
    format: "{bar} {percentage}% | {value}/{total} requests | {rate}/s | {eta_formatted} left",
  });
  bar.start(total, 0, { rate: "0.0" });
  return {
    done(count: number) {
      value += count;
      bar.update(value, { rate: ((value / (performance.now() - startedAt)) * 1000).toFixed(1) });
    },
    /** Requests that will not be made today. */
    dropped(count: number) {
      bar.setTotal(bar.getTotal() - count);
    },
    stop: () => bar.stop(),
  };
}

function linesOf(results: BackfillResult[]): string[] {
  const days = results.reduce((sum, result) => sum + result.days, 0);
  const count = (state: BackfillResult["state"]) => results.filter((result) => result.state === state).length;
  return [
    ...results
      .filter(({ state, code }) => state !== "complete" || code !== null)
      .map(({ account, state, code, reason }) =>
        [account, state, code, reason].filter((cell) => cell !== null).join("\t"),
      ),
    ...(count("budget") > 0 ? ["today's calls are used up: run again tomorrow"] : []),
    `${results.length} accounts, ${days} days read, ${count("complete")} complete, ${count("failed")} failed`,
  ];
}
