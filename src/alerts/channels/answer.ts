import type { SendContext, Sent } from "./channel.ts";
import { clean } from "./escape.ts";
import type { HttpResult } from "./http.ts";

const ANSWER_CHARACTERS = 500;
const RATE_LIMITED_MS = 60_000;

/** What a robot's answer says: its own number, "0" for success; null when it holds none. */
export interface Verdict {
  code: string | null;
  /** For numbers that mean "too often". */
  waitMs?: number | undefined;
}

const ACCEPTED: Verdict = { code: "0" };

/** The parts of a robot's address that let anybody send. */
export function secretsOf(url: string): string[] {
  const { href, pathname, searchParams, search } = new URL(url);
  // Where the key is a parameter, the path is made of plain words such as "send".
  const segments = pathname.split("/").filter((segment) => searchParams.size === 0 || segment.length >= 16);
  return [url, href, `${pathname}${search}`, ...searchParams.values(), ...segments.slice(-1)];
}

/** Robots and mail servers echo what they were sent: without secrets, on one line, not endless. */
export function quotable(answer: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), decoded(secret), jsonForm(secret)]);
  const longestFirst = [...new Set(forms)].filter((form) => form !== "").sort((a, b) => b.length - a.length);
  const redacted = longestFirst.reduce((text, form) => text.replaceAll(form, "[redacted]"), answer);
  return clean(redacted).trim().slice(0, ANSWER_CHARACTERS).toWellFormed();
}

function decoded(secret: string): string {
  try {
    return decodeURIComponent(secret);
  } catch {
    return secret;
  }
}

/** Some servers write every slash as `\/`. */
function jsonForm(secret: string): string {
  return JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/");
}

type Read = (answer: Record<string, unknown>) => Verdict;

/** Posts to a robot and takes nothing for success but the robot's own word; without `read` any 2xx is one. */
export async function postMessage(
  { http, signal }: Pick<SendContext, "http" | "signal">,
  request: { url: string; body: string; headers?: Record<string, string>; secrets: readonly string[] },
  read: Read | null,
): Promise<Sent> {
  const { url, body, headers, secrets } = request;
  const result = await http({
    ...{ url, body, signal },
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
  if ("failure" in result) {
    // Where the status alone decides, what follows it does not matter.
    const accepted = read === null && result.status !== null && isSuccess(result.status);
    return { failure: accepted ? null : result.failure, answer: "", retryAfterMs: null };
  }
  const { code, waitMs } = read === null ? ACCEPTED : verdictOf(result, read);
  const failure = failureOf(result.status, code);
  const limited = result.status === 429 ? RATE_LIMITED_MS : undefined;
  const waits = [waitMs, limited, result.retryAfterMs].filter((wait) => typeof wait === "number");
  return {
    failure,
    answer: quotable(result.text, secrets),
    retryAfterMs: failure === null || waits.length === 0 ? null : Math.max(...waits),
  };
}

function verdictOf({ text }: Extract<HttpResult, { status: number }>, read: Read): Verdict {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? read(answer as Record<string, unknown>) : { code: null };
  } catch {
    return { code: null };
  }
}

const isSuccess = (status: number) => status >= 200 && status < 300;

function failureOf(status: number, code: string | null): string | null {
  const accepted = isSuccess(status);
  if (accepted && code === "0") return null;
  if (code !== null && code !== "0") return code;
  return accepted ? "not_json" : `http_${status}`;
}

/** A robot's number as a metric's label; anything else in its place is no number. */
export function numberOf(value: unknown): string | null {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 1e8 ? String(value) : null;
}
