import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { readAccountFacts } from "../store/alertFacts.ts";
import type { Database } from "../store/database.ts";
import type { ChannelType } from "./channels/channel.ts";
import { channelOf } from "./channels/index.ts";
import { targetFault } from "./channels/mentions.ts";
import type { Reachable } from "./recipients.ts";
import type { Routes } from "./routes.ts";

/** The accounts named in one line of the log. */
const NAMED_ACCOUNTS = 20;

/** Why an account's own contact does not hear of its alerts. The values themselves are personal, and no part of it. */
export interface ContactFault {
  column: "contact_channel" | "contact_target";
  /** Of the channel that cannot take the target; null = there is no such channel. */
  type: ChannelType | null;
  sentence: string;
}

/** By account code; accounts without a contact of their own have no fault. */
export function contactFaults(routes: Routes, accounts: Iterable<Reachable>): Map<string, ContactFault> {
  const faults = [...accounts].map((account) => ({ code: account.code, fault: contactFault(routes, account) }));
  return new Map(faults.flatMap(({ code, fault }): [string, ContactFault][] => (fault ? [[code, fault]] : [])));
}

/** As `contactFaults`, of the accounts in the register that are not closed. */
export async function readContactFaults(db: Kysely<Database>, routes: Routes): Promise<Map<string, ContactFault>> {
  const accounts = [...(await readAccountFacts(db, "all")).values()];
  return contactFaults(
    routes,
    accounts.filter(({ lifecycle }) => lifecycle !== "closed"),
  );
}

/** One warning for each kind of fault. */
export function logContactFaults(log: Logger, faults: ReadonlyMap<string, ContactFault>): void {
  const kinds = Map.groupBy(faults, ([, { sentence }]) => sentence);
  for (const [sentence, found] of kinds) {
    const accounts = found.map(([code]) => code).toSorted();
    log.warn(
      { accounts: accounts.slice(0, NAMED_ACCOUNTS), count: accounts.length },
      `contacts of the register cannot be reached: ${sentence}`,
    );
  }
}

function contactFault(routes: Routes, { contactChannel, contactTarget }: Reachable): ContactFault | null {
  if (contactChannel === null && contactTarget === null) return null;
  const type = contactChannel === null ? undefined : routes.channels.get(contactChannel)?.type;
  if (type === undefined) {
    return { column: "contact_channel", type: null, sentence: "contact_channel: expected a channel of ROUTES_FILE" };
  }
  // A chat can be told without mentioning anybody.
  if (contactTarget === null && !channelOf(type).addressed) return null;
  const fault = targetFault(type, contactTarget ?? "");
  return fault === null ? null : { column: "contact_target", type, sentence: `contact_target (${type}): ${fault}` };
}
