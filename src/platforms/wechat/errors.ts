import { isIP } from "node:net";
import { dayOf, endOf } from "../../calendar.ts";
import { PlatformError } from "../../errors.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { TOKEN_FAULTS } from "./token-faults.ts";
import { TRANSPORT_FAULTS } from "./transport-faults.ts";

export const TOKEN_API = "stable_token";

/** Error numbers by which a business API refuses the token. */
const TOKEN_REFUSALS = new Set(["40001", "40014", "42001"]);
const MINUTE_MS = 60_000;

interface Circumstances {
  api: string;
  now: Date;
  /** The platform's text: only the support id and our IP are taken from it, for it may quote ids. */
  errmsg?: string | undefined;
  /** Words of our own that make the message precise, such as a field's path. */
  detail?: string | undefined;
}

/** The error that a code stands for: the platform's number, `http_<status>`, or one of our words. */
export function platformError(code: string, { api, now, errmsg = "", detail }: Circumstances): PlatformError {
  const tokenCall = api === TOKEN_API;
  const fault =
    (tokenCall ? TOKEN_FAULTS[code] : undefined) ?? FAULTS[code] ?? TRANSPORT_FAULTS[code] ?? unlisted(code);
  const ip = code === "40164" ? egressIp(errmsg) : null;
  const remarks = [detail, ip].filter((remark) => remark).join(", ");
  return new PlatformError({
    name: fault.name,
    code,
    retry: fault.retry,
    api,
    // Without a token nothing else can be asked of the account.
    scope: tokenCall ? "account" : fault.scope,
    message: `${api}: ${fault.message} (${code})${remarks && `: ${remarks}`}`,
    reason: ip ? fault.reason.replace("出口 IP ", `出口 IP ${ip} `) : fault.reason,
    rid: /\brid: ?([0-9a-f]{1,8}-[0-9a-f]{1,8}-[0-9a-f]{1,8})\b/i.exec(errmsg)?.[1],
    until: reopening(code, now),
  });
}

/** The platform takes the token for stale: another one can help. */
export function refusesToken(error: unknown): error is PlatformError {
  return error instanceof PlatformError && TOKEN_REFUSALS.has(error.code);
}

/** Asking for another token brought the refused one again. */
export function bringsSameToken(error: unknown): boolean {
  return error instanceof PlatformError && error.code === "token_rejected";
}

/** The same request may well succeed within seconds. */
export function worthRepeating(error: unknown): boolean {
  return error instanceof PlatformError && error.retry === "soon" && !error.until;
}

function unlisted(code: string): Fault {
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  if (status === undefined) {
    return {
      name: "UnknownPlatformError",
      retry: "later",
      scope: "request",
      message: "platform answered an error number that is not listed",
      reason: `平台返回了未收录的错误码 ${code}，系统稍后重试；若持续出现，请将错误码告知系统维护人员。`,
    };
  }
  return {
    name: status === "404" ? "ApiNotFound" : "HttpFailed",
    retry: status.startsWith("5") ? "soon" : "later",
    scope: "request",
    message: `HTTP status ${status}`,
    reason: `微信服务器返回 HTTP ${status}，系统会自动重试；若持续出现，请检查 WECHAT_API_URL、网络出口和代理的设置。`,
  };
}

function reopening(code: string, now: Date): Date | undefined {
  if (code === "45009") return endOf(dayOf(now));
  if (code === "45011") return new Date(now.getTime() + MINUTE_MS);
  return undefined;
}

function egressIp(errmsg: string): string | null {
  return errmsg.split(/[\s,;]+/).find((word) => isIP(word) !== 0) ?? null;
}
