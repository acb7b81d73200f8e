import type { Account } from "../county.ts";
import { commentTraps, setSince, valueAt } from "../replies/functions.ts";
import { BadRequest, type Input, optionalFlag } from "./input.ts";

/** What can be set of an account's functions. */
export const functionNames = ["comments", "customerService", "callback", "greeting", "commentTrap"] as const;

function readGreeting(value: unknown): string | null {
  if (value !== null && typeof value !== "string") throw new BadRequest("greeting: expected a string or null");
  return value;
}

function readTrap(value: unknown): Account["switches"]["commentTrap"] {
  const trap = commentTraps.find((known) => known === value) ?? null;
  if (trap === null && value !== null) throw new BadRequest(`commentTrap: expected null or ${commentTraps.join(", ")}`);
  return trap;
}

/** From now on; what was written before stays as it was. */
export function changeFunctions(account: Account, set: Input, nowMs: number): void {
  const { functions, switches } = account;
  const nowSeconds = Math.floor(nowMs / 1_000);
  const greeting = set.greeting === undefined ? undefined : readGreeting(set.greeting);
  const trap = set.commentTrap === undefined ? switches.commentTrap : readTrap(set.commentTrap);
  const flags = (["comments", "customerService", "callback"] as const).map(
    (name) => [name, optionalFlag(set, name)] as const,
  );
  for (const [name, flag] of flags) {
    if (flag !== undefined && flag !== valueAt(functions[name], nowSeconds))
      setSince(functions[name], nowSeconds, flag);
  }
  if (greeting !== undefined) setSince(functions.greeting, nowSeconds, greeting);
  switches.commentTrap = trap;
}

export function functionsTruth({ functions, switches, replying }: Account, nowSeconds: number): object {
  return {
    comments: valueAt(functions.comments, nowSeconds),
    customer_service: valueAt(functions.customerService, nowSeconds),
    callback: valueAt(functions.callback, nowSeconds),
    greeting: valueAt(functions.greeting, nowSeconds),
    keywords: functions.keywords,
    greets_followers: functions.greetsFollowers,
    silent_comments: functions.silentComments,
    comment_trap: switches.commentTrap,
    replying,
  };
}
