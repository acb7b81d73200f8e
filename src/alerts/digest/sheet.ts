import { z } from "zod";

const count = z.int().min(0);
const instant = z.iso.datetime().pipe(z.coerce.date());
const day = z.iso.date();

/** `passed`: the data prove it. `reached`: by the clock, and the data do not reach that far yet. */
const deadline = z.strictObject({
  at: instant,
  state: z.enum(["ahead", "reached", "passed"]),
  lastPublishedAt: instant.nullable(),
});
const replies = z.strictObject({ overdue: count, dueLater: count, asOf: instant });
const unseen = z.strictObject({ dataUntil: instant.nullable(), reason: z.string().nullable() });

/** What is to be said of one account; what is null needs nobody's hand. */
const concern = z.strictObject({
  code: z.string(),
  /** In one line, cut; so are the other texts. */
  name: z.string(),
  department: z.string(),
  departmentName: z.string(),
  deadline: deadline.nullable(),
  replies: replies.nullable(),
  /** What is wrong and what to do. */
  fault: z.string().nullable(),
  /** Nobody can see the account; then nothing else is said of it. */
  unseen: unseen.nullable(),
});
export type Concern = z.output<typeof concern>;

/** Accounts that are bound to publish, each counted once but for `late`. */
const county = z.strictObject({
  judged: count,
  fine: count,
  due: count,
  passed: count,
  unseen: count,
  /** Seen, but yesterday is not final. */
  late: count,
  /** So many cannot be seen that the installation itself must be at fault. */
  stalled: z.boolean(),
});
export type CountyCounts = z.output<typeof county>;

/** What one recipient's digest says, as it was when it was made. */
const sheet = z.strictObject({
  day,
  madeAt: instant,
  /** The data of each account that can be seen reach at least up to here; null = none can be seen. */
  asOf: instant.nullable(),
  daysOff: z.strictObject({ from: day, to: day, days: count, resumesOn: day }).nullable(),
  boardsUrl: z.string().nullable(),
  /** Null: of a department's contact. */
  county: county.nullable(),
  concerns: z.array(concern),
  /** Parts that were accepted while the rest waits, by their ids. */
  accepted: z.array(z.string()).optional(),
});
export type Sheet = z.output<typeof sheet>;

/** Null for what another version may have stored. */
export function readSheet(stored: unknown): Sheet | null {
  return sheet.safeParse(stored).data ?? null;
}

/** What somebody has read already of the letter that these sheets make. */
export function acceptedParts(stored: readonly unknown[]): Set<string> {
  return new Set(stored.flatMap((one) => readSheet(one)?.accepted ?? []));
}
