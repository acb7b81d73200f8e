import type { Command } from "commander";
import { newestAskableDay } from "../../calendar.ts";
import type { CollectorContext } from "../../collectors/collector.ts";
import { openLedger } from "../../collectors/ledger.ts";
import { UserError } from "../../errors.ts";
import { redact } from "../../log.ts";
import type { Account } from "../../model.ts";
import { readSecret } from "../../store/account.ts";
import { isDatabaseAway } from "../../store/database.ts";
import { type AccountFacts, readAccountFacts } from "../../store/doctor.ts";
import { tokenStore } from "../../store/token.ts";
import { collectorContext } from "../collectorContext.ts";
import { type CommandContext, type GlobalOptions, ReportedFault, withContext } from "../command.ts";
import { contactFindings } from "../doctor/contacts.ts";
import { type Finding, finding, worst } from "../doctor/finding.ts";
import { examine } from "../doctor/live.ts";
import { type AccountReport, reportDocument, reportLines, sortReports } from "../doctor/report.ts";
import { curvesFinding, pagesFinding, repliesFindings, verificationFinding, visitFindings } from "../doctor/stored.ts";
import { systemFindings } from "../doctor/system.ts";
import { asksAfresh } from "../doctor/tokens.ts";
import { assertMasterKey } from "../masterKey.ts";
import { sideBySide, startProgress } from "../progress.ts";
import { visitedAccounts } from "../visitedAccounts.ts";

export function doctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("examine each account now and say what is wrong, what to do, and whose turn it is")
    .option("--account <code>", "only this account")
    .action(async (named: { account?: string }, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), (context) => diagnose(context, named.account));
    });
}

/** Prints the report on the account, or on all. Throws `ReportedFault` when it names a fault. */
export async function diagnose(context: CommandContext, code: string | undefined): Promise<void> {
  await assertMasterKey(context.db, context.vault);
  const accounts = await visitedAccounts(context.db, code);
  const contacts = await contactFindings(context);
  const examined = await examineAll(context, accounts);
  const reports = sortReports(
    examined.map(({ account, findings }) => ({
      account,
      findings: [...findings, ...(contacts.accounts.get(account.code) ?? [])],
    })),
  );
  const all = reports.map(({ findings }) => findings);
  const system = [...(await systemFindings(context, all)), ...contacts.system];
  context.print(reportDocument(reports, system), reportLines(reports, system));
  if (worst([...system, ...all.flat()]) === "fault") throw new ReportedFault();
}

async function examineAll(context: CommandContext, accounts: Account[]): Promise<AccountReport[]> {
  const shared = collectorContext(context);
  const facts = await readAccountFacts(context.db, context.now());
  const reports: AccountReport[] = [];
  const progress = startProgress(context.options, accounts.length);
  try {
    const interrupted = await sideBySide(accounts, context.config.collectorConcurrency, async (account, signal) => {
      const known = facts.get(account.id);
      // Registered a moment ago: the next run sees it.
      if (!known) return;
      reports.push({ account, findings: await examineAccount(shared, account, known, signal) });
      progress.increment();
    });
    if (interrupted) throw new UserError("interrupted: the examination is not complete");
  } finally {
    progress.stop();
  }
  return reports;
}

async function examineAccount(
  context: CollectorContext,
  account: Account,
  facts: AccountFacts,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { db, vault, statisticsReadyAt } = context;
  const now = context.now();
  const platform = context.platforms[account.platform];
  if (!platform) throw new Error(`account ${account.code}: no platform ${account.platform}`);
  const ledger = openLedger(db, account.appId, now);
  const session = platform.open(account, {
    signal,
    now: context.now,
    tokens: asksAfresh(tokenStore(db, vault, account.appId, context.now)),
    secret: () => readSecret(db, vault, account.id),
    keepRaw: () => undefined,
    bookRepeat: ledger.bookRepeat,
  });
  const day = newestAskableDay(now, statisticsReadyAt);
  try {
    const live = await examine({ account, platform, session, ledger, db, facts, now, day }).catch(async (error) => {
      if (!isDatabaseAway(error)) await ledger.settle(db, []);
      throw error;
    });
    await db.transaction().execute((trx) => ledger.settle(trx, live.errors));
    return [
      ...live.findings,
      verificationFinding(live.profile, facts, now),
      ...visitFindings(
        account.code,
        facts.visits.filter(({ collector }) => collector !== "pages"),
        live.findings,
        now,
      ),
      pagesFinding(facts, now),
      curvesFinding(facts),
      ...repliesFindings(facts),
    ];
  } catch (error) {
    if (signal.aborted || isDatabaseAway(error)) throw error;
    // One account's surprise must not hide the others.
    const message = redact(error instanceof Error ? error.message : String(error));
    context.log.error({ account: account.code, error: message }, "the account could not be examined");
    return [
      finding("request", "fault", "检查程序内部错误", {
        code: "internal",
        remedy: "请联系本系统运维查看日志",
        turn: "system",
      }),
    ];
  }
}
