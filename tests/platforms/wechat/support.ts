import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Server } from "node:net";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { PlatformError } from "../../../src/errors.ts";
import type {
  RequestObserver,
  Session,
  SessionPorts,
  StoredToken,
  TokenStore,
} from "../../../src/platforms/platform.ts";
import { wechat } from "../../../src/platforms/wechat/index.ts";

export const DAY = "2026-03-09";
export const RID = "69af6650-1f0c2a77-3d9b41e0";

export type Answer = string | Buffer | ((request: IncomingMessage, response: ServerResponse, body: string) => void);

export interface Asked {
  api: string;
  token: string | null;
  body: string;
}

export async function listen(t: TestContext, server: Server): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function serve(t: TestContext, listener: RequestListener): Promise<string> {
  return listen(t, createServer(listener));
}

/**
 * A platform that answers each API with its list of answers in turn, the last of them for ever.
 * Tokens are token-1, token-2 …, unless answers for stable_token are given.
 */
export async function platformServer(t: TestContext, answers: Record<string, Answer[]>) {
  const asked: Asked[] = [];
  const count = (api: string) => asked.filter((request) => request.api === api).length;
  const url = await serve(t, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
      const api = pathname.split("/").at(-1) ?? "";
      asked.push({ api, token: searchParams.get("access_token"), body });
      const turns = answers[api];
      const standard = api === "stable_token" ? tokenBody(`token-${count(api)}`) : '{"list":[],"is_delay":false}';
      const answer = turns?.[Math.min(count(api), turns.length) - 1] ?? standard;
      if (typeof answer === "function") answer(request, response, body);
      else response.end(answer);
    });
  });
  return { url, asked, count };
}

export function tokenBody(token: string, expiresIn = 7200): string {
  return JSON.stringify({ access_token: token, expires_in: expiresIn });
}

export function errorBody(errcode: number | string, errmsg = "some text"): string {
  return JSON.stringify({ errcode, errmsg: `${errmsg} rid: ${RID}` });
}

/** The shared place of one token, as several processes would see it. */
export function memoryTokens(stored: StoredToken | null = null) {
  const state = {
    stored,
    claimed: false,
    claims: 0,
    failure: null as { at: Date; code: string } | null,
    saves: 0,
  };
  const tokens: TokenStore = {
    read: async () => state.stored,
    claim: async (stale) => {
      if (state.claimed || (state.stored?.token ?? null) !== stale) return false;
      state.claimed = true;
      state.claims += 1;
      return true;
    },
    save: async (token) => {
      Object.assign(state, { stored: token, claimed: false, failure: null, saves: state.saves + 1 });
    },
    fail: async (code) => {
      Object.assign(state, { claimed: false, failure: { at: new Date(), code } });
    },
    failureSince: async (since) => (state.failure && state.failure.at >= since ? state.failure.code : null),
  };
  return { state, tokens };
}

export interface Setup {
  url: string;
  ports?: Partial<SessionPorts>;
  observe?: RequestObserver;
  proxyEnv?: Record<string, string>;
}

export function openPlatform({ url, observe = () => {}, proxyEnv = {} }: Setup) {
  return wechat({ wechatApiUrl: url, wechatPageUrl: url, proxyEnv, observe, log: pino({ level: "silent" }) });
}

export function somePorts(ports: Partial<SessionPorts> = {}): SessionPorts {
  return {
    tokens: memoryTokens().tokens,
    secret: async () => "0123456789abcdef0123456789abcdef",
    signal: new AbortController().signal,
    now: () => new Date(),
    keepRaw: () => {},
    bookRepeat: async () => {},
    ...ports,
  };
}

export function openSession(setup: Setup): Session {
  return openPlatform(setup).open({ code: "yunxi", appId: "wx0000000000000001" }, somePorts(setup.ports));
}

export async function failureOf(promise: Promise<unknown>): Promise<PlatformError> {
  const error = await promise.then(
    () => new Error("there was no failure"),
    (reason: unknown) => reason,
  );
  if (error instanceof PlatformError) return error;
  throw error;
}
