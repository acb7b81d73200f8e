import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { control } from "./control/index.ts";
import type { Account } from "./county.ts";
import { send, sendFaulty } from "./deliver.ts";
import { endpointAt } from "./endpoints/index.ts";
import { isRefusal } from "./errors.ts";
import { faultName } from "./faults.ts";
import { answerPage, isPagePath, pageApi } from "./pages/index.ts";
import { answerPlatform } from "./platform.ts";
import { htmlReply, jsonReply, type Reply, replyOf } from "./reply.ts";
import type { World } from "./world.ts";

const bodyLimitBytes = 1024 * 1024;

/** Null when the client hung up or sends more than any request holds. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      const bytes: Buffer = chunk;
      length += bytes.length;
      if (length > bodyLimitBytes) return null;
      chunks.push(bytes);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString();
}

function platform(world: World, method: string, url: URL, body: string, response: ServerResponse): void {
  const endpoint = endpointAt(url.pathname);
  if (endpoint === undefined) {
    world.ledger.count(null, url.pathname, "http_404");
    send(response, htmlReply(404, "404 Not Found"));
    return;
  }
  const nowMs = world.clock.nowMs();
  const { account, answer } = answerPlatform(world, endpoint, { method, query: url.searchParams, body }, nowMs);
  const error = isRefusal(answer) ? String(answer.errcode) : null;
  const bom = account !== null && endpoint.bom?.(account) === true;
  const reply = replyOf(answer, nowMs, endpoint.contentType, bom);
  deliver(world, { api: endpoint.api, account, error, reply }, nowMs, response);
}

function page(world: World, method: string, url: URL, response: ServerResponse): void {
  if (method !== "GET") {
    send(response, htmlReply(405, "405 Not Allowed"));
    return;
  }
  const nowMs = world.clock.nowMs();
  deliver(world, { api: pageApi, ...answerPage(world, url, nowMs) }, nowMs, response);
}

interface Delivery {
  api: string;
  account: Account | null;
  error: string | null;
  reply: Reply;
}

/** Counts the call and sends its reply, or what a fault makes of it, after the latency. */
function deliver(
  world: World,
  { api, account, error, reply }: Delivery,
  nowMs: number,
  response: ServerResponse,
): void {
  const fault = world.faults.strike(api, account?.appid ?? null);
  world.ledger.count(account?.appid ?? null, api, fault === null ? error : faultName(fault));
  const go = (): void => {
    if (response.destroyed) return;
    if (fault === null) send(response, reply);
    else sendFaulty(response, reply, fault, nowMs);
  };
  if (world.settings.latencyMs > 0) setTimeout(go, world.settings.latencyMs).unref();
  else go();
}

async function handle(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (body === null) {
    response.destroy();
    return;
  }
  const method = request.method ?? "GET";
  const url = new URL(request.url ?? "/", "http://simulator");
  if (url.pathname.startsWith("/_/")) await control(world, method, url, body, response);
  else if (isPagePath(url.pathname)) page(world, method, url, response);
  else platform(world, method, url, body, response);
}

export function createPlatformServer(world: World): Server {
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
    handle(world, request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else send(response, jsonReply(500, { error: message }));
    });
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  return server;
}
