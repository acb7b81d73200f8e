import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { PlatformError } from "../../errors.ts";
import type { PagePorts, RequestObserver, SessionPorts } from "../platform.ts";
import { platformError, worthRepeating } from "./errors.ts";
import { type Fields, isFields, ShapeFault } from "./fields.ts";
import type { HttpResponse, Post } from "./http.ts";
import { parseJson } from "./json.ts";

const REPEAT_AFTER_MS = [500, 2_000];
const NOT_UNDERSTOOD = new Set(["unexpected_shape", "not_json", "not_json_html"]);

export interface Client {
  post: Post;
  apiUrl: string;
  observe: RequestObserver;
  log: Logger;
}

/** What a reader has besides the body. */
export interface Reading {
  now: Date;
  /** Told of a part that is not understood and does not count, so that the answer is kept for a look. */
  leaveOut(fault: ShapeFault): void;
}

export interface ApiCall<Result> {
  account: string;
  api: string;
  path: string;
  token?: string;
  json: object;
  /** For all attempts together. */
  deadlineMs: number;
  signal: AbortSignal;
  now(): Date;
  /** Turns a body without an error number into the result, or throws `ShapeFault`. */
  read(body: Fields, reading: Reading): Result;
  /** Codes that are an answer, not a fault, and what they mean. */
  answers?: Readonly<Record<string, Result>>;
  /** Told of bodies that could not be understood as a whole; not given where they may hold a token. */
  keepRaw?: PagePorts["keepRaw"];
  /** Not given where no quota counts the calls. */
  bookRepeat?: SessionPorts["bookRepeat"];
}

/** Asks until there is an answer, a fault that repeating does not mend, or no time left. */
export async function callApi<Result>(client: Client, call: ApiCall<Result>): Promise<Result> {
  const endsAt = performance.now() + call.deadlineMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await callOnce(client, call, endsAt - performance.now());
    } catch (error) {
      const pauseMs = jitter(REPEAT_AFTER_MS[attempt]);
      if (!worthRepeating(error) || performance.now() + pauseMs >= endsAt) throw error;
      await sleep(pauseMs, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
      await call.bookRepeat?.(call.api).catch((refusal: unknown) => {
        // What went wrong tells more than that nothing is left to try it again.
        throw refusal instanceof PlatformError ? error : refusal;
      });
    }
  }
}

async function callOnce<Result>(client: Client, call: ApiCall<Result>, timeoutMs: number): Promise<Result> {
  const { account, api, signal } = call;
  const startedAt = performance.now();
  const report = (code: string | null) => {
    const ms = performance.now() - startedAt;
    client.observe({ platform: "wechat", api, errorClass: code, seconds: ms / 1000 });
    client.log.debug({ api, account, ms: Math.round(ms), code }, "platform request");
  };
  const url = new URL(client.apiUrl.replace(/\/+$/, "") + call.path);
  if (call.token !== undefined) url.searchParams.set("access_token", call.token);
  let body = "";
  try {
    const response = await client.post({ api, url, json: call.json, timeoutMs, signal, now: call.now() });
    body = response.text;
    const leftOut: ShapeFault[] = [];
    const result = interpret(response, call, (fault) => leftOut.push(fault));
    report(null);
    if (leftOut[0]) call.keepRaw?.({ api, fault: shapeError(leftOut[0], api, call.now()).message, body });
    return result;
  } catch (thrown) {
    const error = thrown instanceof ShapeFault ? shapeError(thrown, api, call.now()) : thrown;
    if (error instanceof PlatformError) {
      report(error.code);
      if (NOT_UNDERSTOOD.has(error.code)) call.keepRaw?.({ api, fault: error.message, body });
    }
    throw error;
  }
}

function shapeError(fault: ShapeFault, api: string, now: Date): PlatformError {
  return platformError("unexpected_shape", { api, now, detail: fault.message });
}

/** An error number counts whatever the HTTP status says: nearly all of them come with 200. */
function interpret<Result>(
  response: HttpResponse,
  { api, now, read, answers }: ApiCall<Result>,
  leaveOut: Reading["leaveOut"],
): Result {
  const body = readBody(response, api, now());
  const code = readErrorNumber(body);
  const known = answers?.[code];
  if (known !== undefined) return known;
  if (code !== "0") throw platformError(code, { api, now: now(), errmsg: readMessage(body) });
  if (response.status !== 200) throw platformError(`http_${response.status}`, { api, now: now() });
  return read(body, { now: now(), leaveOut });
}

/** `0` also when there is none: most successes come without it. */
function readErrorNumber({ errcode = null }: Fields): string {
  if (errcode === null) return "0";
  if (!["number", "string"].includes(typeof errcode) || !/^-?\d{1,9}$/.test(String(errcode))) {
    throw new ShapeFault("errcode", "an integer");
  }
  return String(Number(errcode));
}

function readMessage({ errmsg }: Fields): string {
  return typeof errmsg === "string" ? errmsg : "";
}

function readBody({ status, text }: HttpResponse, api: string, now: Date): Fields {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    // The parser's message quotes the text.
    throw platformError(status === 200 ? notJson(text) : `http_${status}`, { api, now });
  }
  if (isFields(body)) return body;
  throw status === 200 ? new ShapeFault("body", "an object") : platformError(`http_${status}`, { api, now });
}

function notJson(text: string): string {
  return /^\s*</.test(text) ? "not_json_html" : "not_json";
}

/** ± 20 %, so that visits which failed together do not return together; without a pause there is no next time. */
function jitter(ms: number | undefined): number {
  return ms === undefined ? Number.POSITIVE_INFINITY : ms * (0.8 + Math.random() * 0.4);
}
