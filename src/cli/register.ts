import { z } from "zod";
import { KINDS, LIFECYCLES } from "../model.ts";
import { PLATFORM_NAMES } from "../platforms/names.ts";
import type { RuleSets } from "../rules/sets.ts";
import type { RegisterEntry } from "../store/register.ts";

/** One row of a register file, as text by column; `line` is where a person finds it. */
export interface RegisterRow {
  line: number;
  values: Record<string, string>;
}

export interface RegisterFault {
  line: number;
  column: string | null;
  message: string;
}

export interface CheckedRow {
  line: number;
  department: { code: string; name: string | undefined };
  entry: RegisterEntry;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const text = z.string().regex(/^[^\u0000-\u001f\u007f]*$/u, "must not hold control characters");
const code = z.string().regex(/^[a-z0-9-]{1,40}$/, "expected 1 to 40 of a-z, 0-9 and -");
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `expected one of ${values.join(", ")}` });

/** Every column of the register with its rule. */
const COLUMNS = {
  department_code: code,
  department_name: text,
  account_code: code,
  account_name: text,
  platform: oneOf(PLATFORM_NAMES),
  kind: oneOf(KINDS),
  app_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected an AppID such as wx1a2b3c4d5e6f7a8b"),
  app_secret: z.string().regex(/^[\x21-\x7e]{1,512}$/, "expected an AppSecret without spaces"),
  original_id: z.string().regex(/^(gh_[\w-]{1,40})?$/, "expected an original ID such as gh_1a2b3c4d5e6f"),
  lifecycle: oneOf(LIFECYCLES),
  rule_set: code,
  contact_name: text,
  contact_channel: text,
  contact_target: text.refine(
    (value) => !/^https?:/i.test(value),
    "expected a user id, mobile number or mail address, not a web address",
  ),
  opened_on: z.iso.date({ error: "expected a date as YYYY-MM-DD" }),
} as const;

export type Column = keyof typeof COLUMNS;
export const REGISTER_COLUMNS = Object.keys(COLUMNS) as Column[];
const REQUIRED: Column[] = ["department_code", "account_code", "account_name", "app_id"];

/** Null when the value is good, else what was expected. */
export function checkValue(column: Column, value: string, ruleSets: RuleSets): string | null {
  const result = COLUMNS[column].safeParse(value);
  if (!result.success) return result.error.issues[0]?.message ?? "not valid";
  if (column === "rule_set" && !ruleSets.has(value)) return `expected one of ${[...ruleSets.keys()].join(", ")}`;
  return null;
}

/** Columns to the fields of an entry; an empty value counts as not given. */
export function toEntry(account: string, values: Partial<Record<Column, string>>): RegisterEntry {
  const fields = {
    department: values.department_code,
    name: values.account_name,
    platform: values.platform,
    kind: values.kind,
    appId: values.app_id,
    originalId: values.original_id,
    lifecycle: values.lifecycle,
    ruleSet: values.rule_set,
    contactName: values.contact_name,
    contactChannel: values.contact_channel,
    contactTarget: values.contact_target,
    openedOn: values.opened_on,
    secret: values.app_secret,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
  return { code: account, ...Object.fromEntries(given) };
}

/** Checks all rows and reports all faults; values are never part of a fault, as a column may have slipped. */
export function checkRows(rows: RegisterRow[], ruleSets: RuleSets): { checked: CheckedRow[]; faults: RegisterFault[] } {
  const faults: RegisterFault[] = [];
  const checked: CheckedRow[] = [];
  const seen = { account_code: new Map<string, number>(), app_id: new Map<string, number>() };
  for (const { line, values } of rows) {
    const before = faults.length;
    for (const column of REQUIRED) {
      if (!values[column]) faults.push({ line, column, message: "is missing" });
    }
    for (const [column, value] of Object.entries(values)) {
      if (value === "") continue;
      const problem =
        column in COLUMNS ? checkValue(column as Column, value, ruleSets) : `is no column of the register`;
      if (problem) faults.push({ line, column, message: problem });
    }
    for (const column of ["account_code", "app_id"] as const) {
      const value = values[column] ?? "";
      // A closed account and its successor may share an AppID.
      if (column === "app_id" && values.lifecycle === "closed") continue;
      const first = seen[column].get(value);
      if (value && first !== undefined) faults.push({ line, column, message: `stands in line ${first} already` });
      else seen[column].set(value, line);
    }
    if (faults.length > before) continue;
    checked.push({
      line,
      department: { code: values.department_code ?? "", name: values.department_name || undefined },
      entry: toEntry(values.account_code ?? "", values),
    });
  }
  return { checked, faults };
}
