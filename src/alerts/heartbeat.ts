import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import got, { HTTPError } from "got";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import { readPlannerTick } from "../store/exposition.ts";
import { oldestPendingAt } from "../store/outbox.ts";
import { watchdogSeenAt } from "../store/watchdog.ts";

const TIMEOUT_MS = 10_000;
const TICKS_MISSED = 3;
const PENDING_LIMIT_MS = 15 * 60_000;

export interface HeartbeatOptions {
  db: Kysely<Database>;
  url: string;
  /** As Node's agents take it. */
  proxyEnv: Record<string, string>;
  plannerIntervalSeconds: number;
  /** Null = Alertmanager is not expected. */
  watchdogSilenceMs: number | null;
  everyMs: number;
  now(): Date;
  log: Pick<Logger, "warn" | "info">;
}

/** Why all is not well, so that somebody outside is to notice; null = it is. */
export async function unwell(
  { db, plannerIntervalSeconds, watchdogSilenceMs }: HeartbeatOptions,
  now: Date,
): Promise<string | null> {
  const youngerThan = (at: Date | null, limitMs: number) => at !== null && now.getTime() - at.getTime() < limitMs;
  const tick = await readPlannerTick(db);
  const tickedAt = tick === null ? null : new Date(tick * 1_000);
  if (!youngerThan(tickedAt, TICKS_MISSED * plannerIntervalSeconds * 1_000)) return "the planner does not tick";
  if (watchdogSilenceMs !== null && !youngerThan(await watchdogSeenAt(db), watchdogSilenceMs)) {
    return "Alertmanager is silent";
  }
  const pendingAt = await oldestPendingAt(db);
  return pendingAt === null || youngerThan(pendingAt, PENDING_LIMIT_MS) ? null : "notifications wait for too long";
}

/** Calls the URL while all is well; that calls stay away is the alarm. */
export function startHeartbeat(options: HeartbeatOptions): { stop(): Promise<void> } {
  const { url, proxyEnv, everyMs, now, log } = options;
  const stopped = new AbortController();
  const client = got.extend({
    agent: { http: new http.Agent({ proxyEnv }), https: new https.Agent({ proxyEnv }) },
    retry: { limit: 0 },
    timeout: { request: TIMEOUT_MS },
    headers: { "user-agent": "govmatrix" },
  });
  let said: string | null = null;

  async function beat(): Promise<string | null> {
    const reason = await unwell(options, now()).catch(() => "Postgres does not answer");
    if (reason !== null) return reason;
    try {
      await client.get(url, { signal: stopped.signal });
      return null;
    } catch (error) {
      return `the address does not answer well (${failureOf(error)})`;
    }
  }

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      const reason = await beat();
      if (!stopped.signal.aborted && reason !== said) {
        if (reason !== null) log.warn({ reason }, "there is no heartbeat");
        else log.info("the heartbeat goes on");
        said = reason;
      }
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }
  const done = loop();
  return {
    async stop() {
      stopped.abort();
      await done;
    },
  };
}

/** The address is a secret, and errors hold it: only their status or code goes on. */
function failureOf(error: unknown): string {
  if (error instanceof HTTPError) return String(error.response.statusCode);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[A-Z][A-Z0-9_]{2,39}$/.test(code) ? code : "network";
}
