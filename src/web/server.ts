import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { UserError } from "../errors.ts";
import { withDeadline } from "../metrics/deadline.ts";
import type { Exposition } from "../metrics/exposition.ts";
import type { Telemetry } from "../metrics/process.ts";
import { type Answer, html, json, metrics, text } from "./answers.ts";
import { unavailablePage } from "./page.ts";

const HEADERS_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;
/** Longer than a scrape interval, so that Prometheus keeps its connection. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const MAX_CONNECTIONS = 200;
const MAX_PORT = 65_535;
const CLOSE_TIMEOUT_MS = 2_000;
const PAGE_TIMEOUT_MS = 5_000;

const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

export interface WebOptions {
  /** `host:port`; an IPv6 host in brackets. */
  listen: string;
  telemetry: Pick<Telemetry, "metrics">;
  exposition?: Pick<Exposition, "page">;
  /** Reasons why this process is not ready; none = ready. */
  ready: () => Promise<string[]>;
  /** The page for people, as HTML; of the department whose code the query names, null = of all. */
  page?: (department: string | null) => Promise<string>;
  /** Takes what Alertmanager posts. */
  alerts?: (request: IncomingMessage) => Promise<Answer>;
  log: Pick<Logger, "error">;
}

export interface Web {
  url: string;
  /** Answers what is under way, ends all other connections at once. */
  close(): Promise<void>;
}

interface Route {
  methods: readonly string[];
  answer(request: IncomingMessage): Promise<Answer>;
}

const READ = ["GET", "HEAD"];

/** Throws `UserError` when the address cannot be taken. */
export async function startWeb(options: WebOptions): Promise<Web> {
  const { telemetry, exposition, ready, page, alerts, log } = options;
  const routes = new Map<string, Route>([
    [
      "/metrics",
      {
        methods: READ,
        answer: (request) => metrics(request.headers["accept-encoding"], telemetry, exposition),
      },
    ],
    ["/live", { methods: READ, answer: async () => json(200, { live: true }) }],
    ["/ready", { methods: READ, answer: async () => readiness(await ready()) }],
  ]);
  if (page) routes.set("/", { methods: READ, answer: (request) => pageAnswer(request, page, log) });
  if (alerts) routes.set("/alerts", { methods: ["POST"], answer: alerts });

  const server = createServer((request, response) => {
    void answer(routes, request, log).then((reply) => send(request, response, reply));
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(SOCKET_TIMEOUT_MS);
  await listen(server, options.listen);
  server.on("error", (error) => log.error({ err: error }, "the HTTP server has a fault"));
  return { url: urlOf(server), close: () => close(server) };
}

async function pageAnswer(
  { url = "" }: IncomingMessage,
  page: NonNullable<WebOptions["page"]>,
  log: WebOptions["log"],
): Promise<Answer> {
  const query = new URLSearchParams(url.replace(/^[^?]*/, ""));
  try {
    return html(200, await withDeadline(page(query.get("department") || null), PAGE_TIMEOUT_MS));
  } catch (error) {
    log.error({ err: error }, "the status page could not be made");
    return html(503, unavailablePage());
  }
}

function readiness(reasons: string[]): Answer {
  return reasons.length === 0 ? json(200, { ready: true }) : json(503, { ready: false, reasons });
}

async function answer(routes: Map<string, Route>, request: IncomingMessage, log: WebOptions["log"]): Promise<Answer> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const route = routes.get(path);
  if (!route) return text(404, "not found");
  if (!route.methods.includes(request.method ?? "")) {
    const { methods } = route;
    return {
      ...text(405, `only ${methods.join(" and ")}`),
      headers: { allow: methods.join(", "), connection: "close" },
    };
  }
  try {
    return await route.answer(request);
  } catch (error) {
    log.error({ err: error, path }, "a request could not be answered");
    return text(500, "internal error");
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  const length = body.reduce((sum, part) => sum + part.length, 0);
  response.writeHead(status, { ...SECURITY_HEADERS, "content-type": type, "content-length": length, ...headers });
  if (request.method !== "HEAD") for (const part of body) response.write(part);
  response.end();
}

function listen(server: Server, address: string): Promise<void> {
  const match = /^(?:\[(.+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  if (!match || Number(match[3]) > MAX_PORT) throw new UserError(`LISTEN: expected host:port, got ${address}`);
  const host = match[1] ?? match[2];
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(new UserError(listenFault(address, error.code)));
    server.once("error", refuse);
    server.once("listening", () => server.off("error", refuse));
    server.listen({ port: Number(match[3]), ...(host ? { host } : {}) }, resolve);
  });
}

function listenFault(address: string, code: string | undefined): string {
  if (code === "EADDRINUSE") return `LISTEN: another program uses ${address}; set LISTEN to a free host:port`;
  if (code === "EACCES") return `LISTEN: this user may not listen on ${address}; choose a port from 1024 on`;
  return `LISTEN: this machine cannot listen on ${address} (${code}); set LISTEN to one of its own addresses`;
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS);
  await closed;
  clearTimeout(timer);
}
