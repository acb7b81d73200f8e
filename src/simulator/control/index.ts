import type { ServerResponse } from "node:http";
import { drained, send } from "../deliver.ts";
import { jsonReply } from "../reply.ts";
import type { World } from "../world.ts";
import { changeAccount, publish } from "./accounts.ts";
import { addFault } from "./faults.ts";
import { BadRequest, type Input, parseInput } from "./input.ts";
import { setPage } from "./pages.ts";
import { registerCsv } from "./register.ts";
import { addComment, addMessage, replyToComment, vanishComment } from "./replies.ts";
import { changeSettings, setClock } from "./settings.ts";
import { stateText } from "./state.ts";

type Action = (world: World, input: Input | null, query: URLSearchParams) => object;

function requests(world: World): object {
  const rows = world.ledger.rows();
  return { total: rows.reduce((sum, row) => sum + row.calls, 0), rows };
}

const actions: Readonly<Record<string, Action>> = {
  "GET /_/clock": (world) => world.clock.status(),
  "POST /_/clock": setClock,
  "GET /_/settings": (world) => world.settings,
  "POST /_/settings": changeSettings,
  "GET /_/faults": (world) => ({ faults: world.faults.list() }),
  "POST /_/faults": addFault,
  "DELETE /_/faults": (world, _input, query) => {
    const id = query.get("id");
    world.faults.clear(id === null ? null : Number(id));
    return { faults: world.faults.list() };
  },
  "POST /_/publish": publish,
  "POST /_/account": changeAccount,
  "POST /_/page": setPage,
  "POST /_/comment": addComment,
  "POST /_/reply": replyToComment,
  "POST /_/vanish": vanishComment,
  "POST /_/message": addMessage,
  "GET /_/requests": requests,
  "DELETE /_/requests": (world) => {
    world.ledger.reset();
    return requests(world);
  },
};

async function sendState(world: World, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const pieces = stateText(world, query);
  const first = pieces.next();
  response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
  if (first.done !== true) response.write(first.value);
  for (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/** Everything under /_/ steers and inspects the simulation; none of it exists on the platform. */
export async function control(
  world: World,
  method: string,
  url: URL,
  body: string,
  response: ServerResponse,
): Promise<void> {
  try {
    if (method === "GET" && url.pathname === "/_/state") return await sendState(world, url.searchParams, response);
    if (method === "GET" && url.pathname === "/_/register.csv") {
      return send(response, {
        status: 200,
        contentType: "text/csv; charset=utf-8",
        body: Buffer.from(registerCsv(world)),
      });
    }
    const action = actions[`${method} ${url.pathname}`];
    if (action === undefined) return send(response, jsonReply(404, { error: `${method} ${url.pathname}: unknown` }));
    send(response, jsonReply(200, action(world, parseInput(body), url.searchParams)));
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    send(response, jsonReply(400, { error: error.message }));
  }
}
