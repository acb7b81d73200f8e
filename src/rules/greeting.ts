import type { ReplyRules } from "./sets.ts";

export type GreetingRules = ReplyRules["greeting"];

/** Of all uses that could answer somebody, so many must be fast before a text is learned to be a robot's, */
const LEARNED_SHARE = 0.8;
/** and it stays one until fewer are: a share about the one limit would open and end its cases time and again. */
const KEPT_SHARE = 0.5;

/**
 * The widest that a rule set may say. A text that no rules can make automatic is not remembered; any other one is, so
 * that other rules reach it without another look at all texts.
 */
export const WIDEST_RULES: GreetingRules = { seconds: 300, persons: 2 };

/** How one text is used by staff, or by a robot in their name. */
export interface TextHabit {
  /** Uses after a message of the person; what is sent unasked answers nobody and tells nothing. */
  answers: number;
  /** Answers within the rule's seconds. */
  withinSeconds: number;
  /** Different persons who got it within the rule's seconds. */
  persons: number;
}

/**
 * Whether the text is automatic: learned when enough different persons got it within seconds after their message and at
 * least four fifths of its answers were that fast; unlearned when less than half of them are. What was `learned`, by the
 * same rules, stays so while fewer uses are kept. "[image]" and the like are texts as all others: where nearly all of an
 * account's images come within seconds, a robot sends them.
 */
export function isAutomatic(habit: TextHabit, rules: GreetingRules, learned: boolean): boolean {
  const { answers, withinSeconds, persons } = habit;
  if (learned) return withinSeconds >= answers * KEPT_SHARE;
  return persons >= rules.persons && withinSeconds >= answers * LEARNED_SHARE;
}
