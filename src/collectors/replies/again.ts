import { addDays, dayOf, startOf } from "../../calendar.ts";
import { UNSETTLED } from "../../model.ts";
import type { StoredChannel } from "../../store/replyChannel.ts";
import type { Visit } from "../collector.ts";
import { nextSlot } from "./slots.ts";

const ASKED_AGAIN_DAYS = 7;

/** The account does not have the channel, or may not ask about it. */
export function isRefused({ state, code }: StoredChannel): boolean {
  return state === "absent" || (state === null && code !== null && code !== UNSETTLED);
}

/** When a channel that is absent or was refused is asked again; null for every other. */
export function askedAgainAt({ account, now }: Visit, channel: StoredChannel | null): Date | null {
  if (channel === null || !isRefused(channel)) return null;
  // A clock that ran ahead stored a time that has not come.
  const checkedAt = channel.checkedAt && channel.checkedAt <= now ? channel.checkedAt : new Date(0);
  const day = addDays(dayOf(checkedAt), ASKED_AGAIN_DAYS);
  return nextSlot(account.code, "daily", startOf(day), day);
}
