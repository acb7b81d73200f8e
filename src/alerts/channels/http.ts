import http from "node:http";
import https from "node:https";
import got, { TimeoutError } from "got";

const TIMEOUT_MS = 10_000;
const ANSWER_LIMIT_BYTES = 64 * 1024;

export type HttpResult =
  | { status: number; text: string; retryAfterMs: number | null }
  /**
   * `timeout`, `too_large`, or the system's error code such as `ECONNREFUSED`; the status, where one had come before the
   * rest of the answer failed.
   */
  | { failure: string; status: number | null };

/** One POST of bytes that are ready; rejects only with the signal's reason. Nothing of URL or body is in its result. */
export type SendHttp = (request: {
  url: string;
  body: string;
  headers: Record<string, string>;
  signal: AbortSignal;
}) => Promise<HttpResult>;

/** `proxyEnv`: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` as in the environment. */
export function createSendHttp(proxyEnv: Record<string, string>, timeoutMs = TIMEOUT_MS): SendHttp {
  const client = got.extend({
    agent: { http: new http.Agent({ proxyEnv }), https: new https.Agent({ proxyEnv }) },
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    timeout: { request: timeoutMs },
  });
  return async ({ url, body, headers, signal }) => {
    signal.throwIfAborted();
    const stream = client.stream.post(url, { body, headers: { "user-agent": "govmatrix", ...headers }, signal });
    // A stream may fail once more while it is torn down.
    stream.on("error", () => {});
    const chunks: Buffer[] = [];
    let size = 0;
    const failed = (failure: string) => ({ failure, status: stream.response?.statusCode ?? null });
    try {
      for await (const chunk of stream) {
        size += chunk.length;
        if (size > ANSWER_LIMIT_BYTES) return failed("too_large");
        chunks.push(chunk);
      }
    } catch (error) {
      signal.throwIfAborted();
      return failed(failureOf(error));
    } finally {
      stream.destroy();
    }
    const { statusCode = 0, headers: answered = {} } = stream.response ?? {};
    const seconds = Number(answered["retry-after"]);
    return {
      status: statusCode,
      text: new TextDecoder().decode(Buffer.concat(chunks, size)),
      retryAfterMs: seconds > 0 ? seconds * 1_000 : null,
    };
  };
}

/** got's errors hold the URL, which holds a robot's key: nothing of them but a system error code goes on. */
function failureOf(error: unknown): string {
  if (error instanceof TimeoutError) return "timeout";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[A-Z][A-Z0-9_]{2,39}$/.test(code) ? code : "network";
}
