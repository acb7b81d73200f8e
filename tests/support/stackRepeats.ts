import type { Kysely } from "kysely";
import type { Database } from "../../src/store/database.ts";
import type { Kill } from "./stackKills.ts";

/** A contact was told the same of an account again. */
export interface Repeat {
  code: string;
  channel: string;
  firstAt: number;
  at: number;
}

export interface Tries {
  kills: readonly Kill[];
  pace: { sendTimeoutMs: number; persistMs: number };
  /** What the notifier wrote, one JSON text a line. */
  log: string;
}

/**
 * Whether what was told first was never written down, and why it was not: sender or store were away while it should
 * have been, or the sender did not get the answer in time.
 */
export async function excused(
  db: Kysely<Database>,
  { code, channel, firstAt, at }: Repeat,
  { kills, pace, log }: Tries,
): Promise<boolean> {
  const written = await db
    .selectFrom("notification as n")
    .innerJoin("alert_event as e", "e.id", "n.event_id")
    .innerJoin("alert_episode as p", "p.id", "e.episode_id")
    .innerJoin("account as a", "a.id", "p.account_id")
    .select("n.id")
    .where("a.code", "=", code)
    .where("n.channel", "=", channel)
    .where("n.state", "=", "delivered")
    .where("n.settled_at", ">=", new Date(firstAt))
    .where("n.settled_at", "<", new Date(at))
    .execute();
  if (written.length > 0) return false;
  const writtenUntil = firstAt + pace.sendTimeoutMs + pace.persistMs;
  const away = kills.some(
    (kill) => /notifier|postgres/.test(kill.name) && kill.at <= writtenUntil && kill.backAt >= firstAt,
  );
  return away || timeouts(log, channel).some((time) => time >= firstAt && time < at);
}

/** Of a process that is killed the last line may be half a line. */
function timeouts(log: string, channel: string): number[] {
  return [...log.matchAll(/"time":"([^"]*)"[^{}\n]*"channel":"([^"]*)","reason":"timeout"/g)]
    .filter(([, , name]) => name === channel)
    .map(([, time = ""]) => Date.parse(time));
}
