import type { RobotTry } from "./robots.ts";

/** The most messages that one robot took within any span of this length. */
export function mostWithin(messages: readonly Pick<RobotTry, "at">[], spanMs: number): number {
  const times = messages.map(({ at }) => at).sort((a, b) => a - b);
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + spanMs).length));
}

/** How often each of the names stands in messages, each message counting once. */
export function namedIn(messages: readonly Pick<RobotTry, "content">[], names: readonly string[]): Map<string, number> {
  return new Map(names.map((name) => [name, messages.filter(({ content }) => content.includes(name)).length]));
}
