import { judgePublishing } from "../rules/publishing.ts";
import { DEFAULT_RULE_SET, type RuleSets } from "../rules/sets.ts";
import { lockCurrent, readFacts, saveCurrent } from "../store/current.ts";
import type { Db } from "../store/upsert.ts";

/**
 * Brings the current values of the given accounts (null = all) in line with the stored statistics, the register and
 * the rule sets. Reads no clock: the values move only when those do. Must run in a transaction.
 */
export async function refreshCurrent(db: Db, accountIds: number[] | null, ruleSets: RuleSets): Promise<void> {
  await lockCurrent(db, accountIds);
  const notifiedOnly = [...ruleSets.values()].some((rules) => !rules.unnotifiedCounts);
  const facts = await readFacts(db, accountIds, notifiedOnly);
  const values = facts.map((account) => {
    const rules = ruleSets.get(account.ruleSet) ?? ruleSets.get(DEFAULT_RULE_SET);
    if (!rules) throw new Error(`rule set ${account.ruleSet} is not known`);
    const verdict = judgePublishing(account, rules);
    return {
      accountId: account.accountId,
      dataUntil: verdict.dataUntil,
      lastPublishedAt: account.lastPublished?.at ?? null,
      lastNotifiedAt: account.lastNotified?.at ?? null,
      publishDeadlineAt: verdict.deadlineAt,
      windowEnd: account.windowEnd,
      windows: account.windows,
      followers: account.followers,
    };
  });
  await saveCurrent(db, values);
}
