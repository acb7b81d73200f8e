import { createHmac, timingSafeEqual } from "node:crypto";

export const ROBOT_KINDS = ["wecom", "dingtalk", "feishu", "hook"] as const;
export type RobotKind = (typeof ROBOT_KINDS)[number];

export interface RobotRequest {
  query: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Answer {
  status: number;
  body: unknown;
}

interface Window {
  count: number;
  ms: number;
}

/** What a vendor's robot does, as its documentation and the answers that people quote say. */
export interface Vendor {
  path(robot: string): string;
  robotOf(url: URL): string | null;
  /** What it refuses a message with; null takes it. */
  refusal(request: RobotRequest, signingSecret: string | null, nowMs: number): Answer | null;
  unknown: Answer;
  limits: readonly Window[];
  throttled: Answer;
  /** How long it refuses everything once a limit was passed. */
  throttleMs: number;
  accepted: Answer;
  error(code: number, text: string): Answer;
}

export type Json = { [key: string]: unknown };

const HOUR_MS = 3_600_000;
const errcode = (code: number, errmsg: string): Answer => ({ status: 200, body: { errcode: code, errmsg } });
const wecomError = (code: number, text: string) =>
  errcode(
    code,
    `${text}, hint: [1700000000000000000000000], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e=${code}`,
  );
const feishuError = (code: number, msg: string, status = 200): Answer => ({ status, body: { code, data: {}, msg } });

export function jsonOf(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

export function part(json: Json | null, ...path: string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Json | null | undefined)?.[name], json);
}

function same(given: unknown, expected: string): boolean {
  const [left, right] = [Buffer.from(String(given ?? "")), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const wecom: Vendor = {
  path: (robot) => `/cgi-bin/webhook/send?key=${robot}`,
  robotOf: (url) => (url.pathname === "/cgi-bin/webhook/send" ? (url.searchParams.get("key") ?? "") : null),
  refusal({ body }) {
    const json = jsonOf(body);
    const type = String(part(json, "msgtype"));
    const limit = { text: 2048, markdown: 4096, markdown_v2: 4096 }[type];
    if (limit === undefined) return wecomError(40008, "invalid message type");
    const content = part(json, type, "content");
    if (typeof content !== "string" || content === "") return wecomError(44004, "empty content");
    if (Buffer.byteLength(content) <= limit) return null;
    return wecomError(40058, `${type}.content exceed max length ${limit}. invalid Request Parameter`);
  },
  unknown: wecomError(93000, "invalid webhook url"),
  limits: [{ count: 20, ms: 60_000 }],
  throttled: wecomError(45009, "api freq out of limit"),
  throttleMs: 0,
  accepted: errcode(0, "ok"),
  error: wecomError,
};

const dingtalk: Vendor = {
  path: (robot) => `/robot/send?access_token=${robot}`,
  robotOf: (url) => (url.pathname === "/robot/send" ? (url.searchParams.get("access_token") ?? "") : null),
  refusal({ query, body }, signingSecret, nowMs) {
    if (signingSecret !== null) {
      const timestamp = query.get("timestamp") ?? "";
      const sign = createHmac("sha256", signingSecret).update(`${timestamp}\n${signingSecret}`).digest("base64");
      const inTime = /^\d{13}$/.test(timestamp) && Math.abs(nowMs - Number(timestamp)) <= HOUR_MS;
      if (!inTime || !same(query.get("sign"), sign)) {
        return errcode(310000, "sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]");
      }
    }
    if (Buffer.byteLength(body) > 20_000) {
      return errcode(460101, "description: body 大小不合法;solution:请保持大小在 20000bytes 以内;");
    }
    const json = jsonOf(body);
    if (json === null) return errcode(43004, "无效的HTTP HEADER Content-Type or body");
    if (part(json, "msgtype") !== "markdown") return errcode(400105, "不支持的消息类型");
    const texts = [part(json, "markdown", "title"), part(json, "markdown", "text")];
    return texts.every((text) => typeof text === "string" && text !== "") ? null : errcode(40035, "缺少参数 json");
  },
  unknown: errcode(300005, "token is not exist"),
  limits: [{ count: 20, ms: 60_000 }],
  throttled: errcode(130101, "send too fast, exceed 20 times per minute"),
  throttleMs: 600_000,
  accepted: errcode(0, "ok"),
  error: errcode,
};

const feishu: Vendor = {
  path: (robot) => `/open-apis/bot/v2/hook/${robot}`,
  robotOf: (url) => url.pathname.match(/^\/open-apis\/bot\/v2\/hook\/([^/]*)$/)?.[1] ?? null,
  refusal({ body }, signingSecret, nowMs) {
    const json = jsonOf(body);
    if (json === null) return feishuError(9499, "Bad Request", 400);
    if (signingSecret !== null) {
      const timestamp = String(part(json, "timestamp") ?? "");
      const sign = createHmac("sha256", `${timestamp}\n${signingSecret}`).digest("base64");
      const inTime = /^\d{10}$/.test(timestamp) && Math.abs(nowMs - Number(timestamp) * 1_000) <= HOUR_MS;
      if (!inTime || !same(part(json, "sign"), sign)) {
        return feishuError(19021, "sign match fail or timestamp is not within one hour from current time");
      }
    }
    if (Buffer.byteLength(body) > 20 * 1024) return feishuError(9499, "Bad Request", 400);
    if (part(json, "msg_type") !== "interactive") return feishuError(19002, "params error, msg_type need");
    return Array.isArray(part(json, "card", "elements")) ? null : feishuError(11246, "parse card json err");
  },
  unknown: feishuError(19001, "param invalid: incoming webhook access token invalid"),
  limits: [
    { count: 100, ms: 60_000 },
    { count: 5, ms: 1_000 },
  ],
  throttled: feishuError(11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"),
  throttleMs: 0,
  accepted: { status: 200, body: { StatusCode: 0, StatusMessage: "success", code: 0, data: {}, msg: "success" } },
  error: feishuError,
};

/** A receiver of the county's own. */
const hook: Vendor = {
  path: (robot) => `/hook/${robot}`,
  robotOf: (url) => url.pathname.match(/^\/hook\/([^/]*)$/)?.[1] ?? null,
  refusal({ headers, body }, signingSecret, nowMs) {
    if (jsonOf(body) === null) return { status: 400, body: { error: "not JSON" } };
    const timestamp = String(headers["x-govmatrix-timestamp"] ?? "");
    const inTime = /^\d{10}$/.test(timestamp) && Math.abs(nowMs - Number(timestamp) * 1_000) <= 300_000;
    const sign = createHmac("sha256", signingSecret ?? "")
      .update(`${timestamp}.${body}`)
      .digest("hex");
    const signed = same(headers["x-govmatrix-signature"], `sha256=${sign}`);
    return inTime && signed ? null : { status: 401, body: { error: "signature" } };
  },
  unknown: { status: 404, body: { error: "not found" } },
  limits: [],
  throttled: { status: 429, body: {} },
  throttleMs: 0,
  accepted: { status: 202, body: { ok: true } },
  error: (code, text) => ({ status: code, body: { error: text } }),
};

export const VENDORS: Record<RobotKind, Vendor> = { wecom, dingtalk, feishu, hook };
