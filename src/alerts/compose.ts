import { minuteOf } from "../calendar.ts";
import { SEVERITIES, type Severity } from "../model.ts";
import { cleanName } from "./clean.ts";
import type { Item, Letter, Line, Section, Span } from "./letter.ts";
import { orderOf, textOfAlert } from "./texts/index.ts";
import { type AlertEntry, departmentOf, nameOf, shortNameOf } from "./texts/text.ts";

export type { AlertEntry } from "./texts/text.ts";

export interface ComposeOptions {
  /** Base of Grafana without a slash at its end; null leaves links out. */
  boardsUrl: string | null;
  now: Date;
}

/** Entries of one alert, level and heading, told together. */
type Group = readonly [AlertEntry, ...AlertEntry[]];

const SEVERITY_NAMES: Record<Severity, string> = { info: "提示", warning: "警告", critical: "严重" };

/** One letter of all that a target is told now: the gravest first, what is over last; of one entry a personal message. */
export function composeAlerts(entries: readonly AlertEntry[], options: ComposeOptions): Letter {
  const groups = groupsOf(entries);
  const [only] = entries.length === 1 ? entries : [];
  const names = namesOf(entries);
  return {
    title: titleOf(groups, options.now),
    sections: only ? [personal(only, options)] : groups.map((group) => listed(group, options, names)),
    closing: closingOf(only === undefined, options),
  };
}

function groupsOf(entries: readonly AlertEntry[]): Group[] {
  const keyOf = (entry: AlertEntry) =>
    JSON.stringify([entry.alert, levelOf(entry), headingOf(entry), entry.facts !== null]);
  return [...Map.groupBy(entries, keyOf).values()]
    .map((group) => group.toSorted((left, right) => urgencyOf(left) - urgencyOf(right)) as unknown as Group)
    .sort(([left], [right]) => rankOf(right) - rankOf(left) || orderOf(left.alert) - orderOf(right.alert));
}

const urgencyOf = ({ facts, startedAt }: AlertEntry) => (facts?.deadlineAt ?? startedAt).getTime();

const rankOf = ({ kind, severity }: AlertEntry) => (kind === "resolved" ? -1 : SEVERITIES.indexOf(severity));

function titleOf(groups: readonly Group[], now: Date): string {
  const [first, ...rest] = groups;
  if (first === undefined) return "";
  const [entry] = first;
  const gist = first.length === 1 ? textOfAlert(entry).tell(entry, now).title : `${counted(first)}${headingOf(entry)}`;
  const others = rest.reduce((sum, group) => sum + group.length, 0);
  return others === 0 ? gist : `${gist}，另有 ${others} 项`;
}

const counted = ({ length, 0: { facts } }: Group) => (facts === null ? `${length} 项` : `${length} 个公众号`);

function headingOf(entry: AlertEntry): string {
  const text = textOfAlert(entry);
  return entry.kind === "resolved" ? text.resolvedHeading : text.heading(entry.severity);
}

/** The level that colours it: none for what is over. */
const levelOf = ({ kind, severity }: AlertEntry) => (kind === "resolved" ? null : severity);

function personal(entry: AlertEntry, options: ComposeOptions): Section {
  const { kind, severity, facts } = entry;
  const { title, lines, short } = textOfAlert(entry).tell(entry, options.now);
  const changed = kind === "changed" ? [`级别已变为“${SEVERITY_NAMES[severity]}”。`] : [];
  const advice = adviceOf([entry]);
  const link = linkOf(entry, "查看该公众号的看板", options);
  const name = facts ? shortNameOf(facts) : title;
  return {
    // Without an account the title has said it.
    heading: facts ? `${nameOf(facts)}（${departmentOf(facts)}）` : "",
    severity: levelOf(entry),
    items: [
      {
        ...{ notifications: entry.notifications, mentions: entry.mentions },
        full: [...[...lines, ...changed].map((line) => [line]), ...(advice ? [advice] : []), ...(link ? [[link]] : [])],
        brief: [{ strong: name }, `：${short}`],
        name,
      },
    ],
  };
}

function listed(group: Group, options: ComposeOptions, names: ReadonlyMap<AlertEntry, string>): Section {
  const [first] = group;
  const advice = adviceOf(group);
  return {
    heading: `${headingOf(first)}（${group.length} ${first.facts ? "个" : "项"}）`,
    severity: levelOf(first),
    items: group.map((entry) => row(entry, options, names.get(entry) ?? "")),
    ...(advice && { advice }),
  };
}

function row(entry: AlertEntry, options: ComposeOptions, name: string): Item {
  const { row: words, short } = textOfAlert(entry).tell(entry, options.now);
  const { facts } = entry;
  const link = linkOf(entry, "看板", options);
  const who: Span[] = facts ? [{ strong: nameOf(facts) }, `（${departmentOf(facts)}）：`] : [{ strong: name }, "："];
  return {
    ...{ notifications: entry.notifications, mentions: entry.mentions },
    full: [[...who, words, ...(link ? [" ", link] : [])]],
    brief: [{ strong: name }, `：${short}`],
    name,
  };
}

/** Names that several accounts share are told apart by the account's code. */
function namesOf(entries: readonly AlertEntry[]): Map<AlertEntry, string> {
  const named = entries.map((entry) => ({
    entry,
    name: entry.facts ? shortNameOf(entry.facts) : cleanName(entry.subject) || headingOf(entry),
  }));
  const codes = Map.groupBy(named, ({ name }) => name);
  return new Map(
    named.map(({ entry, name }) => {
      const shared = new Set(codes.get(name)?.map((other) => other.entry.facts?.code)).size > 1;
      return [entry, shared && entry.facts ? `${name}（${entry.facts.code}）` : name];
    }),
  );
}

function adviceOf(group: Group): Line | null {
  const [first] = group;
  if (first.kind === "resolved") return null;
  const text = textOfAlert(first);
  const advice = text.advice(first.severity, text.asOf(group));
  return advice === null ? null : [advice];
}

function linkOf({ facts }: AlertEntry, text: string, { boardsUrl }: ComposeOptions): Span | null {
  if (boardsUrl === null || facts === null) return null;
  return { link: `${boardsUrl}/d/govmatrix-account?var-account=${encodeURIComponent(facts.code)}`, text };
}

function closingOf(list: boolean, { boardsUrl, now }: ComposeOptions): Line[] {
  const link: Span[] =
    list && boardsUrl !== null ? [" ", { link: `${boardsUrl}/d/govmatrix-alerts`, text: "全部告警" }] : [];
  return [[`政务微信矩阵自动发送，${minuteOf(now)}（北京时间）`, ...link]];
}
