import { addDays, dayOf, daysBetween, newestAskableDay, startOf, timeOn } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import { type Coverage, type Day, UNSETTLED } from "../../model.ts";
import { newestCitizenMessage } from "../../store/messages.ts";
import { readChannel, type StoredChannel, saveChannelState } from "../../store/replyChannel.ts";
import type { Visit } from "../collector.ts";

const CHANNEL = "message";
/** Of the coverage, apart from the messages themselves. */
export const COUNTS_PART = "messageDays";
/** So many whole days without a message raise the question; the platform counts them in one call. */
const SILENT_DAYS = 7;
const ASKED_AGAIN_DAYS = 7;

/** Messages go to the account's own server, which the platform calls back. */
const CALLBACK = "callback";

/**
 * After a look: whether the account's messages can be seen at all. While it has its own server receive them, customer
 * service stays empty for ever, as if nobody wrote; only the platform's counts tell. What is hidden stays so until a
 * message is seen: that nobody wrote lately does not show that the server is gone. Without permission for the counts an
 * account that showed messages before counts as measurable, any other as not known. Answers the fault or refusal that
 * kept the question open.
 */
export async function settleSilence(visit: Visit): Promise<PlatformError | null> {
  const { db, account } = visit;
  const channel = await readChannel(db, account.id, CHANNEL);
  if (!channel || channel.state === "hidden") return null;
  const newest = await newestCitizenMessage(db, account.id);
  const measurable = channel.state === "measurable" || newest !== null;
  const [state, code] = measurable ? (["measurable", null] as const) : ([null, UNSETTLED] as const);
  if (channel.state !== state || channel.code !== code) {
    await visit.save((trx) => saveChannelState(trx, account.id, CHANNEL, { state, code }));
  }
  const days = silentDays(visit, channel, newest);
  if (days === null) return null;
  try {
    await askDays(visit, days);
    return null;
  } catch (error) {
    if (!(error instanceof PlatformError) || error.scope === "account") throw error;
    if (error.scope !== "permission" && error.scope !== "function") {
      await visit.save((trx) => visit.saveCoverage(trx, [coverage(visit, { state: "failed", code: error.code })]));
      return error;
    }
    await visit.save(async (trx) => {
      await visit.saveCoverage(trx, [coverage(visit, { state: "unavailable", code: error.code })]);
      await saveChannelState(trx, account.id, CHANNEL, { checkedAt: visit.now });
    });
    return error;
  }
}

interface Days {
  from: Day;
  to: Day;
}

/** The newest days that are final, when the question is due for them; else null. */
function silentDays(visit: Visit, { since, checkedAt }: StoredChannel, newest: Date | null): Days | null {
  const { now, statisticsReadyAt } = visit;
  const today = dayOf(now);
  const to = newestAskableDay(now, statisticsReadyAt);
  const from = addDays(to, 1 - SILENT_DAYS);
  const silent = since !== null && since <= startOf(from) && (newest === null || newest < startOf(from));
  const asked = checkedAt !== null && checkedAt <= now && daysBetween(dayOf(checkedAt), today) < ASKED_AGAIN_DAYS;
  return silent && now >= timeOn(today, statisticsReadyAt) && (!asked || visit.recheck) ? { from, to } : null;
}

async function askDays(visit: Visit, { from, to }: Days): Promise<void> {
  const apis = visit.platform.apis.messageDays;
  await visit.reserve(apis, 1);
  visit.made(apis);
  const { rows, delayed } = await visit.session.messages.days(from, to);
  if (delayed) return;
  visit.needed(apis);
  const hidden = rows.some(({ messages }) => messages > 0);
  const [state, code] = hidden ? (["hidden", CALLBACK] as const) : (["measurable", null] as const);
  await visit.save(async (trx) => {
    await visit.saveCoverage(trx, [coverage(visit, {})]);
    await saveChannelState(trx, visit.account.id, CHANNEL, { state, code, checkedAt: visit.now });
  });
}

function coverage(visit: Visit, rest: Partial<Coverage>): Coverage {
  return {
    part: COUNTS_PART,
    day: dayOf(visit.now),
    state: "final",
    code: null,
    age: null,
    fetchedAt: visit.now,
    ...rest,
  };
}
