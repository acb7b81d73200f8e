import type { Account } from "../../model.ts";
import { ASIDES, byWeight, type Finding, type Turn, worst } from "./finding.ts";
import { align } from "./text.ts";

export interface AccountReport {
  account: Account;
  /** The gravest first. */
  findings: Finding[];
}

const STATE_TEXT = { fault: "故障", warn: "注意", ok: "正常" } as const;
const TURN_TEXT: Record<Turn, string> = { department: "部门", county: "县里", system: "系统" };
const STATES = ["fault", "warn", "ok"] as const;

/** The gravest first, then by code. */
export function sortReports(reports: AccountReport[]): AccountReport[] {
  const weight = ({ findings }: AccountReport) => STATES.indexOf(worst(findings));
  return reports
    .map(({ account, findings }) => ({ account, findings: findings.toSorted(byWeight) }))
    .sort((a, b) => weight(a) - weight(b) || a.account.code.localeCompare(b.account.code));
}

export function reportDocument(reports: AccountReport[], system: Finding[]): object {
  return {
    accounts: reports.map(({ account, findings }) => ({
      account: account.code,
      name: account.name,
      department: account.department,
      departmentName: account.departmentName,
      state: worst(findings),
      findings,
    })),
    system,
  };
}

/** One line per account with what is gravest; for a single account its other findings follow indented. */
export function reportLines(reports: AccountReport[], system: Finding[]): string[] {
  const common = system.filter(({ check, state }) => check === "platform" && state !== "ok");
  const rows = reports.flatMap(({ account, findings }) => {
    const [first, ...others] = grouped(findings.filter((found) => isTold(found, reports.length === 1)));
    const state = STATE_TEXT[worst(findings)];
    const more =
      others.length > 0 && reports.length > 1
        ? `（另有 ${others.length} 项，见 doctor --account ${account.code}）`
        : "";
    const rest = reports.length > 1 ? [] : others;
    return [
      [
        `${account.name}(${account.code})`,
        account.departmentName,
        state,
        turnText(first),
        first ? sentence(first) + more : "",
      ],
      ...rest.map((found) => ["", "", "", turnText(found), sentence(found)]),
    ];
  });
  const counts = STATES.map((state) => {
    const count = reports.filter(({ findings }) => worst(findings) === state).length;
    return `${STATE_TEXT[state]} ${count}`;
  });
  return [
    ...common.map((found) => `${sentence(found)}（${turnText(found)}处理）`),
    ...align([["公众号", "部门", "状态", "处理方", "情况与处理办法"], ...rows]),
    "",
    ...align(
      system
        .filter((found) => !common.includes(found))
        .map((found) => ["本系统", STATE_TEXT[worst([found])], sentence(found)]),
    ),
    "",
    `共 ${reports.length} 个公众号：${counts.join("，")}`,
    "处理方：部门 = 公众号管理员；县里 = 融媒体中心、数据局；系统 = 本系统运维",
  ];
}

/** Faults, warnings, and what is in order but worth knowing. */
function isTold({ state, code }: Finding, alone: boolean): boolean {
  if (state === "ok") return code !== null && (alone || !Object.values<string>(ASIDES).includes(code));
  return state === "fault" || state === "warn";
}

/** Findings that differ in nothing but the API, and how grave it is for that one, become one of the gravest. */
function grouped(findings: Finding[]): Finding[] {
  const groups = new Map<string, Finding>();
  for (const found of findings) {
    const key = JSON.stringify([found.check, found.code, found.detail, found.subject === null]);
    const known = groups.get(key);
    groups.set(key, known ? { ...known, subject: `${known.subject}、${found.subject}` } : found);
  }
  return [...groups.values()];
}

function sentence({ subject, detail, remedy, state, code }: Finding): string {
  const about = subject === null ? "" : `${subject}：`;
  const number = code !== null && /^-?\d+$/.test(code) && state !== "ok" && !detail.includes(code) ? `（${code}）` : "";
  return `${about}${detail}${number}${remedy === null ? "" : `。${remedy}`}`;
}

function turnText(found: Finding | undefined): string {
  return found?.turn ? TURN_TEXT[found.turn] : "";
}
