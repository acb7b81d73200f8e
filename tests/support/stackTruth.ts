import { SEVERITIES, type Severity } from "../../src/model.ts";
import type { RobotTry } from "./robots.ts";
import type { StateName } from "./stackCounty.ts";

/** From when on, and until when at the latest it had begun: a store that is away takes the change later. */
export interface Period {
  state: StateName;
  from: number;
  settled: number;
}

/** What a contact read about one account; null = that it is over. */
export interface Told {
  at: number;
  level: Severity | null;
  /** The same for each try to tell the same. */
  id: string | null;
}

const LEVELS: Record<StateName, Severity | null> = {
  ...{ fine: null, info: "info", warning: "warning", critical: "critical" },
  ...{ unproven: "warning", blind: null },
};
export const levelOf = (state: StateName): Severity | null => LEVELS[state];
export const rankOf = (level: Severity | null): number => (level === null ? -1 : SEVERITIES.indexOf(level));

interface HookItem {
  heading: string;
  severity: Severity | null;
  lines: string[];
}

/** What messages to plain webhooks say of each name about its deadline; of other alerts nothing. */
export function toldOf(messages: readonly RobotTry[], names: readonly string[]): Map<string, Told[]> {
  const told = new Map<string, Told[]>(names.map((name) => [name, []]));
  for (const { at, body, id } of messages) {
    const { title, items } = JSON.parse(body) as { title: string; items: HookItem[] };
    for (const { heading, severity, lines } of items) {
      // A message about one account has its subject in the title.
      const subject = items.length === 1 ? `${title} ${heading}` : heading;
      if (!/更新期限|更新提醒/.test(subject)) continue;
      const text = [heading, ...lines].join("\n");
      for (const [name, list] of told) if (text.includes(name)) list.push({ at, level: severity, id });
    }
  }
  for (const list of told.values()) list.sort((left, right) => left.at - right.at);
  return told;
}

export interface Margins {
  /** A state that lasts so long is told before it ends. */
  toldWithinMs: number;
  /** What was true so long ago may still be under way. */
  underWayMs: number;
  /** The contact is told from this level on. */
  least: Severity;
}

export interface Verdict {
  /** States that lasted long enough to be told. */
  expected: number;
  lost: string[];
  /** Told though nothing changed since it was told the same. */
  twice: { firstAt: number; at: number; text: string }[];
  /** Told though the data did not bear it out, or nobody could see. */
  unsupported: string[];
}

/** Compares what one contact was told of one account with what was so. `from` in `periods` ascends. */
export function judge(
  name: string,
  periods: readonly Period[],
  told: readonly Told[],
  { toldWithinMs, underWayMs, least }: Margins,
  endedAt: number,
): Verdict {
  const verdict: Verdict = { expected: 0, lost: [], twice: [], unsupported: [] };
  const say = ({ at, level }: Told) => `${name} ${level ?? "resolved"} at ${new Date(at).toISOString()}`;
  const until = (index: number) => periods[index + 1]?.from ?? endedAt;
  const settledUntil = (index: number) => periods[index + 1]?.settled ?? endedAt;
  for (const [index, { state, settled }] of periods.entries()) {
    const level = levelOf(state);
    if (rankOf(level) < rankOf(least) || until(index) - settled < toldWithinMs) continue;
    verdict.expected += 1;
    // An end that went unheard is told late: then the level from before still stands.
    const last = told.filter(({ at }) => at < until(index)).at(-1);
    if (!last || rankOf(last.level) < rankOf(level)) {
      verdict.lost.push(
        `${name} ${state} from ${new Date(settled).toISOString()} (heard ${last ? say(last) : "nothing"})`,
      );
    }
  }
  for (const [index, message] of told.entries()) {
    const { at, level } = message;
    const before = told[index - 1];
    const during = (since: number) =>
      periods.filter(({ from }, place) => from <= at && settledUntil(place) >= since - underWayMs);
    const meanwhile = during(level === null && before ? before.at : at).map(({ state }) => state);
    // Only who heard of it hears that it is over, and only when it was.
    const borneOut =
      level === null
        ? before !== undefined && (before.level === null || meanwhile.includes("fine"))
        : meanwhile.some((state) => rankOf(levelOf(state)) >= rankOf(level));
    if (!borneOut) verdict.unsupported.push(`${say(message)}, was ${meanwhile.join(" and ")}`);
    if (!before || before.level !== level) continue;
    const changed = periods.some(({ from, settled }) => settled >= before.at - underWayMs && from <= at);
    if (!changed || (before.id !== null && before.id === message.id))
      verdict.twice.push({ firstAt: before.at, at, text: say(message) });
  }
  return verdict;
}
