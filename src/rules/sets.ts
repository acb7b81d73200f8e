import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { OfficeHours } from "../calendar/working.ts";

/** One dated set of supervision rules; provinces and counties re-issue theirs, so accounts name the set they are under. */
export interface RuleSet {
  id: string;
  name: string;
  effectiveFrom: string;
  source: string;
  /** Natural days within which an account must publish. */
  updateIntervalDays: number;
  /** Whether what was published without notifying followers counts as an update. */
  unnotifiedCounts: boolean;
  replies: ReplyRules;
}

/** How soon citizens are to be answered. */
export interface ReplyRules {
  officeHours: OfficeHours;
  /** Working days after the day of receipt; ascending. */
  days: { warn: number; amber: number; red: number; overdue: number };
  /** A text is an automatic greeting when that many persons got it within the seconds after their messages. */
  greeting: { seconds: number; persons: number };
}

export type RuleSets = ReadonlyMap<string, RuleSet>;

export const DEFAULT_RULE_SET = "national-2019";

const time = (pattern: RegExp) => z.string().regex(pattern, "expected HH:MM");
const officeHours = z
  .array(
    z.strictObject({
      from: time(/^([01]\d|2[0-3]):[0-5]\d$/),
      to: time(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/),
    }),
  )
  .min(1)
  .refine((hours) => ascending(hours.flatMap(({ from, to }) => [from, to])), "expected times that ascend, none twice");
const workingDays = (fallback: number) => z.int().min(1).max(60).default(fallback);
const replies = z
  .strictObject({
    office_hours: officeHours.default([
      { from: "09:00", to: "12:00" },
      { from: "14:00", to: "18:00" },
    ]),
    days: z
      .strictObject({ warn: workingDays(1), amber: workingDays(3), red: workingDays(5), overdue: workingDays(10) })
      .refine(
        ({ warn, amber, red, overdue }) => ascending([warn, amber, red, overdue]),
        "expected warn, amber, red, overdue to ascend",
      )
      .prefault({}),
    greeting: z
      .strictObject({ seconds: z.int().min(1).max(300).default(10), persons: z.int().min(2).max(1000).default(5) })
      .prefault({}),
  })
  .transform(({ office_hours, ...rest }) => ({ officeHours: office_hours, ...rest }));

function ascending<Value>(values: readonly Value[]): boolean {
  return values.every((value, index) => index === 0 || (values[index - 1] as Value) < value);
}

const schema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]{1,40}$/),
    name: z.string().min(1),
    effective_from: z.iso.date(),
    source: z.string().min(1),
    update_interval_days: z.int().min(1).max(366),
    unnotified_counts: z.boolean().default(true),
    replies: replies.prefault({}),
  })
  .transform((set) => ({
    id: set.id,
    name: set.name,
    effectiveFrom: set.effective_from,
    source: set.source,
    updateIntervalDays: set.update_interval_days,
    unnotifiedCounts: set.unnotified_counts,
    replies: set.replies,
  }));

function readSet(file: string): RuleSet {
  const result = schema.safeParse(parse(readFileSync(file, "utf8")));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${file}: ${issue?.path.join(".") || "the file"}: ${issue?.message ?? "not a rule set"}`);
}

const shipped = join(import.meta.dirname, "sets");

/** The shipped sets and those of `directory`; a set there replaces the shipped one of the same id. */
export function loadRuleSets(directory?: string): RuleSets {
  const files = [shipped, ...(directory ? [directory] : [])].flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .map((file) => join(folder, file)),
  );
  return new Map(files.map(readSet).map((set) => [set.id, set]));
}
