import { minuteOf } from "../../calendar.ts";
import type { Letter, Line } from "../letter.ts";
import { addressed, type DraftSection, type Readable, type WaitingSheet } from "./address.ts";
import { countySections } from "./county.ts";
import { departmentSections } from "./department.ts";
import { asOfText, daysOffText, isToDo, monthDay } from "./phrases.ts";
import { readSheet, type Sheet } from "./sheet.ts";
import { byUrgency } from "./survey.ts";

/**
 * One letter for one chat. Only the newest day is told: what an older digest asked for, that one asks for again, or it
 * was done. The county's sheet holds whatever the departments' hold; they add whom to mention.
 */
export function composeDigests(sheets: readonly WaitingSheet[]): Letter[] {
  if (sheets.length === 0) return [];
  const readable = sheets.flatMap((waiting): Readable[] => {
    const sheet = readSheet(waiting.sheet);
    return sheet ? [{ ...waiting, sheet }] : [];
  });
  const newestDay = readable.reduce((newest, { sheet }) => (sheet.day > newest ? sheet.day : newest), "");
  const told = readable.filter(({ sheet }) => sheet.day === newestDay);
  const [first] = told.toSorted(
    (left, right) => Number(right.sheet.county !== null) - Number(left.sheet.county !== null),
  );
  const draft = first ? draftOf(merged(first.sheet, told)) : UNREADABLE;
  const notifications = sheets.flatMap((waiting) => waiting.notifications);
  return [{ ...draft, sections: addressed(draft.sections, told, notifications) }];
}

/** The sheet with the accounts of all of them, each once. */
function merged(first: Sheet, told: readonly Readable[]): Sheet {
  if (first.county) return first;
  const concerns = new Map(told.flatMap(({ sheet }) => sheet.concerns).map((concern) => [concern.code, concern]));
  const times = told.flatMap(({ sheet }) => (sheet.asOf ? [sheet.asOf.getTime()] : []));
  return {
    ...first,
    asOf: times.length === 0 ? null : new Date(Math.min(...times)),
    concerns: [...concerns.values()].sort(byUrgency),
  };
}

function draftOf(sheet: Sheet): Omit<Letter, "sections"> & { sections: DraftSection[] } {
  const sections = sheet.county ? countySections(sheet, sheet.county) : departmentSections(sheet);
  const due = sheet.concerns.some(({ deadline }) => deadline);
  const reminder = sheet.daysOff && (sheet.county || due) ? [daysOffSection(sheet.daysOff, due)] : [];
  return { title: titleOf(sheet), sections: [...reminder, ...sections], closing: closingOf(sheet) };
}

function titleOf({ day, daysOff, county, concerns }: Sheet): string {
  const head = `${daysOff ? "节前" : "每日"}提要（${monthDay(day)}）`;
  const toDo = concerns.filter(isToDo);
  const [first] = toDo;
  if (first && toDo.length === 1 && !county) return `${head}：${first.name}有事项需要处理`;
  if (first) return `${head}：${toDo.length} 个公众号需要处理`;
  return concerns.length > 0 ? `${head}：${concerns.length} 个公众号看不到` : head;
}

function closingOf({ asOf, boardsUrl, county, concerns, madeAt }: Sheet): Line[] {
  const board = boardsUrl && county ? [" ", { link: `${boardsUrl}/d/govmatrix-overview`, text: "总览看板" }] : [];
  const sender: Line = [`政务微信矩阵自动发送，${minuteOf(madeAt)}（北京时间）`, ...board];
  const data = asOfText(asOf);
  // Where all is well the one line says it.
  if (data === null || concerns.length === 0) return [sender];
  const oldest = county ? "（可见公众号中最早的）" : "";
  const ignore = concerns.some(isToDo) ? "，如在此之后已经发布或回复，请忽略" : "";
  return [[`${data}${oldest}${ignore}。`], sender];
}

function daysOffSection(daysOff: NonNullable<Sheet["daysOff"]>, due: boolean): DraftSection {
  const line = [daysOffText(daysOff, due)];
  const name = `${monthDay(daysOff.from)}至${monthDay(daysOff.to)}放假`;
  return { heading: "放假安排", severity: null, items: [{ codes: [], full: [line], brief: line, name }] };
}

const UNREADABLE = {
  title: "每日提要",
  sections: [
    {
      heading: "",
      severity: null,
      items: [
        {
          codes: [],
          full: [["内容无法读取，请查看看板。"]],
          brief: ["内容无法读取，请查看看板。"],
          name: "请查看看板",
        },
      ],
    },
  ],
  closing: [],
};
