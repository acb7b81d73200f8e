import http from "node:http";
import https from "node:https";
import got, { type Got, ReadError, type Request, TimeoutError } from "got";
import { platformError } from "./errors.ts";

const BODY_LIMIT_BYTES = 20 * 1024 * 1024;

interface Exchange {
  /** Name for messages; the URL holds the token and is never told. */
  api: string;
  signal: AbortSignal;
  now: Date;
}

export interface HttpRequest extends Exchange {
  url: URL;
  json: object;
  timeoutMs: number;
}

export interface HttpResponse {
  status: number;
  text: string;
}

/** Sends one POST and reads the answer whatever its status. Throws `PlatformError`, or the signal's reason. */
export type Post = (request: HttpRequest) => Promise<HttpResponse>;

/** A client that does what it is told once. `proxyEnv`: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` as in the environment. */
export function createClient(proxyEnv: Record<string, string>, headers: Record<string, string>): Got {
  return got.extend({
    agent: {
      http: new http.Agent({ keepAlive: true, proxyEnv }),
      https: new https.Agent({ keepAlive: true, proxyEnv }),
    },
    headers,
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
}

export function createPost(proxyEnv: Record<string, string>): Post {
  // An API does not move; a redirect, which the client leaves alone, would carry the token to another host.
  const client = createClient(proxyEnv, { "user-agent": "govmatrix", accept: "application/json" });
  return async ({ url, json, timeoutMs, ...exchange }) => {
    exchange.signal.throwIfAborted();
    const timeout = { request: Math.max(1, timeoutMs) };
    const stream = client.stream.post(url, { json, signal: exchange.signal, timeout });
    return await receive(stream, BODY_LIMIT_BYTES, exchange);
  };
}

/** Reads an answer to its end whatever its status. Throws `PlatformError`, or the signal's reason. */
export async function receive(
  stream: Request,
  limitBytes: number,
  { api, signal, now }: Exchange,
): Promise<HttpResponse> {
  // A stream may fail once more while it is torn down.
  stream.on("error", () => {});
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > limitBytes) throw platformError("too_large", { api, now });
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw size > limitBytes ? error : failure(error, api, now);
  } finally {
    stream.destroy();
  }
  // TextDecoder also drops a byte order mark.
  return { status: stream.response?.statusCode ?? 0, text: new TextDecoder().decode(Buffer.concat(chunks, size)) };
}

/** got's errors hold the URL and the request's body, so nothing of them but a system error code goes on. */
function failure(error: unknown, api: string, now: Date) {
  if (error instanceof TimeoutError) return platformError("timeout", { api, now });
  if (error instanceof ReadError) return platformError("truncated", { api, now });
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return platformError("network", { api, now, detail: /^[A-Z][A-Z0-9_]{2,50}$/.test(code) ? code : undefined });
}
