import { type Day, dayAt, startOfDayMs } from "../calendar.ts";
import type { Account } from "../county.ts";
import type { World } from "../world.ts";
import { conversationsOn, followersGreetedOn, longestConversationDays, type ServiceRecord } from "./conversation.ts";
import { valueAt } from "./functions.ts";

/** All that was written within these seconds, both included, in the order of writing, whoever received it. */
function written(world: World, account: Account, from: number, to: number): ServiceRecord[] {
  const records: ServiceRecord[] = [];
  const firstDay = dayAt(from * 1_000) - longestConversationDays;
  for (let day = firstDay; day <= dayAt(to * 1_000); day++) {
    records.push(...conversationsOn(account, day), ...followersGreetedOn(account, day));
  }
  records.push(...(world.addedMessages.get(account) ?? []));
  const begin = Math.max(from, startOfDayMs(account.firstDay) / 1_000);
  return records.filter(({ at }) => at >= begin && at <= to).sort((a, b) => a.at - b.at);
}

/** What customer service holds of these seconds: nothing that came while it was off, or while a callback took it. */
export function recordsBetween(world: World, account: Account, from: number, to: number): ServiceRecord[] {
  const { customerService, callback } = account.functions;
  return written(world, account, from, to).filter(({ at }) => valueAt(customerService, at) && !valueAt(callback, at));
}

/** As the statistics of messages number them. */
const mediaTypes: Readonly<Record<string, number>> = { "[image]": 2, "[voice]": 3, "[video]": 4 };

export interface UpstreamRow {
  day: Day;
  type: number;
  users: number;
  messages: number;
}

/** What citizens sent on these days, whoever received it; none for a day and a type without messages. */
export function upstreamRows(world: World, account: Account, from: Day, to: Day): UpstreamRow[] {
  const groups = new Map<string, { day: Day; type: number; openids: string[] }>();
  for (const record of written(world, account, startOfDayMs(from) / 1_000, startOfDayMs(to + 1) / 1_000 - 1)) {
    if (record.opercode !== 2003) continue;
    const day = dayAt(record.at * 1_000);
    const type = mediaTypes[record.text] ?? 1;
    const group = groups.get(`${day} ${type}`);
    if (group === undefined) groups.set(`${day} ${type}`, { day, type, openids: [record.openid] });
    else group.openids.push(record.openid);
  }
  return [...groups.values()]
    .sort((a, b) => a.day - b.day || a.type - b.type)
    .map(({ day, type, openids }) => ({ day, type, users: new Set(openids).size, messages: openids.length }));
}
