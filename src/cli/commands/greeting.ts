import { text as readText } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { greetingRules, reconsiderTexts } from "../../collectors/replies/greetings.ts";
import { textHash } from "../../collectors/replies/hashing.ts";
import { judgeCases } from "../../collectors/replies/judge.ts";
import { UserError } from "../../errors.ts";
import type { Account } from "../../model.ts";
import { findAccount } from "../../store/account.ts";
import { decideText, findGreeting, type ListedGreeting, listGreetings } from "../../store/greetings.ts";
import { readHashKey } from "../../store/hashKey.ts";
import { readWorkCalendar } from "../../store/holidays.ts";
import { lockConversations } from "../../store/messages.ts";
import { type CommandContext, type GlobalOptions, UsageError, withContext } from "../command.ts";
import { assertMasterKey } from "../masterKey.ts";

const DECISIONS = new Map<string, boolean | null>([
  ["automatic", true],
  ["human", false],
  ["learned", null],
]);
const WORDS = [...DECISIONS.keys()].join(", ");
const ADDED_AS = ["automatic", "human"];
const SHANGHAI = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});

export function greetingCommands(program: Command): void {
  const greeting = program
    .command("greeting")
    .description(
      "texts that robots send in the account's name, which are no answers; the texts themselves are not kept",
    );
  greeting
    .command("list")
    .description(
      "id, account, automatic or human, learned or decided, uses, persons who got it within seconds, share of answers " +
        "within seconds, median of seconds after the message, last use in Asia/Shanghai",
    )
    .option("--account <code>", "only this account")
    .action(async (local: { account?: string }, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        if (local.account !== undefined) await existing(context, local.account);
        const greetings = await listGreetings(context.db, local.account);
        context.print({ greetings }, greetings.map(line));
      });
    });
  greeting
    .command("set <id> <decision>")
    .description(`${WORDS}: what the text is; the cases it was sent in follow at once`)
    .action(async (id: string, word: string, _local, command: Command) => {
      const decided = DECISIONS.get(word);
      if (!/^\d{1,15}$/.test(id))
        throw new UsageError(`${id}: expected a number as \`govmatrix greeting list\` shows it`);
      if (decided === undefined) throw new UsageError(`${word}: expected one of ${WORDS}`);
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const found = await findGreeting(context.db, Number(id));
        if (!found) throw new UserError(`no greeting ${id}: see \`govmatrix greeting list\``);
        const account = await existing(context, found.account);
        await decide(context, account, found.textHash, decided, "greeting set");
        context.print({ greeting: Number(id), account: account.code, decision: word }, [
          `greeting ${id} of ${account.code} is ${decided === null ? "what is learned of it" : word}`,
        ]);
      });
    });
  greeting
    .command("add")
    .description("reads one text from stdin, exactly as it is sent, and keeps only its keyed hash")
    .requiredOption("--account <code>", "whose text it is")
    .addOption(new Option("--as <decision>", "what it is").choices(ADDED_AS).default("automatic"))
    .action(async (local: { account: string; as: string }, command: Command) => {
      await withContext(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const account = await existing(context, local.account);
        await assertMasterKey(context.db, context.vault);
        const text = (await readText(process.stdin)).trim();
        if (text === "") throw new UsageError("expected the text on stdin");
        const hash = textHash(await readHashKey(context.db, context.vault), account.id, text);
        const id = await decide(context, account, hash, local.as === "automatic", "greeting add");
        context.print({ greeting: id, account: account.code, decision: local.as }, [
          `greeting ${id} of ${account.code} is ${local.as}`,
        ]);
      });
    });
}

async function existing({ db }: CommandContext, code: string): Promise<Account> {
  const account = await findAccount(db, code);
  if (!account) throw new UserError(`no account ${code}: see \`govmatrix account list\``);
  return account;
}

/** Decides and brings the account's cases in line. */
async function decide(
  context: CommandContext,
  account: Account,
  hash: string,
  decided: boolean | null,
  action: string,
): Promise<number> {
  const { db, ruleSets } = context;
  const calendar = await readWorkCalendar(db, context.holidays);
  return await db.transaction().execute(async (trx) => {
    await lockConversations(trx, account.id);
    const id = await decideText(trx, account, hash, decided, context.author(action));
    await reconsiderTexts(trx, account.id, [hash], greetingRules(ruleSets, account.ruleSet), context.now());
    await judgeCases(trx, [account.id], calendar, ruleSets);
    return id;
  });
}

function line(greeting: ListedGreeting): string {
  const { id, account, automatic, decided, uses, persons, fastShare, medianSeconds, lastUsedAt } = greeting;
  return [
    ...[id, account, automatic ? "automatic" : "human", decided === null ? "learned" : "decided", uses, persons],
    ...[fastShare === null ? "-" : `${Math.round(fastShare * 100)}%`, medianSeconds ?? "-"],
    lastUsedAt ? SHANGHAI.format(lastUsedAt) : "-",
  ].join("\t");
}
