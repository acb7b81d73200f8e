import { minuteOf } from "../../calendar.ts";
import type { AccountFacts } from "../../store/alertFacts.ts";
import { type AccountText, shortNameOf, type Told } from "./text.ts";

export const repliesOverdue: AccountText = {
  heading: () => "有留言超时未回复",
  resolvedHeading: "留言超时告警已解除",
  dataTime: ({ repliesAsOf }) => repliesAsOf,
  advice: (_, asOf) =>
    `请尽快回复：留言请在公众平台查看原文并回复，私信请用网页端客服回复。以上为${asOf}，如已回复请忽略。`,
  tell: ({ kind }, facts) => (kind === "resolved" ? resolved(facts) : overdue(facts)),
};

function overdue(facts: AccountFacts): Told {
  const { overdueCases, openCases, oldestOpenAt } = facts;
  const count = overdueCases === null ? "" : ` ${overdueCases} 条`;
  const open = openCases === null ? "" : `（待回复共 ${openCases} 条）`;
  const oldest = oldestOpenAt === null ? null : minuteOf(oldestOpenAt);
  return {
    title: `${shortNameOf(facts)}有${count}留言超时未回复`,
    lines: [
      `超时未回复：${overdueCases === null ? "数目未知" : `${overdueCases} 条`}${open}，含留言和私信`,
      ...(oldest === null ? [] : [`等待最久的一条收到于：${oldest}`]),
    ],
    row: `超时${count}${open}${oldest === null ? "" : `，等待最久的收到于 ${oldest}`}`,
    short: `超时${count}`,
  };
}

function resolved(facts: AccountFacts): Told {
  const { overdueCases, openCases, repliesAsOf } = facts;
  const until = repliesAsOf === null ? "" : `（数据截至 ${minuteOf(repliesAsOf)}）`;
  const state = `${stateOf(overdueCases)}${until}`;
  const open = openCases ? `，待回复 ${openCases} 条，请在期限内回复` : "";
  return {
    title: `留言超时告警已解除：${shortNameOf(facts)}`,
    lines: [`${state}${open}。`],
    row: `${state}${open}`,
    short: overdueCases === null ? "无法统计" : overdueCases === 0 ? "已无超时" : `又有超时 ${overdueCases} 条`,
  };
}

/** Now, which may be long after the alert ended. */
function stateOf(overdueCases: number | null): string {
  if (overdueCases === null) return "目前无法统计超时未回复的留言";
  return overdueCases === 0 ? "目前没有超时未回复的留言" : `目前又有 ${overdueCases} 条留言超时未回复`;
}
