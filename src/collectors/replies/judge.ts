import { createHash } from "node:crypto";
import type { WorkCalendar } from "../../calendar/working.ts";
import { caseTimes } from "../../rules/reply.ts";
import { DEFAULT_RULE_SET, type RuleSet, type RuleSets } from "../../rules/sets.ts";
import {
  type CaseVerdict,
  type Judgement,
  lockUnjudged,
  saveVerdicts,
  type UnjudgedCase,
} from "../../store/replyCases.ts";
import type { Db } from "../../store/upsert.ts";

const BATCH_CASES = 500;

/** Differs whenever verdicts may. */
function judgement(calendar: WorkCalendar, { id, replies }: RuleSet): Judgement {
  const basis = JSON.stringify([calendar.id, replies.officeHours, replies.days]);
  return { ruleSet: id, judgedBy: createHash("sha256").update(basis).digest("hex").slice(0, 16) };
}

function verdict(unjudged: UnjudgedCase, rules: RuleSet, calendar: WorkCalendar, judgedBy: string): CaseVerdict {
  const { id, receivedAt, firstReplyAt } = unjudged;
  const { workingSeconds, workingDays, warnAt, amberAt, redAt, dueAt } = caseTimes(
    unjudged,
    rules.replies,
    calendar,
    receivedAt,
  );
  const deadlines = { id, judgedBy, warnAt, amberAt, redAt, dueAt };
  return firstReplyAt
    ? { ...deadlines, workingSeconds, workingDays }
    : { ...deadlines, workingSeconds: null, workingDays: null };
}

/** One batch of `judgeCases`; 0 when nothing was left to do. */
export async function judgeBatch(
  trx: Db,
  accountIds: readonly number[] | null,
  calendar: WorkCalendar,
  ruleSets: RuleSets,
): Promise<number> {
  const fallback = ruleSets.get(DEFAULT_RULE_SET);
  if (!fallback) throw new Error(`rule set ${DEFAULT_RULE_SET} is not known`);
  const judgements = [...ruleSets.values()].map((rules) => judgement(calendar, rules));
  const ids = new Map(judgements.map(({ ruleSet, judgedBy }) => [ruleSet, judgedBy]));
  const cases = await lockUnjudged(trx, accountIds, judgements, judgement(calendar, fallback), BATCH_CASES);
  const verdicts = cases.map((unjudged) => {
    const rules = ruleSets.get(unjudged.ruleSet) ?? fallback;
    return verdict(unjudged, rules, calendar, ids.get(rules.id) ?? "");
  });
  await saveVerdicts(trx, verdicts);
  return verdicts.length;
}

/**
 * Gives the cases of the accounts (null = all) their deadlines and working times, where the calendar or the rules they
 * were judged by are no longer those of now; answers how many. Must run in a transaction.
 */
export async function judgeCases(
  trx: Db,
  accountIds: readonly number[] | null,
  calendar: WorkCalendar,
  ruleSets: RuleSets,
): Promise<number> {
  for (let judged = 0; ; ) {
    const batch = await judgeBatch(trx, accountIds, calendar, ruleSets);
    if (batch === 0) return judged;
    judged += batch;
  }
}
