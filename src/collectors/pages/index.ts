import { dayOf } from "../../calendar.ts";
import type { Coverage } from "../../model.ts";
import { closedUntil } from "../../store/pageBucket.ts";
import { nextLook, type PageTarget, pagesToRead } from "../../store/pages.ts";
import { readVisit } from "../../store/visit.ts";
import type { Collector, Visit } from "../collector.ts";
import { backoffMinutes, type VisitOutcome } from "../schedule.ts";
import { CAPTCHA, isOfTheWay, slotsMissed } from "./faults.ts";
import { type Reading, readPages } from "./read.ts";
import { comeBack, PAGES_PER_VISIT, type Turn, takeTurn } from "./turn.ts";

/** Collectors that bring new articles, whose pages are wanted soon after. */
const BRINGERS = ["statistics", "publications"];
const FOLLOW_MS = 5 * 60_000;
const LONGEST_FOLLOW_MS = 60 * 60_000;
const IDLE_MS = 6 * 60 * 60_000;
/** Turns of one visit, when no slot of those before was reached in time. */
const MAX_TURNS = 3;

/** `delayed` = more is due than there were slots for. */
async function visitPages(visit: Visit): Promise<VisitOutcome> {
  const { db, account, pagePorts } = visit;
  const targets = await pagesToRead(db, account.id, pagePorts.now(), PAGES_PER_VISIT);
  const { turn, reading } = await readInTurn(visit, targets);
  const errors = reading?.missed ? [slotsMissed(visit)] : (reading?.errors ?? []);

  const now = pagePorts.now();
  const next = await nextLook(db, account.id, now);
  const left = next !== null && next <= now;
  const returnAt = left
    ? (turn.againAt ?? (await comeBack(visit, (await closedUntil(db, now)) ?? now)))
    : await nextOccasion(visit, next, now);
  // A visit that had nothing to read, or was not let in, says nothing about the day.
  if (reading) {
    const state = errors.length > 0 ? "failed" : left ? "provisional" : "final";
    await visit.save((trx) => visit.saveCoverage(trx, [coverage(visit, state, errors[0]?.code ?? null)]));
  }
  return { delayed: left && !errors.some(isOfTheWay), errors, unavailable: [], touched: [], returnAt };
}

/** The last turn, and what was read; null without a turn. */
async function readInTurn(visit: Visit, targets: PageTarget[]): Promise<{ turn: Turn; reading: Reading | null }> {
  let reading: Reading | null = null;
  for (let missed = 0; ; missed += 1) {
    const turn = await takeTurn(visit, targets, missed);
    if (turn.slots.length === 0) return { turn, reading };
    reading = await readPages(visit, targets, turn.slots);
    if (!reading.missed || missed + 1 === MAX_TURNS) return { turn, reading };
    visit.log.warn({ slots: turn.slots.length }, "every slot was missed");
  }
}

/** The next look, or soon after a visit that may bring new articles; one that is overdue is waited for ever longer. */
async function nextOccasion(visit: Visit, next: Date | null, now: Date): Promise<Date> {
  const bringers = await Promise.all(BRINGERS.map((name) => readVisit(visit.db, visit.account.id, name)));
  const times = bringers.flatMap((bringer) => {
    if (!bringer) return [];
    const due = bringer.dueAt.getTime();
    const lateMs = now.getTime() - due;
    return [Math.max(due, now.getTime()) + Math.min(Math.max(FOLLOW_MS, lateMs), LONGEST_FOLLOW_MS)];
  });
  if (next) times.push(next.getTime());
  return new Date(Math.min(...times, now.getTime() + IDLE_MS));
}

const coverage = (visit: Visit, state: Coverage["state"], code: string | null): Coverage => ({
  part: "pages",
  day: dayOf(visit.now),
  state,
  code,
  fetchedAt: visit.now,
  age: null,
});

export const pages: Collector = {
  name: "pages",
  visit: visitPages,
  failureCoverage: (visit, error) => [coverage(visit, "failed", error.code)],
  async settle() {
    // Each page and the day's coverage are saved by the visit itself.
  },
  nextVisit(visit, outcome, history) {
    const captcha = outcome.errors[0]?.code === CAPTCHA;
    const fault = captcha ? undefined : outcome.errors.find(isOfTheWay);
    if (!fault && outcome.returnAt) return outcome.returnAt;
    const minutes = backoffMinutes(fault?.retry ?? "later", history.failures);
    return new Date(visit.pagePorts.now().getTime() + minutes * 60_000);
  },
};
