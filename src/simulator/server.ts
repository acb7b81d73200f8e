import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { control } from "./control/index.ts";
import { send, sendFaulty } from "./deliver.ts";
import { endpointAt } from "./endpoints/index.ts";
import { isRefusal } from "./errors.ts";
import { faultName } from "./faults.ts";
import { answerPlatform } from "./platform.ts";
import { htmlReply, jsonReply, replyOf } from "./reply.ts";
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
  const fault = world.faults.strike(endpoint.api, account?.appid ?? null);
  const error = isRefusal(answer) ? String(answer.errcode) : null;
  world.ledger.count(account?.appid ?? null, endpoint.api, fault === null ? error : faultName(fault));
  const bom = account !== null && endpoint.bom?.(account) === true;
  const reply = replyOf(answer, nowMs, endpoint.contentType, bom);
  const deliver = (): void => {
    if (response.destroyed) return;
    if (fault === null) send(response, reply);
    else sendFaulty(response, reply, fault, nowMs);
  };
  if (world.settings.latencyMs > 0) setTimeout(deliver, world.settings.latencyMs).unref();
  else deliver();
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
