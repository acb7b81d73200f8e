import type { Kysely } from "kysely";
import type { Payload, Report } from "../../src/alerts/payload.ts";
import { receiveAlerts } from "../../src/alerts/relay.ts";
import { settle } from "../../src/alerts/settle.ts";
import type { Lifecycle, Severity } from "../../src/model.ts";
import type { Database } from "../../src/store/database.ts";
import { sawWatchdog } from "../../src/store/watchdog.ts";
import { addAccount } from "../metrics/county.ts";

export const NOW = new Date("2026-11-23T04:00:00Z");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const minutes = (count: number, from = NOW) => new Date(from.getTime() + count * MINUTE_MS);
export const days = (count: number, from = NOW) => new Date(from.getTime() + count * DAY_MS);

export const silent = { warn: () => {}, debug: () => {} };

export const payloadOf = (...reports: Report[]): Payload => ({
  ...{ group: "", reports, watchdog: false, faulty: 0, truncated: 0 },
});

export function report(severity: Severity, firing = true, rest: Partial<Report> = {}): Report {
  return { alert: "AccountPublishDue", account: "a", subject: "", severity, firing, ...rest };
}

export const fires = (...severities: Severity[]) => payloadOf(...severities.map((severity) => report(severity)));
export const ends = (...severities: Severity[]) => payloadOf(...severities.map((severity) => report(severity, false)));

export const CALM_MINUTES = 12;

export function settleAt(db: Kysely<Database>, minute: number): Promise<number> {
  return settle({ db, now: minutes(minute), calmMs: CALM_MINUTES * MINUTE_MS, log: silent });
}

/** Goes round as a notifier does, while Prometheus and Alertmanager show that they are there. */
export async function settleThrough(db: Kysely<Database>, from: number, to: number): Promise<number> {
  let events = 0;
  for (let minute = from; minute <= to; minute += 1) {
    await sawWatchdog(db, minutes(minute));
    events += await settleAt(db, minute);
  }
  return events;
}

export async function tell(db: Kysely<Database>, payload: Payload, now = NOW): Promise<number> {
  return (await receiveAlerts({ db, now }, payload)).events;
}

/** Of one department; `deadlineAt` and `dataUntil` as the statistics would have left them. */
export async function insertAccount(
  db: Kysely<Database>,
  code: string,
  known: { lifecycle?: Lifecycle; deadlineAt?: Date | null; dataUntil?: Date | null; errorCode?: string } = {},
): Promise<number> {
  await db
    .insertInto("department")
    .values({ code: "d", name: "云溪县水利局" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const id = await addAccount(db, {
    code,
    name: `云溪${code}`,
    department: "d",
    ...(known.lifecycle ? { lifecycle: known.lifecycle } : {}),
  });
  await db
    .insertInto("account_current")
    .values({ account_id: id, publish_deadline_at: known.deadlineAt ?? null, data_until: known.dataUntil ?? null })
    .execute();
  await db
    .insertInto("visit")
    .values({
      ...{ account_id: id, collector: "statistics", next_due_at: NOW, lease_id: null, leased_until: null },
      ...{ started_at: NOW, finished_at: NOW, succeeded_at: null, error_detail: null },
      error_code: known.errorCode ?? null,
      error_reason: known.errorCode ? "请核对 AppSecret。" : null,
    })
    .execute();
  return id;
}

export async function setDeadline(db: Kysely<Database>, id: number, deadlineAt: Date | null): Promise<void> {
  await db
    .updateTable("account_current")
    .set({ publish_deadline_at: deadlineAt })
    .where("account_id", "=", id)
    .execute();
}

/** Each episode in the order of its start as one line: its alert, its events, and whether it is open. */
export async function historyOf(db: Kysely<Database>): Promise<string[]> {
  const events = await db.selectFrom("alert_event").select(["episode_id", "kind", "severity"]).orderBy("id").execute();
  const episodes = await db.selectFrom("alert_episode").selectAll().orderBy("id").execute();
  return episodes.map(({ id, alert, subject, ended_at }) => {
    const own = events.filter(({ episode_id }) => episode_id === id).map(({ kind, severity }) => `${kind} ${severity}`);
    return `${alert}${subject && ` ${subject}`}: ${own.join(", ")}${ended_at ? "" : " …"}`;
  });
}
