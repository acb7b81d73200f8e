import type { AccountFacts } from "../../store/alertFacts.ts";
import { publishDue } from "./publishDue.ts";
import { repliesOverdue } from "./repliesOverdue.ts";
import { blind, credentialsRejected } from "./sight.ts";
import { SYSTEM_ALERTS, systemText } from "./system.ts";
import { type AccountText, type AlertEntry, type AlertText, asOf, shortNameOf, span, type Told } from "./text.ts";
import { verificationExpiring } from "./verification.ts";

/** Within one severity they are told in this order. */
const ACCOUNT_TEXTS: Record<string, AccountText> = {
  AccountPublishDue: publishDue,
  AccountRepliesOverdue: repliesOverdue,
  AccountCredentialsRejected: credentialsRejected,
  AccountBlind: blind,
  AccountVerificationExpiring: verificationExpiring,
};
const ORDER = [...SYSTEM_ALERTS, ...Object.keys(ACCOUNT_TEXTS)];

/** Lower is told first. */
export function orderOf(alert: string): number {
  const place = ORDER.indexOf(alert);
  return place < 0 ? ORDER.length : place;
}

/** Words for events of one alert, all about accounts or none. */
export function textOfAlert({
  alert,
  subject,
  facts,
}: AlertEntry): AlertText & { asOf(entries: readonly AlertEntry[]): string } {
  const text = Object.hasOwn(ACCOUNT_TEXTS, alert) ? ACCOUNT_TEXTS[alert] : undefined;
  if (facts === null) return { ...systemText(alert, subject), asOf: () => "" };
  return {
    ...(text ?? systemText(alert, subject)),
    asOf: (entries) => asOf(entries.map((entry) => (entry.facts && text ? text.dataTime(entry.facts) : null))),
    tell: (entry, now) => tellOfAccount(text, entry, entry.facts ?? facts, now),
  };
}

function tellOfAccount(text: AccountText | undefined, entry: AlertEntry, facts: AccountFacts, now: Date): Told {
  if (text === undefined) {
    const told = systemText(entry.alert, entry.subject).tell(entry, now);
    return { ...told, title: `${told.title}：${shortNameOf(facts)}` };
  }
  const told = text.tell(entry, facts, now);
  return entry.kind === "resolved" ? { ...told, lines: [...told.lines, `提醒起止：${span(entry)}`] } : told;
}
