import { dayOf } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import type { Coverage, ReplyChannel } from "../../model.ts";
import { saveChannelState } from "../../store/replyChannel.ts";
import type { Collector, Visit } from "../collector.ts";
import { type VisitOutcome, waitsAfterFaults } from "../schedule.ts";
import { lookAtComments, nextCommentLook } from "./comments.ts";
import { judgeCases } from "./judge.ts";
import { lookAtMessages, nextMessageLook } from "./messages.ts";
import { withinHours } from "./slots.ts";

export const NAME = "replies";
type ReplyPart = "comments" | "messages";

const PARTS: Record<ReplyPart, { channel: ReplyChannel; look(visit: Visit): Promise<Look> }> = {
  comments: { channel: "comment", look: lookAtComments },
  messages: { channel: "message", look: lookAtMessages },
};

/** `skipped`: nothing was due. `complete`: all that was due was seen, whatever faults there were besides. */
export interface Look {
  state: "skipped" | "complete" | "partial";
  errors: PlatformError[];
  /** What the account has no permission for, besides. */
  unavailable?: VisitOutcome["unavailable"];
}

function coverage(visit: Visit, part: string, state: Coverage["state"], code: string | null): Coverage {
  // With an age each look of the day replaces the one before, also one that saw everything.
  return { part, day: dayOf(visit.now), state, code, age: 0, fetchedAt: visit.now };
}

async function visitReplies(visit: Visit): Promise<VisitOutcome> {
  const outcome: VisitOutcome = { delayed: false, errors: [], unavailable: [], touched: [] };
  const opensAt = withinHours(visit.account.code, visit.now);
  // Who names an account wants its answer now.
  if (opensAt > visit.now && !visit.recheck) return { ...outcome, unasked: true, returnAt: opensAt };
  for (const [part, { channel, look }] of Object.entries(PARTS)) {
    try {
      const { state, errors, unavailable = [] } = await look(visit);
      outcome.errors.push(...errors);
      outcome.unavailable.push(...unavailable);
      if (state === "skipped") continue;
      const [error] = state === "complete" ? [] : errors;
      const row = coverage(
        visit,
        part,
        state === "complete" ? "final" : error ? "failed" : "provisional",
        error?.code ?? null,
      );
      await visit.save((trx) => visit.saveCoverage(trx, [row]));
    } catch (error) {
      if (!(error instanceof PlatformError) || error.scope === "account") throw error;
      const refused = error.scope === "permission" || error.scope === "function";
      const row = coverage(visit, part, refused ? "unavailable" : "failed", error.code);
      await visit.save(async (trx) => {
        await visit.saveCoverage(trx, [row]);
        if (!refused) return;
        const state = error.scope === "function" ? "absent" : null;
        await saveChannelState(trx, visit.account.id, channel, { state, code: error.code, checkedAt: visit.now });
      });
      // That an account has no such function is nobody's to mend.
      if (error.scope === "permission") outcome.unavailable.push({ part, code: error.code, reason: error.reason });
      else if (!refused) outcome.errors.push(error);
    }
  }
  const next = [await nextCommentLook(visit), await nextMessageLook(visit)].map((time) => time.getTime());
  return { ...outcome, returnAt: new Date(Math.min(...next)) };
}

/**
 * How fast citizens are answered: comments under articles, and conversations with customer service. Both only between
 * 07:00 and 23:00; of what people wrote nothing is kept but times, keyed hashes, lengths and one flag.
 */
export const replies: Collector = {
  name: NAME,
  visit: visitReplies,
  failureCoverage: (visit, error) => Object.keys(PARTS).map((part) => coverage(visit, part, "failed", error.code)),
  async settle(visit, trx) {
    await judgeCases(trx, [visit.account.id], await visit.calendar(trx), visit.ruleSets);
  },
  nextVisit(visit, outcome, history) {
    const waits = waitsAfterFaults(visit.account.code, outcome, history, visit.now);
    const times = [...waits, ...(outcome.returnAt ? [outcome.returnAt] : [])].map((time) => time.getTime());
    return withinHours(visit.account.code, new Date(Math.min(...times)));
  },
};
