import { endOf, maxDay, startOf } from "../../calendar.ts";
import { type Day, JUDGED_LIFECYCLES, VISITED_LIFECYCLES } from "../../model.ts";
import type { AccountFacts } from "../../store/alertFacts.ts";
import type { DueReplies } from "../../store/digest.ts";
import { isBlind, isRejected, isStalled } from "../support.ts";
import { departmentOf, nameOf, reasonOf } from "../texts/text.ts";
import type { Concern, CountyCounts } from "./sheet.ts";
import type { DaysOff } from "./workdays.ts";

const NEAR_MS = 4 * 86_400_000;
const FIRST_VISIT_MS = 3_600_000;

interface Circumstances {
  day: Day;
  now: Date;
  daysOff: DaysOff | null;
}

/** What needs a hand today, the most pressing account first, and how the county stands. */
export interface Survey {
  concerns: Concern[];
  counts: CountyCounts;
  asOf: Date | null;
}

export function survey(
  accounts: readonly AccountFacts[],
  due: ReadonlyMap<number, DueReplies>,
  circumstances: Circumstances,
): Survey {
  const { day, now } = circumstances;
  const concerns = accounts
    .map((account) => concernOf(account, due.get(account.id), circumstances))
    .filter(({ deadline, replies, fault, unseen }) => deadline ?? replies ?? fault ?? unseen)
    .sort(byUrgency);
  const having = (state: (concern: Concern) => boolean) => concerns.filter(state).length;
  const judged = accounts.filter(isJudged).length;
  const seen = accounts.filter((account) => isJudged(account) && !isBlind(account, now));
  const passed = having(({ deadline }) => deadline?.state === "passed");
  const dueSoon = having(({ deadline }) => deadline !== null) - passed;
  return {
    concerns,
    counts: {
      judged,
      fine: seen.length - passed - dueSoon,
      due: dueSoon,
      passed,
      unseen: having(({ unseen }) => unseen !== null),
      late: seen.filter((account) => !isFinal(account, day)).length,
      stalled: isStalled({ judged, blind: judged - seen.length, rejected: seen.filter(isRejected).length }),
    },
    asOf: oldestData(seen),
  };
}

/** Yesterday is final for every account that can be seen. */
export function isEverythingFinal(accounts: readonly AccountFacts[], day: Day, now: Date): boolean {
  return accounts.every((account) => !isJudged(account) || isBlind(account, now) || isFinal(account, day));
}

export function oldestData(accounts: readonly AccountFacts[]): Date | null {
  const times = accounts.flatMap(({ dataUntil }) => (dataUntil ? [dataUntil.getTime()] : []));
  return times.length === 0 ? null : new Date(Math.min(...times));
}

export const isJudged = ({ lifecycle }: AccountFacts) => JUDGED_LIFECYCLES.some((name) => name === lifecycle);

const isFinal = ({ dataUntil }: AccountFacts, day: Day) => dataUntil !== null && dataUntil >= startOf(day);

/** Whether there is something to say of the account: it exists on the platform, and its first visit had its time. */
export function isSurveyed({ lifecycle, createdAt, dataUntil }: AccountFacts, now: Date): boolean {
  const isNew = dataUntil === null && now.getTime() - createdAt.getTime() < FIRST_VISIT_MS;
  return VISITED_LIFECYCLES.some((name) => name === lifecycle) && !isNew;
}

function concernOf(account: AccountFacts, due: DueReplies | undefined, circumstances: Circumstances): Concern {
  const { code, department, dataUntil, repliesAsOf, errorReason } = account;
  const common = { code, name: nameOf(account), department, departmentName: departmentOf(account) };
  if (isBlind(account, circumstances.now)) {
    const reason = errorReason === null ? null : reasonOf(account);
    return { ...common, deadline: null, replies: null, fault: null, unseen: { dataUntil, reason } };
  }
  return {
    ...common,
    deadline: deadlineOf(account, circumstances),
    replies: due && repliesAsOf ? { ...due, asOf: repliesAsOf } : null,
    fault: isFault(account, circumstances) ? reasonOf(account) : null,
    unseen: null,
  };
}

function deadlineOf(account: AccountFacts, { day, now, daysOff }: Circumstances): Concern["deadline"] {
  const { deadlineAt, dataUntil, lastPublishedAt } = account;
  if (!isJudged(account) || deadlineAt === null) return null;
  const horizon = Math.max(now.getTime() + NEAR_MS, endOf(maxDay(day, daysOff?.resumesOn) ?? day).getTime());
  if (deadlineAt.getTime() > horizon) return null;
  // A post of yesterday may not be visible yet: only data that reach the deadline prove silence.
  if (dataUntil !== null && deadlineAt <= dataUntil) return { at: deadlineAt, state: "passed", lastPublishedAt };
  return { at: deadlineAt, state: deadlineAt <= now ? "reached" : "ahead", lastPublishedAt };
}

/** What passes by itself is nobody's work as long as yesterday's data came all the same. */
function isFault(account: AccountFacts, { day }: Circumstances): boolean {
  return account.errorCode !== null && (isRejected(account) || !isFinal(account, day));
}

/** The nearest deadline first, then who keeps most people waiting. */
export function byUrgency(left: Concern, right: Concern): number {
  const at = ({ deadline }: Concern) => deadline?.at.getTime() ?? Number.MAX_SAFE_INTEGER;
  const overdue = ({ replies }: Concern) => replies?.overdue ?? 0;
  return at(left) - at(right) || overdue(right) - overdue(left) || (left.code < right.code ? -1 : 1);
}
