import { setTimeout as sleep } from "node:timers/promises";
import { addDays, dayOf } from "../../calendar.ts";
import { claimSlots, closedUntil, type Pace } from "../../store/pageBucket.ts";
import { type PageTarget, waitingAccounts } from "../../store/pages.ts";
import type { Visit } from "../collector.ts";

export const PAGES_PER_VISIT = 10;
/** No visit claims slots farther ahead, so that none holds its worker for long. */
const PATIENCE_MS = 60_000;
/** Visits wait no farther ahead than this many slots, so that no more of them hold a worker to wait. */
const SLOTS_AHEAD = 3;
const SHORTEST_HORIZON_MS = 1_000;
/**
 * A slot that is reached later is lost. Slots are farther apart by as much, so that pages never come closer than the
 * interval: longer where the database answers slowly, as its answers stand between a slot and its page.
 */
const LATENESS_MS = 100;
const LATENESS_TRIPS = 3;
const TIMER_MS = 50;
/** Articles of these days are new: those who have some never looked at go before all others. */
const FRESH_DAYS = 2;

/** On this process's monotonic clock, in milliseconds. */
export interface Slot {
  /** The last moment for a question to the database that must be answered by `from`. */
  askAt: number;
  from: number;
  until: number;
}

export interface Turn {
  /** None: nothing may be read now. */
  slots: Slot[];
  /** When to come back for slots; null = that does not depend on them. */
  againAt: Date | null;
}

export function paceOf(intervalSeconds: number, latenessMs = LATENESS_MS): Pace {
  const spacingMs = intervalSeconds * 1000 + latenessMs;
  return {
    spacingMs,
    horizonMs: Math.min(PATIENCE_MS, Math.max(SHORTEST_HORIZON_MS, SLOTS_AHEAD * spacingMs)),
    maxSlots: Math.min(PAGES_PER_VISIT, 1 + Math.floor(PATIENCE_MS / spacingMs)),
  };
}

/**
 * Slots for the targets, or when to come back for some. Those who come back draw a moment within the time that all
 * who wait need together, so that as many return as there are slots, whether ten wait or a thousand. After `missed`
 * turns whose slots all passed unused it is one slot, with more time.
 */
export async function takeTurn(visit: Visit, targets: PageTarget[], missed: number): Promise<Turn> {
  const now = visit.pagePorts.now();
  const startedAt = performance.now();
  if (targets.length === 0 || (await closedUntil(visit.db, now))) return { slots: [], againAt: null };
  if (visit.pageIntervalSeconds === 0) {
    return { slots: targets.map(() => ({ askAt: 0, from: 0, until: Number.POSITIVE_INFINITY })), againAt: null };
  }
  const freshFrom = addDays(dayOf(now), -FRESH_DAYS);
  const fresh = targets.filter((target) => isFresh(target, freshFrom)).length;
  const closureReadAt = performance.now();
  const others = await waitingAccounts(visit.db, visit.account.id, "pages", { now, freshFrom });
  // The first question may include the connection's start, the second one is long.
  const tripMs = Math.min(closureReadAt - startedAt, performance.now() - closureReadAt);
  const latenessMs = Math.max(LATENESS_MS, LATENESS_TRIPS * tripMs + TIMER_MS) * 2 ** missed;
  const pace = paceOf(visit.pageIntervalSeconds, latenessMs);
  const later = (busyMs: number, accounts: number) => ({
    slots: [],
    againAt: new Date(now.getTime() + busyMs + spread(accounts, pace)),
  });
  // Who asked for this account by name waits for nobody.
  const wanted = others.fresh > 0 && !visit.recheck ? fresh : targets.length;
  if (wanted === 0) return later(0, others.all);

  const count = missed > 0 ? 1 : Math.min(wanted, pace.maxSlots);
  const askedAt = performance.now();
  const claim = await claimSlots(visit.db, pace, count, now);
  const answeredAt = performance.now();
  if (claim.outcome === "closed") return { slots: [], againAt: null };
  if (claim.outcome === "busy") {
    return later(Math.max(0, claim.freeInMs - pace.horizonMs), fresh > 0 ? others.fresh : others.all);
  }
  // The statement ran at some moment between question and answer.
  const slots = Array.from({ length: count }, (_, index) => {
    const afterMs = claim.waitMs + index * pace.spacingMs;
    const from = answeredAt + afterMs;
    return { askAt: from - latenessMs, from, until: askedAt + afterMs + latenessMs };
  });
  return { slots, againAt: null };
}

/** A moment after `from` for a visit that has more to read, among all others that will wait then. */
export async function comeBack(visit: Visit, from: Date): Promise<Date> {
  if (visit.pageIntervalSeconds === 0) return from;
  const freshFrom = addDays(dayOf(from), -FRESH_DAYS);
  const others = await waitingAccounts(visit.db, visit.account.id, "pages", { now: from, freshFrom });
  return new Date(from.getTime() + spread(others.all, paceOf(visit.pageIntervalSeconds)));
}

/** Waits for a moment of this process's monotonic clock. */
export async function reach(moment: number, signal: AbortSignal): Promise<void> {
  const waitMs = moment - performance.now();
  // Timers may fire a millisecond early.
  if (waitMs > 0) await sleep(Math.ceil(waitMs) + 1, undefined, { signal });
}

const isFresh = (target: PageTarget, freshFrom: string) =>
  target.lookedAt === null && target.dueAt === null && target.publishDate >= freshFrom;

const spread = (accounts: number, pace: Pace) => Math.random() * accounts * pace.spacingMs;
