import { type AccountFacts, readAccountFacts } from "../store/alertFacts.ts";
import { moveNotifications, setAside, type Waiting, type WaitingEvent, waitingFor } from "../store/outbox.ts";
import { downTargets, type HeldTarget, releaseTarget, roomFor, type TargetKey, takeTarget } from "../store/targets.ts";
import { channelOf } from "./channels/index.ts";
import { type AlertEntry, composeAlerts } from "./compose.ts";
import { readCountyFacts } from "./county.ts";
import type { WaitingSheet } from "./digest/address.ts";
import { composeDigests } from "./digest/index.ts";
import { acceptedParts } from "./digest/sheet.ts";
import { movesFrom, movesFromUnknown, patienceMs } from "./failover.ts";
import { foldEvents, type Verdict } from "./fold.ts";
import { alertParts, digestParts } from "./parts.ts";
import type { Routes } from "./routes.ts";
import { type SendingContext, sendParts } from "./send.ts";

export interface DeliveryContext extends SendingContext {
  routes: Routes;
}

/** Tells a target what waits for it, as far as it is time and another notifier is not at it. */
export async function deliverTo(context: DeliveryContext, key: TargetKey): Promise<void> {
  const { db, pace, now } = context;
  const target = await takeTarget(db, key, { leaseMs: pace.leaseMs, now: now() });
  if (!target) return;
  try {
    const waiting = await waitingFor(db, target, now());
    if (waiting.length > 0) await tell(context, target, waiting);
  } finally {
    // Else the lease ends by itself.
    await releaseTarget(db, target).catch(() => undefined);
  }
}

async function tell(context: DeliveryContext, target: HeldTarget, waiting: readonly Waiting[]): Promise<void> {
  const { db, routes, pace } = context;
  const now = context.now();
  const settings = routes.channels.get(target.channel);
  if (!settings) return await moveNotifications(db, target, movesFromUnknown(waiting, routes));
  if (target.nextAt > now) return await moveOn(context, target, waiting, now);
  const channel = channelOf(settings.type);
  const limits = { perMinute: channel.perMinute, perWindow: pace.perWindow, windowMs: pace.windowMs };
  const room = await roomFor(db, target, limits, now);
  if (room.messages === 0 || !isTime(context, target, waiting, { lastAt: room.lastAt, now })) return;

  const { entries, sheets } = await toTell(context, target, waiting, now);
  const { boardsUrl } = routes;
  const alerts = entries.length === 0 ? null : composeAlerts(entries, { boardsUrl, now });
  const news = alerts ? alertParts(alerts, channel, target, room.messages) : [];
  const accepted = await sendParts(context, target, { settings, limits, parts: news });
  if (accepted < news.length) return;

  const known = acceptedParts(sheets.map(({ sheet }) => sheet));
  const most = Math.min(limits.perWindow, limits.perMinute);
  const digest = composeDigests(sheets)
    .flatMap((letter) => digestParts(letter, channel, target, most))
    .filter(({ id }) => !known.has(id));
  // Begun only when all that is left of it may be sent: its parts are read together.
  if (digest.length <= room.messages - news.length) {
    await sendParts(context, target, { settings, limits, parts: digest });
  }
}

/** A target that is down loses what waits for it to those that are not. */
async function moveOn(
  { db, routes, pace, log }: DeliveryContext,
  target: HeldTarget,
  waiting: readonly Waiting[],
  now: Date,
): Promise<void> {
  const down = await downTargets(db, { failures: pace.failuresToMoveOn, patienceMs: patienceMs(pace), now });
  if (!down.some(({ channel, address }) => channel === target.channel && address === target.address)) return;
  const moves = movesFrom(waiting, { routes, down });
  if (moves.length === 0) return;
  await moveNotifications(db, target, moves);
  log.warn({ channel: target.channel, notifications: moves.length }, "a channel is down: the next ones take over");
}

/** What comes together goes together; what is looked at again has waited. A target that fails has its backoff. */
function isTime(
  { pace }: DeliveryContext,
  { failures }: HeldTarget,
  waiting: readonly Waiting[],
  { lastAt, now }: { lastAt: Date | null; now: Date },
): boolean {
  const ago = (at: Date) => now.getTime() - at.getTime();
  if (failures === 0 && lastAt !== null && ago(lastAt) < pace.quietMs) return false;
  const oldest = waiting.find(isNew);
  return oldest === undefined || ago(oldest.createdAt) >= pace.gatherMs;
}

/** Neither looked at before, nor an end that waits until another target heard of the beginning. */
function isNew({ state, event }: Waiting): boolean {
  return state === "pending" && !(event?.kind === "resolved" && event.overtakes && !event.heard);
}

/** News that the data bear out, and the sheets of the newest digest; what is not to be told is recorded as such. */
async function toTell(
  context: DeliveryContext,
  target: HeldTarget,
  waiting: readonly Waiting[],
  now: Date,
): Promise<{ entries: AlertEntry[]; sheets: WaitingSheet[] }> {
  const mentionsOf = mentionsAt(target);
  const events = waiting.filter(isEvent);
  const facts = await factsOf(context, events);
  const county = await readCountyFacts(context.db, now);
  const { entries, verdicts } = foldEvents(events, { facts, county, mentionsOf, now });

  const sheets = waiting.filter(({ event }) => event === null);
  const outdated = sheets.filter((sheet) => sheet.outdated);
  await record(context, target, now, [
    ...verdicts,
    ...outdated.map(({ id }) => ({ id, state: "superseded" as const, final: true })),
  ]);
  const current = sheets.filter((sheet) => !sheet.outdated);
  return {
    entries,
    sheets: current.map((sheet) => ({ notifications: [sheet.id], mentions: mentionsOf(sheet), sheet: sheet.sheet })),
  };
}

const isEvent = (waiting: Waiting): waiting is Waiting & { event: WaitingEvent } => waiting.event !== null;

/** In a chat its people are mentioned; a mail has reached its one already. */
const mentionsAt =
  ({ address }: TargetKey) =>
  ({ hops, hop }: Waiting): string[] => {
    const person = address === "" ? hops[hop]?.target : null;
    return person ? [person] : [];
  };

async function factsOf(
  { db }: DeliveryContext,
  events: readonly { event: WaitingEvent }[],
): Promise<Map<number, AccountFacts>> {
  const ids = events.flatMap(({ event }) => (event.accountId === null ? [] : [event.accountId]));
  return await readAccountFacts(db, [...new Set(ids)]);
}

async function record(
  { db, pace }: DeliveryContext,
  target: HeldTarget,
  now: Date,
  verdicts: readonly Verdict[],
): Promise<void> {
  const again = new Date(now.getTime() + pace.recheckMs);
  for (const group of Map.groupBy(verdicts, ({ state, final }) => `${state} ${final}`).values()) {
    const [{ state, final }] = group as [Verdict];
    const ids = group.map(({ id }) => id);
    await setAside(db, target, { ids, state, nextAt: final ? null : again, now });
  }
}
