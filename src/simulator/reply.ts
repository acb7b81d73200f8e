import { randomBytes } from "node:crypto";
import type { Answer } from "./endpoints/endpoint.ts";
import { isRefusal } from "./errors.ts";

export interface Reply {
  status: number;
  contentType: string;
  body: Buffer;
  headers?: Record<string, string>;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The first group is the second of the request, as on the platform. */
function requestId(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000)
    .toString(16)
    .padStart(8, "0");
  return `${seconds}-${randomBytes(4).toString("hex")}-${randomBytes(4).toString("hex")}`;
}

export function replyOf(answer: Answer, nowMs: number, contentType: string, bom: boolean): Reply {
  const value = isRefusal(answer) ? { ...answer, errmsg: `${answer.errmsg} rid: ${requestId(nowMs)}` } : answer;
  const body = Buffer.from(JSON.stringify(value));
  return { status: 200, contentType, body: bom ? withByteOrderMark(body) : body };
}

export function withByteOrderMark(body: Buffer): Buffer {
  return body.subarray(0, 3).equals(byteOrderMark) ? body : Buffer.concat([byteOrderMark, body]);
}

export function htmlReply(status: number, title: string): Reply {
  const html = `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`;
  return { status, contentType: "text/html", body: Buffer.from(html) };
}

export function jsonReply(status: number, value: unknown): Reply {
  return { status, contentType: "application/json; charset=utf-8", body: Buffer.from(JSON.stringify(value)) };
}
