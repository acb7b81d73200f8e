import type { Severity } from "../../model.ts";
import { cleanName } from "../clean.ts";
import type { Line } from "../letter.ts";
import type { Draft, DraftSection } from "./address.ts";
import { asOfText, briefText, countyLines, deadlineText, isToDo, repliesText, unseenText } from "./phrases.ts";
import type { Concern, CountyCounts, Sheet } from "./sheet.ts";

/** An item is never cut: a department of many accounts gets several. */
const ACCOUNTS_PER_ITEM = 10;
/** What is more makes no digest: even by name alone it would not fit a few messages of a chat robot. */
const MOST = { departments: 120, unseen: 80 };
const SHORT_GRAPHEMES = 12;

/** The county's table: how it stands, who has something to do by department, what cannot be seen apart. */
export function countySections({ concerns, madeAt, asOf }: Sheet, counts: CountyCounts): DraftSection[] {
  const toDo = concerns.filter(isToDo);
  const unseen = concerns.filter((concern) => !isToDo(concern));
  if (concerns.length === 0) return [section("", null, [summaryItem([allWell(counts, asOf)])])];
  const departments = [...Map.groupBy(toDo, ({ department }) => department).values()].flatMap(chunks);
  const items = departments.map((own) => departmentItem(own, madeAt));
  const passed = toDo.some(({ deadline }) => deadline?.state === "passed");
  return [
    section("全县概况", null, [summaryItem(countyLines(counts))]),
    section("需要处理", passed ? "critical" : "warning", capped(items, MOST.departments, "项")),
    section("看不到，不作判断", "warning", capped(unseen.map(unseenItem), MOST.unseen, "个公众号")),
  ].filter(({ items: own }) => own.length > 0);
}

const section = (heading: string, severity: Severity | null, items: Draft[]): DraftSection => ({
  heading,
  severity,
  items,
});

function allWell(counts: CountyCounts, asOf: Date | null): string {
  const data = asOfText(asOf);
  if (data === null) return "目前没有需要按期更新的公众号。";
  const late = counts.late > 0 ? `（${counts.late} 个的昨日数据尚未取齐）` : "";
  return `一切正常，${data}${late}。`;
}

function summaryItem(lines: readonly string[]): Draft {
  const [first = ""] = lines;
  return { codes: [], full: lines.map((line) => [line]), brief: [first], name: first };
}

function departmentItem(concerns: readonly Concern[], madeAt: Date): Draft {
  const [first] = concerns;
  const department = first?.departmentName ?? "";
  const linesOf = (concern: Concern): Line => {
    const texts = [deadlineText(concern, madeAt), repliesText(concern), concern.fault];
    return [`${concern.name}：${texts.filter((text) => text !== null).join("；")}`];
  };
  const briefs = concerns.map((concern) => `${concern.name}（${briefText(concern, madeAt)}）`);
  return {
    codes: concerns.map(({ code }) => code),
    full: [[{ strong: department }], ...concerns.map(linesOf)],
    brief: [{ strong: department }, `：${briefs.join("、")}`],
    name: `${cleanName(department, SHORT_GRAPHEMES)} ${concerns.length} 个`,
  };
}

function unseenItem(concern: Concern): Draft {
  const { code, name } = concern;
  const place = `（${concern.departmentName}）`;
  return {
    codes: [code],
    full: [[{ strong: name }, `${place}：${unseenText(concern) ?? ""}`]],
    brief: [`${name}${place}`],
    name: cleanName(name, SHORT_GRAPHEMES),
  };
}

function chunks(concerns: readonly Concern[]): Concern[][] {
  const count = Math.ceil(concerns.length / ACCOUNTS_PER_ITEM);
  return Array.from({ length: count }, (_, index) =>
    concerns.slice(index * ACCOUNTS_PER_ITEM, (index + 1) * ACCOUNTS_PER_ITEM),
  );
}

/** The rest is counted, and its codes stand with the count, so that whoever is mentioned for them still is. */
function capped(items: readonly Draft[], most: number, unit: string): Draft[] {
  if (items.length <= most) return [...items];
  const rest = items.slice(most);
  const text = `另有 ${rest.length} ${unit}，请查看看板`;
  return [
    ...items.slice(0, most),
    { codes: rest.flatMap(({ codes }) => codes), full: [[text]], brief: [text], name: text },
  ];
}
