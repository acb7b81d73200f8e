import http from "node:http";
import https from "node:https";
import got, { ReadError, TimeoutError } from "got";
import { platformError } from "./errors.ts";

const BODY_LIMIT_BYTES = 20 * 1024 * 1024;

export interface HttpRequest {
  /** Name for messages; the URL holds the token and is never told. */
  api: string;
  url: URL;
  json: object;
  timeoutMs: number;
  signal: AbortSignal;
  now: Date;
}

export interface HttpResponse {
  status: number;
  text: string;
}

/** Sends one POST and reads the answer whatever its status. Throws `PlatformError`, or the signal's reason. */
export type Post = (request: HttpRequest) => Promise<HttpResponse>;

/** `proxyEnv`: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` as in the environment. */
export function createPost(proxyEnv: Record<string, string>): Post {
  const client = got.extend({
    agent: {
      http: new http.Agent({ keepAlive: true, proxyEnv }),
      https: new https.Agent({ keepAlive: true, proxyEnv }),
    },
    headers: { "user-agent": "govmatrix", accept: "application/json" },
    // An API does not move; a redirect would carry the token in its URL to another host.
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
  });

  return async ({ api, url, json, timeoutMs, signal, now }) => {
    signal.throwIfAborted();
    const stream = client.stream.post(url, { json, signal, timeout: { request: Math.max(1, timeoutMs) } });
    // A stream may fail once more while it is torn down.
    stream.on("error", () => {});
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of stream) {
        size += chunk.length;
        if (size > BODY_LIMIT_BYTES) throw platformError("too_large", { api, now });
        chunks.push(chunk);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw size > BODY_LIMIT_BYTES ? error : failure(error, api, now);
    } finally {
      stream.destroy();
    }
    // TextDecoder also drops a byte order mark.
    return { status: stream.response?.statusCode ?? 0, text: new TextDecoder().decode(Buffer.concat(chunks, size)) };
  };
}

/** got's errors hold the URL and the request's body, so nothing of them but a system error code goes on. */
function failure(error: unknown, api: string, now: Date) {
  if (error instanceof TimeoutError) return platformError("timeout", { api, now });
  if (error instanceof ReadError) return platformError("truncated", { api, now });
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return platformError("network", { api, now, detail: /^[A-Z][A-Z0-9_]{2,50}$/.test(code) ? code : undefined });
}
