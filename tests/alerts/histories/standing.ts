import { supportOf } from "../../../src/alerts/support.ts";
import { SEVERITIES, type Severity } from "../../../src/model.ts";
import type { AccountFacts } from "../../../src/store/alertFacts.ts";
import { type Frame, GRID } from "./play.ts";
import type { Span } from "./posts.ts";
import type { Truths } from "./prometheus.ts";
import type { Told } from "./told.ts";
import { rank } from "./verdict.ts";

/** When which rule fires. */
export type Firing = Record<Severity, Truths> & { blind: Truths };

/** `rules`: what Prometheus and Alertmanager let through; `told`: what of it the relay sends. */
export type Layer = "rules" | "told";

/** What happened to the accounts of a county, over the points of the grid. */
export interface Course {
  span: Span;
  frames: readonly Frame[];
  told: ReadonlyMap<string, Told>;
  points: number;
}

/** By point of the grid: which levels stand. */
export type Standing = Record<Severity, boolean[]>;

const ALERT = "AccountPublishDue";
/** The alert is not judged by it. */
const COUNTY = { judged: 1, blind: 0, rejected: 0 };

/** What was stored of the account, by point of the grid. */
export function factsByPoint({ frames, span, points }: Course, code: string): (AccountFacts | undefined)[] {
  const facts: (AccountFacts | undefined)[] = [];
  let frame = 0;
  for (let point = 0; point < points; point++) {
    while ((frames[frame + 1]?.at ?? Number.POSITIVE_INFINITY) <= span.from + point * GRID) frame += 1;
    facts.push(frames[frame]?.facts.get(code));
  }
  return facts;
}

/** AccountBlind inhibits, as in Alertmanager; in the layer `told` the relay looks at the stored facts once more. */
export function standingOf(
  firing: Firing,
  layer: Layer,
  { code, facts, from }: { code: string; facts: readonly (AccountFacts | undefined)[]; from: number },
): Standing {
  const blind = firing.blind.get(code);
  const isSupported = (level: Severity, known: AccountFacts | undefined, point: number) => {
    if (known === undefined) return false;
    const support = supportOf(ALERT, known, COUNTY, new Date((from + point * GRID) * 1_000));
    return support.level !== null && rank(support.level) >= rank(level) && !support.inhibited;
  };
  const of = (level: Severity) => {
    const fires = firing[level].get(code);
    return facts.map(
      (known, point) =>
        fires?.[point] === 1 && blind?.[point] !== 1 && (layer === "rules" || isSupported(level, known, point)),
    );
  };
  return { info: of("info"), warning: of("warning"), critical: of("critical") };
}

export const standsAtLeast = (standing: Standing, level: Severity, point: number): boolean =>
  SEVERITIES.some((higher) => rank(higher) >= rank(level) && standing[higher][point]);
