import { type GreetingRules, isAutomatic, WIDEST_RULES } from "../../rules/greeting.ts";
import { DEFAULT_RULE_SET, type RuleSets } from "../../rules/sets.ts";
import {
  habitsOf,
  personsWhoGot,
  saveLearned,
  storedGreetings,
  textsLearnedOtherwise,
  UNUSED,
} from "../../store/greetings.ts";
import { lockConversations } from "../../store/messages.ts";
import type { Db } from "../../store/upsert.ts";
import type { Visit } from "../collector.ts";
import { deriveCases } from "./cases.ts";

export function greetingRules(ruleSets: RuleSets, ruleSet: string): GreetingRules {
  const rules = ruleSets.get(ruleSet) ?? ruleSets.get(DEFAULT_RULE_SET);
  if (!rules) throw new Error(`rule set ${ruleSet} is not known`);
  return rules.replies.greeting;
}

/** Differs whenever the rules do. */
const nameOf = ({ seconds, persons }: GreetingRules) => `${seconds}s ${persons}p`;

/**
 * Learns from all stored uses whether the staff texts are automatic, and answers those that count as something else than
 * before. What was learned by other rules is learned from the beginning.
 */
export async function learnGreetings(
  trx: Db,
  accountId: number,
  texts: readonly string[],
  rules: GreetingRules,
): Promise<string[]> {
  if (texts.length === 0) return [];
  const learnedBy = nameOf(rules);
  const known = new Map((await storedGreetings(trx, accountId, texts)).map((row) => [row.textHash, row]));
  const used = await habitsOf(trx, accountId, texts, rules.seconds, WIDEST_RULES.seconds);
  const habits = new Map(used.map((habit) => [habit.textHash, habit]));
  const turned: string[] = [];
  const learned = texts.flatMap((textHash) => {
    const before = known.get(textHash);
    const { widestPersons, ...habit } = habits.get(textHash) ?? UNUSED;
    if (!before && widestPersons < WIDEST_RULES.persons) return [];
    const automatic = isAutomatic(habit, rules, before?.learnedBy === learnedBy && before.automatic);
    if ((before?.decided ?? null) === null && automatic !== (before?.automatic ?? false)) turned.push(textHash);
    return [{ ...habit, textHash, automatic, learnedBy, lastUsedAt: habit.lastUsedAt ?? before?.lastUsedAt ?? null }];
  });
  await saveLearned(trx, accountId, learned);
  return turned;
}

/** Brings what was learned by other rules than those of now, and the cases with it, in line with them. */
export async function relearnGreetings({ db, account, now, save, ruleSets }: Visit): Promise<void> {
  const rules = greetingRules(ruleSets, account.ruleSet);
  const texts = await textsLearnedOtherwise(db, account.id, nameOf(rules));
  if (texts.length === 0) return;
  await save(async (trx) => {
    await lockConversations(trx, account.id);
    const turned = await learnGreetings(trx, account.id, texts, rules);
    await deriveCases(trx, account.id, await personsWhoGot(trx, account.id, turned), now);
  });
}

/** After somebody decided about the texts: what the account's cases are now. Must hold the lock of its conversations. */
export async function reconsiderTexts(
  trx: Db,
  accountId: number,
  texts: readonly string[],
  rules: GreetingRules,
  now: Date,
): Promise<void> {
  await learnGreetings(trx, accountId, texts, rules);
  await deriveCases(trx, accountId, await personsWhoGot(trx, accountId, texts), now);
}
