import { stateOf, type TruthCase } from "./replyTruth.ts";
import { dayNumber, deadlines, midnight, workedSeconds } from "./workedTime.ts";

// What the figures about cases must be, by their definitions alone: nothing of the program is used. Unix seconds.

export interface Waiting {
  seconds: number;
  answered: boolean;
}

/** Where the Kaplan-Meier estimate of the answered share reaches `level`; null = it does not. */
export function reachedAt(cases: Waiting[], level: number): number | null {
  const times = [...new Set(cases.filter(({ answered }) => answered).map(({ seconds }) => seconds))].sort(
    (a, b) => a - b,
  );
  let waiting = 1;
  for (const [index, time] of times.entries()) {
    const atRisk = cases.filter(({ seconds }) => seconds >= time).length;
    const answered = cases.filter((entry) => entry.answered && entry.seconds === time).length;
    waiting *= 1 - answered / atRisk;
    const missing = level - (1 - waiting);
    if (missing > 1e-8) continue;
    if (missing < -1e-8) return time;
    // Flat at the very level: the middle of the flat part.
    const end = times[index + 1] ?? Math.max(...cases.map(({ seconds }) => seconds));
    return (time + end) / 2;
  }
  return null;
}

/** Cases received on the last 30 days, today included. */
export function inWindow(cases: TruthCase[], now: number): TruthCase[] {
  const start = midnight(dayNumber(now) - 29);
  return cases.filter(({ received }) => received >= start);
}

export interface Percentiles {
  p50_seconds: number | null;
  p50_over_seconds: number | null;
  p90_seconds: number | null;
  p90_over_seconds: number | null;
}

const FEWEST = 10;

/** Of the question cases that are not excluded; null with too few of them, or where a time is not known. */
export function percentilesOf(cases: TruthCase[], clock: "calendar" | "working", now: number): Percentiles | null {
  const wanted = inWindow(cases, now).filter((entry) => entry.question && !entry.vanished);
  const times = wanted.map(({ received, reply }) => ({
    seconds: clock === "calendar" ? (reply ?? now) - received : workedSeconds(received, reply ?? now),
    answered: reply !== null,
  }));
  const known = times.flatMap(({ seconds, answered }) => (seconds === null ? [] : { seconds, answered }));
  if (known.length < times.length || known.length < FEWEST) return null;
  const longest = Math.max(...known.map(({ seconds }) => seconds));
  const [p50, p90] = [reachedAt(known, 0.5), reachedAt(known, 0.9)];
  return {
    p50_seconds: p50,
    p50_over_seconds: p50 === null ? longest : null,
    p90_seconds: p90,
    p90_over_seconds: p90 === null ? longest : null,
  };
}

/** The counts of one account, department or county. */
export function countsOf(all: TruthCase[], now: number) {
  const cases = inWindow(all, now);
  const states = Map.groupBy(cases, (entry) => stateOf(entry, now));
  const count = (state: "excluded" | "answered" | "overdue" | "open") => states.get(state)?.length ?? 0;
  const questions = cases.filter((entry) => entry.question && !entry.vanished);
  const waiting = questions.filter(({ reply }) => reply === null);
  const bands = { in_time: 0, warn: 0, amber: 0, red: 0, overdue: 0, unknown: 0 };
  for (const { received } of waiting) {
    const { warn, amber, red, due } = deadlines(received);
    if (due === null) bands.unknown += 1;
    else if (now >= due) bands.overdue += 1;
    else if (red !== null && now >= red) bands.red += 1;
    else if (amber !== null && now >= amber) bands.amber += 1;
    else if (warn !== null && now >= warn) bands.warn += 1;
    else bands.in_time += 1;
  }
  const answeredQuestions = questions.length - waiting.length;
  return {
    received: cases.length - count("excluded"),
    answered: count("answered"),
    open: count("open") + count("overdue"),
    overdue: count("overdue"),
    excluded: count("excluded"),
    questions: questions.length,
    questions_answered: answeredQuestions,
    questions_open: waiting.length,
    reply_rate: questions.length === 0 ? null : answeredQuestions / questions.length,
    open_in_time: bands.in_time,
    open_warn: bands.warn,
    open_amber: bands.amber,
    open_red: bands.red,
    open_overdue: bands.overdue,
    open_unknown: bands.unknown,
  };
}
