import { SEVERITIES, type Severity } from "../../../src/model.ts";
import type { AccountFacts } from "../../../src/store/alertFacts.ts";
import { BLIND_AFTER, deadlines, goodVisits, LEAD, postWithin, toldUntil } from "./oracle.ts";
import { GRID } from "./play.ts";
import { HOUR, startOfDay } from "./posts.ts";
import {
  type Course,
  type Firing,
  factsByPoint,
  type Layer,
  type Standing,
  standingOf,
  standsAtLeast,
} from "./standing.ts";
import type { Told } from "./told.ts";
import { emptyVerdict, type Verdict } from "./verdict.ts";

/** After a visit: its scrape, and the `for` of the rules. */
const SLACK_POINTS = 2;
/** AccountBlind has to hold for so long before it inhibits; the relay needs no such time. */
const BLIND_DELAY: Record<Layer, number> = { told: 0, rules: HOUR + 2 * GRID };

const iso = (at: number) => new Date(at * 1_000).toISOString();
const sentence = (told: Told, level: Severity, at: number, why: string) =>
  `${told.history.code} ${level} ${iso(at)}: ${why}`;

/** Compares what stands with what may stand and with what must. */
export function judge(course: Course, firing: Firing, layer: Layer): Verdict {
  const verdict = emptyVerdict();
  for (const [code, told] of course.told) {
    const facts = factsByPoint(course, code);
    const standing = standingOf(firing, layer, { code, facts, from: course.span.from });
    for (const level of SEVERITIES) findFaults(course, told, { facts, standing, level, layer }, verdict);
    findMissed(course, told, standing, verdict);
  }
  return verdict;
}

interface Stood {
  facts: readonly (AccountFacts | undefined)[];
  standing: Standing;
  level: Severity;
  layer: Layer;
}

/** Looks at every point; a stretch of time counts once, however long it is wrong. */
function findFaults({ span, points }: Course, told: Told, stood: Stood, verdict: Verdict): void {
  const { facts, standing, level, layer } = stood;
  const until = toldUntil(told);
  let named: number | null = null;
  let wrong = false;
  for (let point = 0; point < points; point++) {
    const at = span.from + point * GRID;
    const deadline = facts[point]?.deadlineAt;
    if (deadline) named = deadline.getTime() / 1_000;
    if (!standing[level][point]) {
      wrong = false;
      continue;
    }
    if (!standing[level][point - 1]) verdict.alerts[level] += 1;
    if (wrong) continue;
    const unsupported =
      unseen(at, until(at), BLIND_DELAY[layer]) ?? (level === "critical" ? null : early(told, level, at, span.from));
    const denied = level === "critical" ? posted(told, at, named) : null;
    if (unsupported !== null) verdict.unsupported.push(sentence(told, level, at, unsupported));
    if (denied !== null) verdict.false.push(sentence(told, level, at, denied));
    wrong = unsupported !== null || denied !== null;
  }
}

function unseen(at: number, until: number, delay: number): string | null {
  return at - until > BLIND_AFTER + delay ? `nothing is known since ${iso(until)}` : null;
}

function early(told: Told, level: Severity, at: number, from: number): string | null {
  const left = deadlines(told, at, from).earliest - at;
  return left > LEAD[level] ? `by what was told, ${(left / HOUR).toFixed(2)} h are left` : null;
}

function posted(told: Told, at: number, named: number | null): string | null {
  if (named === null) return "no deadline";
  if (named > at) return `the deadline ${iso(named)} lies ahead`;
  const post = postWithin(told, named);
  return post ? `deadline ${iso(named)}, posted ${iso(post.at)}` : null;
}

/** What was due at a good visit and nobody said: by the next one when only data can tell it, else by the same one. */
function findMissed({ span, points }: Course, told: Told, standing: Standing, verdict: Verdict): void {
  const until = toldUntil(told);
  const visits = goodVisits(told, span.from);
  const latest = (at: number) => deadlines(told, at, span.from).latest;
  const pointAfter = (at: number) => Math.ceil((at - span.from) / GRID) + SLACK_POINTS;
  for (const [index, visit] of visits.entries()) {
    const before = visits[index - 1];
    const point = pointAfter(visit);
    if (before === undefined || point >= points || visit - until(visit) >= BLIND_AFTER) continue;
    const deadline = latest(visit);
    // What was told meanwhile ends the claim.
    if (deadline !== latest(before) || deadline !== latest(span.from + point * GRID)) continue;
    for (const level of SEVERITIES) {
      const isDue = level === "critical" ? deadline <= startOfDay(before) : deadline - visit <= LEAD[level];
      if (!isDue) continue;
      verdict.expected[level] += 1;
      if (!standsAtLeast(standing, level, point)) {
        verdict.missed.push(sentence(told, level, visit, `due ${iso(deadline)}`));
      }
      if (level === "critical" && standsAtLeast(standing, level, pointAfter(before))) verdict.atOnce += 1;
    }
  }
}
