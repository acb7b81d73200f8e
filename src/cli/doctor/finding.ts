import type { PlatformError } from "../../errors.ts";
import { UNSETTLED } from "../../model.ts";

/** `unknown`: could not be judged this time; it makes nobody's state worse. */
export type State = "fault" | "warn" | "unknown" | "ok";

/** Who has to act: the account's administrator, who keeps the register, or who runs this program. */
export type Turn = "department" | "county" | "system";

export interface Finding {
  /** In the order in which findings of one weight are told. */
  check: (typeof CHECKS)[number];
  /** The API or collector that it is about; null = the whole account or installation. */
  subject: string | null;
  state: State;
  /** The platform's error number or a short word. One with the state `ok` marks what is worth telling all the same. */
  code: string | null;
  /** Chinese, as `remedy`. */
  detail: string;
  remedy: string | null;
  turn: Turn | null;
}

export const CHECKS = [
  ...["token", "allow_list", "verification", "permission", "quota", "request", "visit", "pages", "curves", "replies"],
  ...["contact", "platform", "planner", "queue", "postgres", "routes"],
] as const satisfies string[];

/** Codes of what is in order: of one account worth telling, in the list of all only noise. */
export const ASIDES = {
  absent: "absent",
  measurable: "measurable",
  unsettled: UNSETTLED,
  learned: "learned",
} as const;

const WEIGHT: Record<State, number> = { fault: 0, warn: 1, unknown: 2, ok: 3 };

/** Error numbers of the platform that the account's administrator mends at the platform. */
const DEPARTMENT_CODES = new Set([
  ...["40001", "40014", "42001", "40125", "40164", "40243", "48001", "48004"],
  ...["50002", "50004", "50007", "61003", "61007", "76022", "89501", "89503", "89506", "89507"],
]);
/** Those that are mended in the register. */
const COUNTY_CODES = new Set(["no_secret", "40013", "61024", "foreign_page"]);
const ALLOW_LIST_CODES = new Set(["40164", "89501", "89503", "89506", "89507"]);
/** What passes by itself, soon or at midnight. */
const PASSING_CODES = new Set(["-1", "45009", "45011", "budget", "token_wait", "token_rejected"]);

export function finding(
  check: Finding["check"],
  state: State,
  detail: string,
  rest: Partial<Omit<Finding, "check" | "state" | "detail">> = {},
): Finding {
  return { check, subject: null, code: null, remedy: null, turn: null, ...rest, state, detail };
}

export function turnOf(code: string): Turn {
  if (COUNTY_CODES.has(code)) return "county";
  return DEPARTMENT_CODES.has(code) ? "department" : "system";
}

export function stateOf(code: string): State {
  return PASSING_CODES.has(code) ? "warn" : "fault";
}

export function faultFinding(error: PlatformError, subject: string | null, state = stateOf(error.code)): Finding {
  const { code } = error;
  return finding(checkOf(error), state, ...split(error.reason, { subject, code, turn: turnOf(code) }));
}

/** A reason says what is wrong, then what to do. */
export function split(
  reason: string,
  rest: Partial<Finding> = {},
): [detail: string, rest: Partial<Omit<Finding, "check" | "state" | "detail">>] {
  const [, detail = reason, remedy = null] = /^(.+?)[：；](.+)$/s.exec(reason) ?? [];
  return [detail, { ...rest, remedy }];
}

function checkOf({ code, scope }: PlatformError): Finding["check"] {
  if (ALLOW_LIST_CODES.has(code)) return "allow_list";
  if (scope === "permission" || scope === "quota") return scope;
  // Faults of the way to the platform have words for codes; asking for a token fails of them as a whole.
  const ofToken = /^\d+$/.test(code) || ["no_secret", "token_wait", "token_rejected"].includes(code);
  return scope === "account" && ofToken ? "token" : "request";
}

/** Whether every other call of the same account would fail alike. */
export function endsExamination({ scope, code }: PlatformError): boolean {
  return scope === "account" || code === "network" || code === "timeout";
}

/** The gravest; what could not be judged leaves the others' state as it is. */
export function worst(findings: readonly Finding[]): Exclude<State, "unknown"> {
  if (findings.some(({ state }) => state === "fault")) return "fault";
  return findings.some(({ state }) => state === "warn") ? "warn" : "ok";
}

export function byWeight(left: Finding, right: Finding): number {
  return WEIGHT[left.state] - WEIGHT[right.state] || CHECKS.indexOf(left.check) - CHECKS.indexOf(right.check);
}
