import type { Hop } from "../model.ts";
import type { TargetKey } from "../store/targets.ts";
import { channelOf } from "./channels/index.ts";
import { targetFault } from "./channels/mentions.ts";
import type { Routes } from "./routes.ts";

/** Who is told, and the ways to reach them in the order in which they are tried. */
export interface Recipient {
  /** `account:CODE`, `department:CODE:N` or `duty`; stable, so that the same one hears of an episode's end. */
  recipient: string;
  hops: readonly Hop[];
}

/** What the register knows of whom to tell about an account. */
export interface Reachable {
  code: string;
  department: string;
  contactChannel: string | null;
  contactTarget: string | null;
}

export function dutyOf(routes: Routes): Recipient {
  return { recipient: "duty", hops: routes.duty };
}

/** The account's own contact, else each of its department's, else the duty group. */
export function recipientsOf(routes: Routes, account: Reachable): Recipient[] {
  const contacts = routes.departments.get(account.department) ?? [];
  const own = ownHop(routes, account);
  if (own) {
    const hops = withoutRepeats([own, ...(contacts[0]?.hops ?? []), ...routes.duty]);
    return [{ recipient: `account:${account.code}`, hops }];
  }
  if (contacts.length === 0) return [dutyOf(routes)];
  return contacts.map(({ hops }, index) => ({
    recipient: `department:${account.department}:${index + 1}`,
    hops: withoutRepeats([...hops, ...routes.duty]),
  }));
}

/** A chat is one target whoever is mentioned in it. Null when the routes file knows no such channel. */
export function targetOf(routes: Routes, hop: Hop): TargetKey | null {
  const settings = routes.channels.get(hop.channel);
  if (!settings) return null;
  if (!channelOf(settings.type).addressed) return { channel: hop.channel, address: "" };
  return hop.target === null ? null : { channel: hop.channel, address: hop.target };
}

/** Stored hops may name channels that have left the routes file; the duty group can always be reached. */
export function waysOf(routes: Routes, stored: readonly Hop[]): TargetKey & { hops: Hop[] } {
  for (const hops of [stored, routes.duty]) {
    const known = hops.filter((hop) => targetOf(routes, hop) !== null);
    const target = known[0] && targetOf(routes, known[0]);
    if (target) return { hops: known, ...target };
  }
  throw new Error("the routes name no way to the duty group");
}

/** The register is filled in by hand: a channel that is not known, or mail to what is no address, reaches nobody. */
function ownHop(routes: Routes, { contactChannel, contactTarget }: Reachable): Hop | null {
  const settings = contactChannel === null ? undefined : routes.channels.get(contactChannel);
  if (contactChannel === null || !settings) return null;
  const reaches =
    !channelOf(settings.type).addressed ||
    (contactTarget !== null && targetFault(settings.type, contactTarget) === null);
  return reaches ? { channel: contactChannel, target: contactTarget } : null;
}

function withoutRepeats(hops: readonly Hop[]): Hop[] {
  return [...new Map(hops.map((hop) => [JSON.stringify([hop.channel, hop.target]), hop])).values()];
}
