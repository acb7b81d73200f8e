import { JUDGED_LIFECYCLES, type Severity, VISITED_LIFECYCLES } from "../model.ts";
import { CREDENTIAL_CODES } from "../rules/credentials.ts";
import type { AccountFacts, CountyFacts } from "../store/alertFacts.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Data that are this old say nothing of the present any more: two mornings brought none. */
export const BLIND_AFTER_MS = 60 * HOUR_MS;
/** The first visit takes its time. */
const NEW_MS = HOUR_MS;

export interface Support {
  /** The highest level that the data bear out; null = none. */
  level: Severity | null;
  /** Another alert speaks for it. */
  inhibited: boolean;
}

interface Judge {
  level(facts: AccountFacts, now: Date): Severity | null;
  inhibited(facts: AccountFacts, county: CountyFacts, now: Date): boolean;
}

/** The alerts that the stored data can bear out; they say what the rules of the same names say. */
const JUDGES: ReadonlyMap<string, Judge> = new Map([
  ["AccountPublishDue", { level: publishLevel, inhibited: (facts, _county, now) => isBlind(facts, now) }],
  ["AccountRepliesOverdue", { level: repliesLevel, inhibited: (facts, _county, now) => isBlind(facts, now) }],
  ["AccountBlind", { level: blindLevel, inhibited: (facts, county) => isRejected(facts) || isStalled(county) }],
  ["AccountCredentialsRejected", { level: rejectedLevel, inhibited: (_facts, county) => isStalled(county) }],
  ["AccountVerificationExpiring", { level: verificationLevel, inhibited: () => false }],
] satisfies [string, Judge][]);

/** Whether the stored data can tell that the alert is over. */
export function isJudged(alert: string, facts: AccountFacts | null): facts is AccountFacts {
  return facts !== null && JUDGES.has(alert);
}

/** What no data speak about, such as a county's own alerts, is supported at any level. */
export function levelOf(alert: string, facts: AccountFacts | null, now: Date): Severity | null {
  if (facts === null) return "critical";
  if (facts.lifecycle === "closed") return null;
  const judge = JUDGES.get(alert);
  return judge ? judge.level(facts, now) : "critical";
}

export function supportOf(alert: string, facts: AccountFacts | null, county: CountyFacts, now: Date): Support {
  const level = levelOf(alert, facts, now);
  const inhibited = facts !== null && level !== null && JUDGES.get(alert)?.inhibited(facts, county, now) === true;
  return { level, inhibited };
}

/** Bound to publish, and nobody sees whether it does. */
export function isBlind({ lifecycle, dataUntil }: AccountFacts, now: Date): boolean {
  return isBound(lifecycle) && (dataUntil === null || now.getTime() - dataUntil.getTime() >= BLIND_AFTER_MS);
}

const isBound = (lifecycle: AccountFacts["lifecycle"]) => JUDGED_LIFECYCLES.some((name) => name === lifecycle);

function publishLevel({ lifecycle, deadlineAt, dataUntil }: AccountFacts, now: Date): Severity | null {
  if (!isBound(lifecycle) || deadlineAt === null) return null;
  if (dataUntil !== null && deadlineAt <= dataUntil) return "critical";
  const leftMs = deadlineAt.getTime() - now.getTime();
  if (leftMs <= 2 * DAY_MS) return "warning";
  return leftMs <= 4 * DAY_MS ? "info" : null;
}

function repliesLevel({ overdueCases }: AccountFacts): Severity | null {
  return overdueCases !== null && overdueCases > 0 ? "warning" : null;
}

function blindLevel(facts: AccountFacts, now: Date): Severity | null {
  return isBlind(facts, now) && now.getTime() - facts.createdAt.getTime() >= NEW_MS ? "warning" : null;
}

function rejectedLevel(facts: AccountFacts): Severity | null {
  return VISITED_LIFECYCLES.some((name) => name === facts.lifecycle) && isRejected(facts) ? "warning" : null;
}

function verificationLevel({ verificationExpiresAt }: AccountFacts, now: Date): Severity | null {
  if (verificationExpiresAt === null) return null;
  return verificationExpiresAt.getTime() - now.getTime() <= 30 * DAY_MS ? "warning" : null;
}

export function isRejected({ errorCode }: AccountFacts): boolean {
  return errorCode !== null && CREDENTIAL_CODES.includes(errorCode);
}

/** So many cannot be seen that it is the installation, which has an alert of its own. */
export function isStalled({ judged, blind, rejected }: CountyFacts): boolean {
  return 2 * (blind + rejected) > judged;
}
