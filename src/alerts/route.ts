import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Hop } from "../model.ts";
import type { Database } from "../store/database.ts";
import {
  insertNotifications,
  markRouted,
  type NewNotification,
  routedBefore,
  type UnroutedEvent,
  unroutedEvents,
  whileRouting,
} from "../store/routing.ts";
import { dutyOf, type Recipient, recipientsOf, waysOf } from "./recipients.ts";
import type { Routes } from "./routes.ts";

const EVENTS_AT_A_TIME = 1_000;
/** The duty group hears of these whatever their severity: the account's own people cannot see them or mend them alone. */
const ALSO_DUTY: readonly string[] = ["AccountBlind", "AccountCredentialsRejected"];

/**
 * Turns each new event into one notification per recipient. Without routes nobody is told and the events count as
 * routed: who sets the file later is not flooded with the past.
 */
export async function routeEvents({
  db,
  routes,
  now,
  log,
}: {
  db: Kysely<Database>;
  routes: Routes | null;
  now: Date;
  log: Pick<Logger, "info">;
}): Promise<void> {
  let routed = 0;
  do {
    routed = 0;
    await whileRouting(db, async (trx) => {
      const events = await unroutedEvents(trx, EVENTS_AT_A_TIME);
      if (events.length === 0) return;
      if (routes) {
        const before = await routedBefore(trx, [...new Set(events.map(({ episode }) => episode))]);
        const rows = notificationsOf(routes, events, before);
        await insertNotifications(trx, rows, now);
        log.info({ events: events.length, notifications: rows.length }, "events are routed");
      }
      const ids = events.map(({ event }) => event);
      await markRouted(trx, ids, now);
      routed = events.length;
    });
  } while (routed === EVENTS_AT_A_TIME);
}

/** Whom the event itself concerns, as the register and the routes are now. */
function concernedBy(routes: Routes, { alert, subject, severity, account }: UnroutedEvent): Recipient[] {
  const duty = dutyOf(routes);
  if (!account) return alert === "NotificationsFailing" ? [{ ...duty, hops: around(subject, duty.hops) }] : [duty];
  const own = recipientsOf(routes, account);
  const told = severity === "critical" || ALSO_DUTY.includes(alert);
  return told && own.every(({ recipient }) => recipient !== duty.recipient) ? [...own, duty] : own;
}

/** That a channel fails is told by the others first. */
function around(channel: string, hops: readonly Hop[]): Hop[] {
  return [...hops.filter((hop) => hop.channel !== channel), ...hops.filter((hop) => hop.channel === channel)];
}

/** Who has heard of an episode hears of its changes and its end as well. */
function notificationsOf(
  routes: Routes,
  events: readonly UnroutedEvent[],
  before: readonly { episode: number; recipient: string; hops: readonly Hop[] }[],
): NewNotification[] {
  const told = Map.groupBy(before, ({ episode }) => episode) as Map<number, Recipient[]>;
  return events.flatMap((event) => {
    const concerned = concernedBy(routes, event);
    const earlier = told.get(event.episode) ?? [];
    const heard = earlier.map((known) => concerned.find(({ recipient }) => recipient === known.recipient) ?? known);
    const fresh = concerned.filter(({ recipient }) => earlier.every((known) => known.recipient !== recipient));
    const recipients = event.kind === "resolved" ? heard : [...heard, ...fresh];
    told.set(event.episode, recipients);
    return recipients.map(({ recipient, hops }) => ({ event: event.event, recipient, ...waysOf(routes, hops) }));
  });
}
