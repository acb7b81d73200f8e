import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

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
}

export type RuleSets = ReadonlyMap<string, RuleSet>;

export const DEFAULT_RULE_SET = "national-2019";

const schema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]{1,40}$/),
    name: z.string().min(1),
    effective_from: z.iso.date(),
    source: z.string().min(1),
    update_interval_days: z.int().min(1).max(366),
    unnotified_counts: z.boolean().default(true),
  })
  .transform((set) => ({
    id: set.id,
    name: set.name,
    effectiveFrom: set.effective_from,
    source: set.source,
    updateIntervalDays: set.update_interval_days,
    unnotifiedCounts: set.unnotified_counts,
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
