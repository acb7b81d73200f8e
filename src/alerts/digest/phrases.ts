import { isWeekend, minuteOf } from "../../calendar.ts";
import type { Day } from "../../model.ts";
import { distance, publishedAt } from "../texts/text.ts";
import type { Concern, CountyCounts, Sheet } from "./sheet.ts";

const DAY_MS = 86_400_000;

export const isToDo = ({ unseen }: Concern) => unseen === null;

/** `11月5日`. */
export function monthDay(day: Day): string {
  return `${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`;
}

export function deadlineText({ deadline }: Concern, madeAt: Date): string | null {
  if (deadline === null) return null;
  const at = minuteOf(deadline.at);
  if (deadline.state === "reached") return `更新期限 ${at} 已到，数据尚未覆盖，待核实`;
  const left = distance(deadline.at, madeAt);
  return `更新期限 ${at}（${left}）${deadline.state === "passed" ? "，期限内没有更新" : ""}`;
}

export function lastPublishedText({ deadline }: Concern): string | null {
  return deadline?.lastPublishedAt ? `最近更新 ${publishedAt(deadline.lastPublishedAt)}` : null;
}

export function repliesText({ replies }: Concern): string | null {
  if (replies === null) return null;
  const { overdue, dueLater, asOf } = replies;
  const parts = [overdue > 0 ? `超时未回复 ${overdue} 条` : "", dueLater > 0 ? `今天到期 ${dueLater} 条` : ""];
  return `${parts.filter((part) => part !== "").join("，")}（截至 ${minuteOf(asOf)}）`;
}

export function unseenText({ unseen }: Concern): string | null {
  if (unseen === null) return null;
  const since = unseen.dataUntil === null ? "尚未取得数据" : `数据只到 ${minuteOf(unseen.dataUntil)}`;
  return unseen.reason === null ? since : `${since}；${unseen.reason}`;
}

/** All of one account in a few characters. */
export function briefText({ deadline, replies, fault }: Concern, madeAt: Date): string {
  const parts: string[] = [];
  if (deadline?.state === "passed") parts.push("已过期");
  if (deadline?.state === "reached") parts.push("待核实");
  if (deadline?.state === "ahead") parts.push(daysLeft(deadline.at, madeAt));
  if (replies) parts.push(`待回复 ${replies.overdue + replies.dueLater} 条`);
  if (fault !== null) parts.push("采集故障");
  return parts.join("，");
}

export function countyLines({ judged, fine, due, passed, unseen, late, stalled }: CountyCounts): string[] {
  const lines = [
    `应更新公众号 ${judged} 个：正常 ${fine} 个，临近期限 ${due} 个，已过期限 ${passed} 个，看不到 ${unseen} 个。`,
  ];
  if (late > 0) lines.push(`其中 ${late} 个的昨日数据尚未取齐。`);
  if (stalled) lines.push("超过一半的公众号看不到，多半是采集系统故障，请技术人员检查；采集故障不等于断更。");
  return lines;
}

export function daysOffText(daysOff: NonNullable<Sheet["daysOff"]>, due: boolean): string {
  const [from, to, resumesOn] = [daysOff.from, daysOff.to, daysOff.resumesOn].map(monthDay);
  const weekend = isWeekend(daysOff.resumesOn) ? "（周末调休）" : "";
  const ahead = due
    ? `更新期限到 ${resumesOn} 24:00 为止的，请在放假前发布或设置定时发布。`
    : `到 ${resumesOn} 24:00 为止，看得到的公众号都没有到期的。`;
  return `${from}至${to}放假 ${daysOff.days} 天，${resumesOn}${weekend}上班。${ahead}`;
}

export function asOfText(asOf: Date | null): string | null {
  return asOf === null ? null : `数据截至 ${minuteOf(asOf)}`;
}

function daysLeft(at: Date, madeAt: Date): string {
  const days = Math.floor((at.getTime() - madeAt.getTime()) / DAY_MS);
  return days === 0 ? "不足 1 天" : `${days} 天`;
}
