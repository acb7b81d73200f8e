import { PlatformError } from "../../errors.ts";
import type { Collector, Visit } from "../collector.ts";
import type { VisitOutcome } from "../schedule.ts";
import { nextLook, nextVisitAfter } from "./interval.ts";
import { coverage, NAME, readList } from "./list.ts";

async function visitPublications(visit: Visit): Promise<VisitOutcome> {
  await visit.session.authorise();
  const outcome: VisitOutcome = { delayed: false, errors: [], unavailable: [], touched: [] };
  try {
    await readList(visit);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.scope === "account") throw error;
    const refused = error.scope === "permission";
    const row = coverage(visit, "list", { state: refused ? "unavailable" : "failed", code: error.code });
    await visit.save((trx) => visit.saveCoverage(trx, [row]));
    if (refused) outcome.unavailable.push({ part: "list", code: error.code, reason: error.reason });
    else outcome.errors.push(error);
  }
  return { ...outcome, returnAt: await nextLook(visit) };
}

/**
 * What was published without notifying followers, on the day itself. Mass-sent articles never appear here, so nothing
 * that this list leaves out says anything about the account.
 */
export const publications: Collector = {
  name: NAME,
  visit: visitPublications,
  failureCoverage: (visit, error) => [coverage(visit, "list", { state: "failed", code: error.code })],
  async settle() {},
  nextVisit: nextVisitAfter,
};
