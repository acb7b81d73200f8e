/** What was switched when: the newest value set at or before a second holds. */
export interface Timeline<T> {
  first: T;
  changes: { sinceSeconds: number; value: T }[];
}

export function timeline<T>(first: T): Timeline<T> {
  return { first, changes: [] };
}

export function valueAt<T>({ first, changes }: Timeline<T>, seconds: number): T {
  const change = changes.findLast(({ sinceSeconds }) => sinceSeconds <= seconds);
  return change === undefined ? first : change.value;
}

/** Forgets what was to hold later. */
export function setSince<T>(line: Timeline<T>, sinceSeconds: number, value: T): void {
  line.changes = [...line.changes.filter((change) => change.sinceSeconds < sinceSeconds), { sinceSeconds, value }];
}

/**
 * What the list of comments gets wrong: none of the comments that it counts, those of the day's first article for each
 * of the day, or another order in every answer.
 */
export const commentTraps = ["total_zero", "same_for_day", "shifting"] as const;
export type CommentTrap = (typeof commentTraps)[number];

/** What lets citizens write to an account, and what stands between them and its staff. */
export interface Functions {
  comments: Timeline<boolean>;
  customerService: Timeline<boolean>;
  /** Messages go to the account's own server instead of its customer service. */
  callback: Timeline<boolean>;
  /** The robot's first answer to everybody; null is no robot. */
  greeting: Timeline<string | null>;
  /** The robot knows keywords, too. */
  keywords: boolean;
  /** The robot says its greeting to whoever follows, too, unasked. */
  greetsFollowers: boolean;
  /** Articles that were published without notice can be commented on. */
  silentComments: boolean;
}
