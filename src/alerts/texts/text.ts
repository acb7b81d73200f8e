import { dayOf, minuteOf } from "../../calendar.ts";
import type { Severity } from "../../model.ts";
import type { AccountFacts } from "../../store/alertFacts.ts";
import type { EventKind } from "../../store/alertTables.ts";
import { cleanName } from "../clean.ts";

/** One event to be told, and what is known of its account now. */
export interface AlertEntry {
  /** Notifications that are delivered with it. */
  notifications: number[];
  mentions: string[];
  alert: string;
  kind: EventKind;
  /** The new level; of what is resolved the last one. */
  severity: Severity;
  subject: string;
  startedAt: Date;
  endedAt: Date | null;
  facts: AccountFacts | null;
}

/** One event in words, without the account's name but for the title. */
export interface Told {
  title: string;
  /** Of a message about nothing else. */
  lines: string[];
  /** In one line of a list. */
  row: string;
  /** In a few characters. */
  short: string;
}

/** How one alert is told. Headings read on from 「3 个公众号」. */
export interface AlertText {
  heading(severity: Severity): string;
  resolvedHeading: string;
  tell(entry: AlertEntry, now: Date): Told;
  /** What to do about it, or about all of them; null where nothing is to be done. */
  advice(severity: Severity, asOf: string): string | null;
}

/** How an alert about an account is told: its facts are known. */
export interface AccountText extends Omit<AlertText, "tell"> {
  tell(entry: AlertEntry, facts: AccountFacts, now: Date): Told;
  /** Up to when the data reach that it rests on. */
  dataTime(facts: AccountFacts): Date | null;
}

const HOUR_MS = 3_600_000;
const TITLE_GRAPHEMES = 20;
const REASON_GRAPHEMES = 200;

export const nameOf = (facts: AccountFacts): string => cleanName(facts.name) || facts.code;
export const shortNameOf = (facts: AccountFacts): string => cleanName(facts.name, TITLE_GRAPHEMES) || facts.code;
export const departmentOf = (facts: AccountFacts): string => cleanName(facts.departmentName) || facts.department;

export function reasonOf({ errorCode, errorReason }: AccountFacts): string {
  const reason = cleanName(errorReason ?? "", REASON_GRAPHEMES);
  if (reason !== "") return reason;
  return errorCode === null
    ? "没有采集报错的记录，请系统维护人员检查采集是否在运行。"
    : `采集失败（代码 ${cleanName(errorCode)}），请系统维护人员查看采集日志。`;
}

/** 「截至 … 的数据」: the newest of the times, and the oldest where they differ. */
export function asOf(times: readonly (Date | null)[]): string {
  const known = times.flatMap((time) => (time ? [time.getTime()] : [])).sort((a, b) => a - b);
  const [oldest, newest] = [known.at(0), known.at(-1)];
  if (oldest === undefined || newest === undefined) return "截至时间未知的数据";
  const until = `截至 ${minuteOf(new Date(newest))}`;
  return oldest === newest ? `${until} 的数据` : `${until}（最早的截至 ${minuteOf(new Date(oldest))}）的数据`;
}

/** Where only the day is known the instant is its end, 24:00; nobody publishes at that very instant. */
export function publishedAt(instant: Date): string {
  const text = minuteOf(instant);
  return text.endsWith(" 24:00") ? text.slice(0, 10) : text;
}

/** The last day of what ends at the instant. */
export const lastDayOf = (instant: Date): string => dayOf(new Date(instant.getTime() - 1));

export function distance(instant: Date, now: Date): string {
  const leftMs = instant.getTime() - now.getTime();
  const hours = Math.floor(Math.abs(leftMs) / HOUR_MS);
  if (hours === 0) return leftMs > 0 ? "不足 1 小时" : "刚过";
  const parts = [Math.floor(hours / 24) ? `${Math.floor(hours / 24)} 天` : "", hours % 24 ? `${hours % 24} 小时` : ""];
  return `${leftMs > 0 ? "还有" : "已过"} ${parts.filter(Boolean).join(" ")}`;
}

/** From when to when it was. */
export function span({ startedAt, endedAt }: AlertEntry): string {
  return `${minuteOf(startedAt)} 至 ${endedAt ? minuteOf(endedAt) : "现在"}`;
}
