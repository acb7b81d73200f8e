import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { contentOf, mentionsOf } from "./robots/reading.ts";
import { type Answer, ROBOT_KINDS, type RobotKind, VENDORS } from "./robots/vendors.ts";

export { mailServer } from "./robots/mail.ts";
export { contentOf, mentionsOf } from "./robots/reading.ts";
export type { RobotKind } from "./robots/vendors.ts";

/**
 * `errcode`: the vendor's error inside its usual HTTP status. `slowMs`: takes the message at once and answers late.
 * `dead` resets the connection.
 */
export type RobotMode =
  | "ok"
  | "http_429"
  | "http_500"
  | "dead"
  | "html"
  | { errcode: number; errmsg?: string }
  | { slowMs: number };

/** One try to send, whatever came of it. */
export interface RobotTry {
  robot: string;
  kind: RobotKind;
  at: number;
  accepted: boolean;
  /** What people read. */
  content: string;
  /** Whom the vendor's client would mention. */
  mentions: string[];
  body: string;
  /** Header `Idempotency-Key`. */
  id: string | null;
}

export interface Robots {
  /** Of all robots. */
  url: string;
  /** A new robot; answers its whole webhook address. */
  add(kind: RobotKind, robot: string, signingSecret?: string | null): string;
  setMode(robot: string, mode: RobotMode): void;
  /** Without a robot: of all. */
  accepted(robot?: string): RobotTry[];
  requests(robot?: string): RobotTry[];
  /** Forgets every request, which limits count too. */
  clear(): void;
  close(): Promise<void>;
}

interface Robot {
  kind: RobotKind;
  signingSecret: string | null;
  mode: RobotMode;
  tries: number[];
  throttledUntil: number;
}

interface Options {
  /** False: a robot takes any number of messages a minute. */
  rateLimits?: boolean;
  host?: string;
  port?: number;
}

/** Stand-ins of the chat tools' robots, by their documentation. Named robots only: any other key is unknown to them. */
export async function startRobots(t: Pick<TestContext, "after"> | null, options: Options = {}): Promise<Robots> {
  const { rateLimits = true, host = "127.0.0.1", port = 0 } = options;
  const robots = new Map<string, Robot>();
  let tries: RobotTry[] = [];

  const throttled = (robot: Robot, now: number): boolean => {
    const { limits, throttleMs } = VENDORS[robot.kind];
    if (!rateLimits) return false;
    if (now < robot.throttledUntil) return true;
    robot.tries.push(now);
    if (limits.every(({ count, ms }) => robot.tries.filter((at) => at > now - ms).length <= count)) return false;
    robot.throttledUntil = now + throttleMs;
    return true;
  };

  const judge = (robot: Robot, url: URL, request: IncomingMessage, body: string, now: number): Answer | "html" => {
    const vendor = VENDORS[robot.kind];
    const { mode } = robot;
    if (mode === "html") return "html";
    if (mode === "http_429") return { status: 429, body: {} };
    if (mode === "http_500") return { status: 500, body: {} };
    if (typeof mode === "object" && "errcode" in mode) {
      // Robots are known to tell the caller's own address.
      return vendor.error(mode.errcode, mode.errmsg ?? `refused ${url.href}`);
    }
    if (throttled(robot, now)) return vendor.throttled;
    const asked = { query: url.searchParams, headers: request.headers, body };
    return vendor.refusal(asked, robot.signingSecret, now) ?? vendor.accepted;
  };

  const answerRobot = async (url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const kind = ROBOT_KINDS.find((name) => VENDORS[name].robotOf(url) !== null);
    if (kind === undefined || request.method !== "POST") return reply(response, { status: 404, body: {} });
    const name = VENDORS[kind].robotOf(url) ?? "";
    const robot = robots.get(name);
    const now = Date.now();
    const body = await readText(request);
    const answer = robot?.kind === kind ? judge(robot, url, request, body, now) : VENDORS[kind].unknown;
    const accepted = answer === VENDORS[kind].accepted && robot?.mode !== "dead";
    const id = request.headers["idempotency-key"];
    tries.push({
      ...{ robot: name, kind, at: now, accepted, body, id: typeof id === "string" ? id : null },
      ...{ content: contentOf(kind, body), mentions: mentionsOf(kind, body) },
    });
    if (robot?.mode === "dead") request.socket.resetAndDestroy();
    else {
      if (typeof robot?.mode === "object" && "slowMs" in robot.mode) {
        await sleep(robot.mode.slowMs, undefined, { ref: false });
      }
      if (answer === "html") response.writeHead(200, { "content-type": "text/html" }).end("<html>502</html>");
      else reply(response, answer);
    }
  };

  const of = (robot?: string) => tries.filter((entry) => robot === undefined || entry.robot === robot);
  const all: Robots = {
    url: "",
    add(kind, robot, signingSecret = null) {
      robots.set(robot, { kind, signingSecret, mode: "ok", tries: [], throttledUntil: 0 });
      return `${all.url}${VENDORS[kind].path(robot)}`;
    },
    setMode(robot, mode) {
      const found = robots.get(robot);
      if (!found) throw new Error(`no robot ${robot}`);
      found.mode = mode;
    },
    accepted: (robot) => of(robot).filter(({ accepted }) => accepted),
    requests: of,
    clear() {
      tries = [];
      for (const robot of robots.values()) Object.assign(robot, { tries: [], throttledUntil: 0 });
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", all.url);
    const answered = url.pathname.startsWith("/_/")
      ? control(all, url, request, response)
      : answerRobot(url, request, response);
    // The client hung up.
    answered.catch(() => response.destroy());
  });
  server.listen(port, host);
  await once(server, "listening");
  all.url = `http://${host}:${(server.address() as AddressInfo).port}`;
  t?.after(() => all.close());
  return all;
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}

/** For robots in a process of their own: GET accepted, requests (?robot=…); POST robots, mode, clear. */
async function control(robots: Robots, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const robot = url.searchParams.get("robot") ?? undefined;
  const given = request.method === "POST" ? JSON.parse((await readText(request)) || "{}") : {};
  const answers: Record<string, () => unknown> = {
    "GET /_/accepted": () => robots.accepted(robot),
    "GET /_/requests": () => robots.requests(robot),
    "POST /_/robots": () => ({ url: robots.add(given.kind, given.robot, given.signingSecret) }),
    "POST /_/mode": () => robots.setMode(given.robot, given.mode) ?? {},
    "POST /_/clear": () => robots.clear() ?? {},
  };
  const answer = answers[`${request.method} ${url.pathname}`];
  reply(response, answer ? { status: 200, body: answer() } : { status: 404, body: {} });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      listen: { type: "string", default: "127.0.0.1:0" },
      /** `kind:robot` or `kind:robot:signing secret`. */
      robot: { type: "string", multiple: true, default: [] },
      unlimited: { type: "boolean", default: false },
    },
  });
  const [host = "", port = ""] = values.listen.split(":");
  const robots = await startRobots(null, { host, port: Number(port), rateLimits: !values.unlimited });
  for (const robot of values.robot) {
    const [kind, name = "", secret] = robot.split(":");
    robots.add(kind as RobotKind, name, secret);
  }
  console.log(`robots listen on ${robots.url}`);
}
