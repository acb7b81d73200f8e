import { minuteOf } from "../../calendar.ts";
import { JUDGED_LIFECYCLES, VISITED_LIFECYCLES } from "../../model.ts";
import { CREDENTIAL_CODES } from "../../rules/credentials.ts";
import type { AccountFacts } from "../../store/alertFacts.ts";
import { isBlind } from "../support.ts";
import { type AccountText, type AlertEntry, publishedAt, reasonOf, shortNameOf, type Told } from "./text.ts";

const NO_JUDGEMENT = "采集故障不等于断更：恢复之前不作更新判断，请照常更新。";

/** Nothing new is seen of the account. */
export const blind: AccountText = {
  heading: () => "采集不到数据",
  resolvedHeading: "采集告警已解除",
  dataTime: ({ dataUntil }) => dataUntil,
  advice: () => `${NO_JUDGEMENT}需要在微信公众平台操作的，请联系该公众号的管理员。`,
  tell: ({ kind }, facts, now) =>
    kind === "resolved"
      ? resolved(
          facts,
          "采集告警已解除",
          JUDGED_LIFECYCLES,
          isBlind(facts, now) ? "目前又采集不到数据" : "数据已恢复采集",
        )
      : {
          title: `${shortNameOf(facts)}暂时采集不到数据`,
          lines: [...known(facts), `原因与处理：${reasonOf(facts)}`],
          row: `${until(facts)}；${reasonOf(facts)}`,
          short: until(facts),
        },
};

/** The platform rejects who asks about the account. */
export const credentialsRejected: AccountText = {
  heading: () => "接口访问被微信平台拒绝",
  resolvedHeading: "接口访问告警已解除",
  dataTime: ({ dataUntil }) => dataUntil,
  advice: () => `以上操作须由公众号的管理员完成，请尽快转告。${NO_JUDGEMENT}`,
  tell: (entry, facts) => (entry.kind === "resolved" ? accepted(facts) : rejected(entry, facts)),
};

function rejected({ startedAt }: AlertEntry, facts: AccountFacts): Told {
  return {
    title: `${shortNameOf(facts)}的接口访问被微信平台拒绝`,
    lines: [`开始时间：${minuteOf(startedAt)}`, ...known(facts), `原因与处理：${reasonOf(facts)}`],
    row: `自 ${minuteOf(startedAt)} 起；${reasonOf(facts)}`,
    short: `自 ${minuteOf(startedAt)} 起`,
  };
}

function accepted(facts: AccountFacts): Told {
  return resolved(facts, "接口访问告警已解除", VISITED_LIFECYCLES, accessOf(facts));
}

/** Now, which may be long after the alert ended. */
function accessOf(facts: AccountFacts): string {
  const { errorCode } = facts;
  if (errorCode === null) return "接口访问已恢复正常";
  if (CREDENTIAL_CODES.includes(errorCode)) return `目前又被微信平台拒绝：${reasonOf(facts)}`;
  return `平台不再拒绝访问，但最近一次采集仍有故障：${reasonOf(facts)}`;
}

function resolved(facts: AccountFacts, title: string, watched: readonly string[], state: string): Told {
  const text = watched.includes(facts.lifecycle) ? state : "该公众号已不在监测范围内";
  const line = /[。！？]$/.test(text) ? text : `${text}，${until(facts)}。`;
  return { title: `${title}：${shortNameOf(facts)}`, lines: [line], row: line, short: until(facts) };
}

const until = ({ dataUntil }: AccountFacts) =>
  dataUntil === null ? "尚未取得过数据" : `数据截至 ${minuteOf(dataUntil)}`;

function known(facts: AccountFacts): string[] {
  const { lastPublishedAt, deadlineAt } = facts;
  return [
    `${until(facts)}`,
    ...(lastPublishedAt === null ? [] : [`已知最近一次更新：${publishedAt(lastPublishedAt)}`]),
    ...(deadlineAt === null ? [] : [`已知更新期限：${minuteOf(deadlineAt)}`]),
  ];
}
