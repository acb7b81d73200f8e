import { randomBytes } from "node:crypto";
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Fault, FaultKind } from "./faults.ts";
import { htmlReply, type Reply, replyOf, withByteOrderMark } from "./reply.ts";

const dripMs = 200;
/** More than any client should be ready to hold. */
const oversizedBytes = 21 * 1024 * 1024;

export function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    "content-type": reply.contentType,
    "content-length": reply.body.length,
    ...reply.headers,
  });
  response.end(reply.body);
}

/** Resolves as soon as more can be written, or the client is gone. */
export function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}

/** One byte at a time: every read succeeds, the whole takes minutes. */
function drip(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { "content-type": reply.contentType, "content-length": reply.body.length });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(reply.body.subarray(sent, sent + 1));
    sent++;
    if (sent < reply.body.length) return;
    clearInterval(timer);
    response.end();
  }, dripMs);
  response.once("close", () => clearInterval(timer));
}

/** Without a content-length, so that only a client that counts notices. */
async function flood(response: ServerResponse, reply: Reply): Promise<void> {
  response.writeHead(reply.status, { "content-type": reply.contentType });
  const block = Buffer.alloc(256 * 1024, "x");
  response.write('{"list":[],"is_delay":false,"padding":"');
  for (let sent = 0; sent < oversizedBytes && !response.destroyed; sent += block.length) {
    if (!response.write(block)) await drained(response);
  }
  response.end('"}');
}

function cut(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { "content-type": reply.contentType, "content-length": reply.body.length });
  response.write(reply.body.subarray(0, Math.floor(reply.body.length / 2)), () => response.destroy());
}

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** Null for a page. */
function parsed(reply: Reply): object | null {
  return reply.contentType.startsWith("text/html") ? null : JSON.parse(reply.body.toString().replace(/^\uFEFF/, ""));
}

function delayed(reply: Reply): Reply {
  const value = parsed(reply);
  return value === null ? reply : { ...reply, body: json({ ...value, is_delay: true }) };
}

/** By a field of their answers. */
const empties: Readonly<Record<string, object>> = {
  total_count: { total_count: 0, item_count: 0, item: [] },
  comment: { errcode: 0, errmsg: "ok", total: 0, comment: [] },
  recordlist: { recordlist: [], number: 0, msgid: 0 },
  list: { list: [], is_delay: false },
};

/** An answer with nothing in it, in the words of its family. */
function emptied(reply: Reply): Reply {
  const value = parsed(reply);
  if (value === null) return { ...reply, body: Buffer.alloc(0) };
  const family = Object.keys(empties).find((key) => key in value) ?? "list";
  return { ...reply, body: json(empties[family] ?? {}) };
}

function faultyStatus(fault: { status: number; html?: boolean; body?: string; contentType?: string }): Reply {
  const text = STATUS_CODES[fault.status] ?? "Error";
  if (fault.body === undefined || fault.html === true) return htmlReply(fault.status, `${fault.status} ${text}`);
  return { status: fault.status, contentType: fault.contentType ?? "application/json", body: Buffer.from(fault.body) };
}

type Sender = (response: ServerResponse, reply: Reply) => void;

const sent =
  (change: (reply: Reply) => Reply): Sender =>
  (response, reply) =>
    send(response, change(reply));

const senders: Readonly<Record<FaultKind, Sender>> = {
  html: sent(() => htmlReply(200, "网络出错")),
  truncated: sent((reply) => ({ ...reply, body: reply.body.subarray(0, Math.floor(reply.body.length / 2)) })),
  garbage: sent((reply) => ({ ...reply, body: randomBytes(512) })),
  empty_list: sent(emptied),
  bom: sent((reply) => ({ ...reply, body: withByteOrderMark(reply.body) })),
  text_plain: sent((reply) => ({ ...reply, contentType: "text/plain" })),
  is_delay: sent(delayed),
  cut,
  slow_drip: drip,
  oversized: (response, reply) => void flood(response, reply),
  reset: (response) => response.socket?.resetAndDestroy(),
  hang: () => {},
};

/** Sends what the fault makes of the true reply. */
export function sendFaulty(response: ServerResponse, reply: Reply, fault: Fault, nowMs: number): void {
  if (typeof fault === "string") {
    senders[fault](response, reply);
  } else if ("status" in fault) {
    send(response, faultyStatus(fault));
  } else {
    const errmsg = fault.errmsg ?? "system error";
    send(response, replyOf({ errcode: fault.errcode, errmsg }, nowMs, reply.contentType, false));
  }
}
