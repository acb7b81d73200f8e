import { addDays, dayOf } from "../calendar.ts";
import { PlatformError } from "../errors.ts";
import type { Coverage, Day } from "../model.ts";
import type { Part } from "../platforms/platform.ts";
import { quotasAsked, saveQuota, usedCalls } from "../store/budget.ts";
import { readCoverage } from "../store/coverage.ts";
import { refusedParts, saveProfile } from "../store/profile.ts";
import type { Collector, Visit } from "./collector.ts";
import { nextDailyVisit, type VisitOutcome } from "./schedule.ts";

/** Before the statistics, which then plan with the day's real quotas. */
const READY_AT = "07:00";
const WEEK = 7;
type ProfilePart = "quota" | "account";
const PARTS = ["quota", "account"] as const satisfies ProfilePart[];
/** After how many days each part is asked again, and after how many once it was refused. */
const EVERY: Record<ProfilePart, number> = { quota: 1, account: WEEK };

/** Whose calls the account's other collectors make every day, and the coverage that tells when it may or can not make them. */
const USES: { part: Part; refusedAs: string[] }[] = [
  { part: "summary", refusedAs: ["statistics.summary"] },
  { part: "articles", refusedAs: ["statistics.articles"] },
  { part: "followers", refusedAs: ["statistics.followers"] },
  { part: "publications", refusedAs: ["publications.list", "publications.walk"] },
  { part: "comments", refusedAs: ["replies.comments"] },
  { part: "messages", refusedAs: ["replies.messages"] },
];

function coverage(visit: Visit, part: ProfilePart, rest: Partial<Coverage>): Coverage {
  return { part, day: dayOf(visit.now), state: "final", code: null, age: null, fetchedAt: visit.now, ...rest };
}

/** The newest day of the part that says something for certain, and the refusal if it does. */
function lastLook(covered: Map<Day, Coverage> | undefined): Coverage | null {
  const days = [...(covered?.values() ?? [])].filter((row) => row.state !== "failed");
  return days.reduce<Coverage | null>((last, row) => (last === null || row.day > last.day ? row : last), null);
}

/** One call of the part's API, booked before it is made. */
async function ask<Result>(visit: Visit, part: ProfilePart, call: () => Promise<Result>): Promise<Result> {
  const apis = visit.platform.apis[part];
  await visit.reserve(apis, 1);
  visit.made(apis);
  const result = await call();
  visit.needed(apis);
  return result;
}

async function askAccount(visit: Visit): Promise<void> {
  const profile = await ask(visit, "account", () => visit.session.profile.account());
  await visit.save(async (trx) => {
    await saveProfile(trx, visit.account.id, profile, visit.now);
    await visit.saveCoverage(trx, [coverage(visit, "account", {})]);
  });
}

/** The quota of each API that the account uses. Refused for one of them, the others are asked all the same. */
async function askQuotas(visit: Visit): Promise<void> {
  const { account, db, now, platform } = visit;
  const day = dayOf(now);
  const refused = await refusedParts(db, account.id);
  const asked = await quotasAsked(db, account.appId, day);
  const used = USES.filter(({ refusedAs }) => !refusedAs.some((part) => refused.has(part)));
  const apis = used.flatMap(({ part }) => platform.apis[part]).filter((api) => visit.recheck || !asked.has(api));
  const refusals: PlatformError[] = [];
  let answers = 0;
  for (const api of apis) {
    const ledger = { appId: account.appId, api, day };
    const before = await usedCalls(db, ledger);
    try {
      const quota = await ask(visit, "quota", () => visit.session.profile.quota(api));
      await visit.save((trx) => saveQuota(trx, ledger, quota, { before, collector: profile.name, now }));
      answers += 1;
    } catch (error) {
      if (!(error instanceof PlatformError) || error.scope !== "permission") throw error;
      refusals.push(error);
    }
  }
  const [refusal] = refusals;
  if (refusal && answers === 0) throw refusal;
  await visit.save((trx) => visit.saveCoverage(trx, [coverage(visit, "quota", { code: refusal?.code ?? null })]));
}

const ASK: Record<ProfilePart, (visit: Visit) => Promise<void>> = { quota: askQuotas, account: askAccount };

async function visitProfile(visit: Visit): Promise<VisitOutcome> {
  await visit.session.authorise();
  const today = dayOf(visit.now);
  const parts = await readCoverage(visit.db, visit.account.id, profile.name, addDays(today, -WEEK));
  const outcome: VisitOutcome = { delayed: false, errors: [], unavailable: [], touched: [] };
  for (const part of PARTS) {
    const last = lastLook(parts.get(part));
    const every = last?.state === "unavailable" ? WEEK : EVERY[part];
    if (last && addDays(last.day, every) > today && !visit.recheck) {
      if (last.state === "unavailable") outcome.unavailable.push({ part, code: last.code ?? "", reason: null });
      continue;
    }
    try {
      await ASK[part](visit);
    } catch (error) {
      if (!(error instanceof PlatformError) || error.scope === "account") throw error;
      const state = error.scope === "permission" ? "unavailable" : "failed";
      await visit.save((trx) => visit.saveCoverage(trx, [coverage(visit, part, { state, code: error.code })]));
      if (state === "unavailable") outcome.unavailable.push({ part, code: error.code, reason: error.reason });
      else outcome.errors.push(error);
    }
  }
  return outcome;
}

/** What the platform knows of the account itself, and how many calls of each API it has. */
export const profile: Collector = {
  name: "profile",
  visit: visitProfile,
  failureCoverage: (visit, error) => PARTS.map((part) => coverage(visit, part, { state: "failed", code: error.code })),
  settle: async () => undefined,
  nextVisit: (visit, outcome, history) => nextDailyVisit(visit.account.code, outcome, history, visit.now, READY_AT),
};
