import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { toError } from "../errors.ts";
import { type Database, isDatabaseAway } from "../store/database.ts";
import { saveAccepted } from "../store/outbox.ts";
import { type HeldTarget, reserveSend, type SendLimits, saveFailure } from "../store/targets.ts";
import type { ChannelSettings, Sent } from "./channels/channel.ts";
import type { SendHttp } from "./channels/http.ts";
import { sendMessage } from "./channels/index.ts";
import { backoffMs } from "./failover.ts";
import type { Pace } from "./pace.ts";
import type { Part } from "./parts.ts";

const PERSIST_AGAIN_MS = 250;

/** One try to send one message; `failure` null = it was accepted. */
export type ObserveSend = (send: { channel: string; failure: string | null }) => void;

export interface SendingContext {
  db: Kysely<Database>;
  http: SendHttp;
  pace: Pace;
  observe: ObserveSend;
  /** Nothing new is begun once it is aborted. */
  stop: AbortSignal;
  now(): Date;
  log: Logger;
}

/**
 * Sends the parts one by one until one fails, and writes what came of each before the next. Answers how many were
 * accepted.
 */
export async function sendParts(
  context: SendingContext,
  target: HeldTarget,
  { settings, limits, parts }: { settings: ChannelSettings; limits: SendLimits; parts: readonly Part[] },
): Promise<number> {
  const { db, pace, now } = context;
  for (const [index, part] of parts.entries()) {
    if (context.stop.aborted) return index;
    const { notifications } = part;
    if (!(await reserveSend(db, target, { notifications, limits, leaseMs: pace.leaseMs, now: now() }))) return index;
    const sent = await send(context, target, settings, part);
    context.observe({ channel: target.channel, failure: sent.failure });
    if (sent.failure !== null) {
      await saveRefused(context, target, sent, sent.failure);
      return index;
    }
    await persist(context, () => saveAccepted(db, target, part, now()));
    target.failures = 0;
    context.log.info({ channel: target.channel, notifications: part.notifications.length }, "a message was delivered");
  }
  return parts.length;
}

async function send(
  { http, pace, now, log }: SendingContext,
  target: HeldTarget,
  settings: ChannelSettings,
  { id, message }: Part,
): Promise<Sent> {
  const { channel, address } = target;
  const signal = AbortSignal.timeout(pace.sendTimeoutMs);
  try {
    return await sendMessage(message, settings, { http, now: now(), signal, address, id });
  } catch (error) {
    if (signal.aborted) return { failure: "timeout", answer: "", retryAfterMs: null };
    // What was to be sent, or the robot's address, may be in the error's message.
    log.error({ channel, error: toError(error).name }, "a message could not be made");
    return { failure: "internal", answer: "", retryAfterMs: null };
  }
}

async function saveRefused(context: SendingContext, target: HeldTarget, sent: Sent, reason: string): Promise<void> {
  const { db, pace, log } = context;
  const failures = target.failures + 1;
  const now = context.now();
  const nextAt = new Date(now.getTime() + backoffMs(failures, sent.retryAfterMs, pace));
  log.warn({ channel: target.channel, reason, failures }, "a message was refused");
  await persist(context, () => saveFailure(db, target, { reason, nextAt, now }));
  target.failures = failures;
}

/** What went out must be written down, or it goes out again: Postgres may be away for a moment just now. */
async function persist({ pace }: SendingContext, write: () => Promise<void>): Promise<void> {
  for (const deadline = performance.now() + pace.persistMs; ; await sleep(PERSIST_AGAIN_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!isDatabaseAway(error) || performance.now() > deadline) throw error;
    }
  }
}
