import type { Severity } from "../../model.ts";
import type { Line } from "../letter.ts";
import type { Draft, DraftSection } from "./address.ts";
import { deadlineText, lastPublishedText, repliesText, unseenText } from "./phrases.ts";
import type { Concern, Sheet } from "./sheet.ts";

const ADVICE = {
  deadline: "请尽早发布。",
  replies: "留言请在公众平台查看原文并回复，私信请用网页端客服回复。",
  fault: "需要在微信公众平台操作的，请联系该公众号的管理员。",
  unseen: "采集故障不等于断更：恢复之前不作更新判断，请照常更新。需要在微信公众平台操作的，请联系该公众号的管理员。",
};

/** What a department's contact has to do today, by kind; what cannot be seen apart. */
export function departmentSections({ concerns, madeAt, boardsUrl }: Sheet): DraftSection[] {
  const section = (
    heading: string,
    severity: Severity,
    { textOf, advice }: { textOf: (concern: Concern) => string | null; advice: string },
  ) => {
    const items = concerns.flatMap((concern): Draft[] => {
      const text = textOf(concern);
      return text === null ? [] : [itemOf(concern, text, boardsUrl)];
    });
    return { heading, severity, items, advice: [advice] };
  };
  const passed = concerns.some(({ deadline }) => deadline?.state === "passed");
  const deadlineOf = (concern: Concern) => {
    const text = deadlineText(concern, madeAt);
    return text === null ? null : [text, lastPublishedText(concern) ?? []].flat().join("；");
  };
  return [
    section("更新期限", passed ? "critical" : "warning", { textOf: deadlineOf, advice: ADVICE.deadline }),
    section("留言和私信", "warning", { textOf: repliesText, advice: ADVICE.replies }),
    section("采集故障", "warning", { textOf: ({ fault }) => fault, advice: ADVICE.fault }),
    section("看不到，不作判断", "warning", { textOf: unseenText, advice: ADVICE.unseen }),
  ].filter(({ items }) => items.length > 0);
}

function itemOf(concern: Concern, text: string, boardsUrl: string | null): Draft {
  const { code, name, departmentName } = concern;
  const whole: Line = [{ strong: name }, `（${departmentName}）：${text}`];
  const board = { link: `${boardsUrl}/d/govmatrix-account?var-account=${code}`, text: "看板" };
  return {
    codes: [code],
    full: [boardsUrl === null ? whole : [...whole, " ", board]],
    brief: [`${name}：${text}`],
    name,
  };
}
