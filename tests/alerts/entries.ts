import type { AlertEntry } from "../../src/alerts/compose.ts";
import type { AccountFacts } from "../../src/store/alertFacts.ts";

/** 12:00 in Asia/Shanghai. */
export const NOW = new Date("2026-11-23T04:00:00Z");
export const BOARDS_URL = "https://grafana.example.gov.cn";

export const at = (beijing: string): Date => new Date(`${beijing.replace(" ", "T")}:00+08:00`);

/** Published eleven days before its deadline passes, seen up to yesterday's end, all well. */
export const FACTS: AccountFacts = {
  id: 1,
  code: "slj",
  name: "云溪水利",
  department: "water-bureau",
  departmentName: "云溪县水务局",
  lifecycle: "running",
  createdAt: at("2025-03-01 09:00"),
  lastPublishedAt: at("2026-11-11 10:30"),
  deadlineAt: at("2026-11-25 10:30"),
  dataUntil: at("2026-11-22 24:00"),
  openCases: 5,
  overdueCases: 3,
  repliesAsOf: at("2026-11-23 11:10"),
  oldestOpenAt: at("2026-11-06 15:42"),
  errorCode: null,
  errorReason: null,
  verificationExpiresAt: at("2026-12-20 24:00"),
  contactName: null,
  contactChannel: null,
  contactTarget: null,
};

export interface EntryFields extends Partial<Omit<AlertEntry, "facts">> {
  /** What differs from `FACTS`; null for alerts without an account. */
  facts?: Partial<AccountFacts> | null;
}

export function entryOf(fields: EntryFields): AlertEntry {
  const { facts = {}, ...rest } = fields;
  return {
    ...{
      notifications: [1],
      mentions: [],
      alert: "AccountPublishDue",
      kind: "fired",
      severity: "warning",
      subject: "",
    },
    ...{ startedAt: at("2026-11-23 10:31"), endedAt: null },
    ...rest,
    facts: facts && { ...FACTS, ...facts },
  };
}

/** Accounts of ordinary names, the longest of them: eight Chinese characters. */
export function ordinaryEntries(count: number, fields: EntryFields = {}): AlertEntry[] {
  const offices = [
    "水利水电",
    "教育体育",
    "卫生健康",
    "文化旅游",
    "人力社保",
    "民政服务",
    "农业农村",
    "市场监管",
    "住房城建",
    "应急管理",
  ];
  return Array.from({ length: count }, (_, index) => {
    const name = `云${String.fromCodePoint(0x4e00 + index)}${offices[index % offices.length]}发布`;
    const facts = { id: index + 1, code: `a${index + 1}`, name, departmentName: `云溪县${name.slice(0, 4)}局` };
    return entryOf({ ...fields, notifications: [index + 1], facts: { ...facts, ...fields.facts } });
  });
}
