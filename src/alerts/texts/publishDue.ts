import { minuteOf } from "../../calendar.ts";
import type { AccountFacts } from "../../store/alertFacts.ts";
import { type AccountText, distance, publishedAt, shortNameOf, type Told } from "./text.ts";

export const publishDue: AccountText = {
  heading: (severity) =>
    ({ info: "更新期限不足四天", warning: "更新期限不足两天", critical: "更新期限已过" })[severity],
  resolvedHeading: "更新提醒已解除",
  dataTime: ({ dataUntil }) => dataUntil,
  advice: (severity, asOf) =>
    severity === "critical"
      ? `请尽快发布。以上为${asOf}，在此之后已经发布的，数据更新后（一般在次日）自动解除。`
      : `请尽早发布。以上为${asOf}，如已发布请忽略。`,
  tell({ kind, severity }, facts, now) {
    if (kind === "resolved") return resolved(facts, now);
    return severity === "critical" || isProven(facts) ? passed(facts, now) : due(facts, now);
  },
};

/** A lower level may still be on its way when the data prove more. */
const isProven = ({ deadlineAt, dataUntil }: AccountFacts) =>
  deadlineAt !== null && dataUntil !== null && deadlineAt <= dataUntil;

function due(facts: AccountFacts, now: Date): Told {
  const { deadlineAt } = facts;
  const name = shortNameOf(facts);
  const last = lastOf(facts);
  if (deadlineAt !== null && deadlineAt > now) {
    const left = distance(deadlineAt, now);
    return {
      title: `更新提醒：${name}距更新期限${left}`,
      lines: [`最近一次更新：${last}`, `更新期限：${minuteOf(deadlineAt)}（${left}）`],
      row: `最近更新 ${last}，期限 ${minuteOf(deadlineAt)}（${left}）`,
      short: `期限 ${minuteOf(deadlineAt)}`,
    };
  }
  const deadline = deadlineOf(facts);
  return {
    title: `更新提醒：${name}更新期限已到，待核实`,
    lines: [`最近一次更新：${last}`, `更新期限：${deadline}，现已到期；数据尚未覆盖期限，是否超期待核实。`],
    row: `最近更新 ${last}，期限 ${deadline} 已到，待核实`,
    short: `期限 ${deadline} 已到，待核实`,
  };
}

function passed(facts: AccountFacts, now: Date): Told {
  const last = lastOf(facts);
  const deadline = deadlineOf(facts);
  const since = facts.deadlineAt === null ? "" : `（${distance(facts.deadlineAt, now)}）`;
  return {
    title: `${shortNameOf(facts)}已超过更新期限`,
    lines: [`最近一次更新：${last}`, `更新期限：${deadline}${since}`, "数据已覆盖期限，确认期限内没有更新。"],
    row: `最近更新 ${last}，期限 ${deadline}${since}`,
    short: `期限 ${deadline}`,
  };
}

function resolved(facts: AccountFacts, now: Date): Told {
  const { lastPublishedAt, deadlineAt } = facts;
  const last = lastPublishedAt === null ? [] : [`最近一次更新：${publishedAt(lastPublishedAt)}`];
  const next =
    deadlineAt === null
      ? "该公众号目前不设更新期限。"
      : `${deadlineAt > now ? "下次更新期限" : "更新期限"}：${minuteOf(deadlineAt)}`;
  return {
    title: `更新提醒已解除：${shortNameOf(facts)}`,
    lines: [...last, next],
    row: [...last, next].join("，"),
    short: next,
  };
}

const lastOf = ({ lastPublishedAt }: AccountFacts) =>
  lastPublishedAt === null ? "监测以来尚未见到" : publishedAt(lastPublishedAt);

const deadlineOf = ({ deadlineAt }: AccountFacts) => (deadlineAt === null ? "未知" : minuteOf(deadlineAt));
