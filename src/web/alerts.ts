import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { type Payload, parsePayload } from "../alerts/payload.ts";
import { receiveAlerts } from "../alerts/relay.ts";
import { createSkipLog } from "../alerts/skipped.ts";
import { toError } from "../errors.ts";
import { withDeadline } from "../metrics/deadline.ts";
import type { Database } from "../store/database.ts";
import { type Answer, json, text } from "./answers.ts";

/** 19,000 alerts of 860 bytes: 6,000 accounts whose three levels end together. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** Two Alertmanagers post one group for each alert; more at once would cost memory only. */
const MAX_AT_ONCE = 24;
const DEADLINE_MS = 10_000;

export interface AlertsOptions {
  db: Kysely<Database>;
  /** That Alertmanager presents; without it alerts are off. */
  token: string | undefined;
  now(): Date;
  log: Pick<Logger, "info" | "warn" | "error">;
}

/** Takes what goes on though the answer is given, and holds the alerts in memory until then. */
type Hold = (work: Promise<unknown>) => void;

/** Answers once the alerts are stored; at 5xx Alertmanager tries again. */
export function alertsRoute({ db, token, now, log }: AlertsOptions): (request: IncomingMessage) => Promise<Answer> {
  const logSkipped = createSkipLog(log);
  let underWay = 0;
  let faulty = false;
  // One after the other: they would wait for each other's lock anyway, each with a connection in its hand.
  let last: Promise<unknown> = Promise.resolve();

  function receive(payload: Payload, hold: Hold): Promise<{ events: number }> {
    const overdueAt = performance.now() + DEADLINE_MS;
    const receiving = last.then(async () => {
      if (performance.now() > overdueAt) throw new Error("the database is too slow");
      const at = now();
      const { events, unknown } = await receiveAlerts({ db, now: at }, payload);
      logSkipped(payload, { unknown }, at);
      return { events };
    });
    last = receiving.catch(() => undefined);
    hold(last);
    return withDeadline(receiving, DEADLINE_MS);
  }

  async function take(request: IncomingMessage, hold: Hold): Promise<Answer> {
    const body = await readBody(request);
    if (body === null) return refused(413, `the body is larger than ${BODY_LIMIT_BYTES} bytes`);
    const payload = parsePayload(body);
    if (payload === null) return text(400, "expected the JSON of an Alertmanager webhook, version 4");
    try {
      const received = await receive(payload, hold);
      if (faulty) log.info("alerts are stored again");
      faulty = false;
      return json(200, received);
    } catch (error) {
      // Alertmanager tries again every few seconds.
      if (!faulty) log.error({ error: toError(error).message }, "alerts could not be stored");
      faulty = true;
      return text(503, "the alerts could not be stored: try again");
    }
  }

  return async (request) => {
    if (token === undefined) return refused(403, "alerts are off: ALERT_WEBHOOK_TOKEN is not set");
    if (!presents(request.headers.authorization, token)) {
      const { headers, ...rest } = refused(401, "expected the bearer token of ALERT_WEBHOOK_TOKEN");
      return { ...rest, headers: { ...headers, "www-authenticate": "Bearer" } };
    }
    if (underWay >= MAX_AT_ONCE) return refused(503, "too many requests at once: try again");
    let storing: Promise<unknown> = Promise.resolve();
    underWay++;
    try {
      return await take(request, (work) => {
        storing = work;
      });
    } finally {
      void storing.then(() => underWay--);
    }
  };
}

/** The body is not read, so the connection cannot serve another request. */
function refused(status: number, message: string): Answer {
  return { ...text(status, message), headers: { connection: "close" } };
}

function presents(authorization: string | undefined, token: string): boolean {
  const presented = /^Bearer\s+(.+?)\s*$/i.exec(authorization ?? "")?.[1];
  return presented !== undefined && timingSafeEqual(digest(presented), digest(token));
}

const digest = (secret: string) => createHash("sha256").update(secret).digest();

/** Null when it is too large; what ends early is no JSON. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) return null;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Without this the early end below would cut the connection before the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) return null;
      chunks.push(chunk);
    }
  } catch {
    return "";
  }
  return Buffer.concat(chunks, size).toString();
}
