import { type Account, isVerified } from "./county.ts";
import type { Answer, BusinessEndpoint, Endpoint, TokenEndpoint } from "./endpoints/endpoint.ts";
import { ownLimits } from "./endpoints/quota.ts";
import { type Refusal, refuse } from "./errors.ts";
import { parseExactly } from "./exact.ts";
import type { World } from "./world.ts";

export interface PlatformRequest {
  method: string;
  query: URLSearchParams;
  body: string;
}

export interface Outcome {
  account: Account | null;
  answer: Answer;
}

type Parsed = { body: Record<string, unknown> } | { refusal: Refusal };

function parseBody(text: string): Parsed {
  if (text.trim() === "") return { refusal: refuse(44002) };
  try {
    const value = parseExactly(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { body: { ...value } } : { refusal: refuse(47001) };
  } catch {
    return { refusal: refuse(47001) };
  }
}

function readBody(endpoint: Endpoint, request: PlatformRequest): Parsed {
  return endpoint.method === "GET" ? { body: Object.fromEntries(request.query) } : parseBody(request.body);
}

function spend(world: World, endpoint: Endpoint, account: Account, nowMs: number): Refusal | null {
  const spent = world.quotas.spend(account.appid, endpoint.api, nowMs, ownLimits(world, endpoint, account.appid));
  if (spent === "ok") return null;
  return refuse(spent === "daily" ? 45009 : 45011);
}

function checkSecret(world: World, account: Account, secret: string): Refusal | null {
  const { switches } = account;
  const ip = world.settings.clientIp;
  if (secret !== switches.secret) return refuse(40125);
  if (switches.frozen) return refuse(40243);
  if (!switches.allowListed) return refuse(40164, `invalid ip ${ip} ipv6 ::ffff:${ip}, not in whitelist`);
  return null;
}

function answerToken(world: World, endpoint: TokenEndpoint, request: PlatformRequest, nowMs: number): Outcome {
  const parsed = readBody(endpoint, request);
  if ("refusal" in parsed) return { account: null, answer: parsed.refusal };
  const { body } = parsed;
  const { appid, secret } = body;
  const account = typeof appid === "string" ? (world.byAppid.get(appid) ?? null) : null;
  const answer = (): Answer => {
    if (body.grant_type !== "client_credential") return refuse(40002);
    if (typeof appid !== "string" || appid === "") return refuse(41002);
    if (typeof secret !== "string" || secret === "") return refuse(41004);
    if (account === null) return refuse(40013);
    const refusal = checkSecret(world, account, secret) ?? spend(world, endpoint, account, nowMs);
    return refusal ?? endpoint.grant(world, { account, body, nowMs });
  };
  return { account, answer: answer() };
}

function answerBusiness(world: World, endpoint: BusinessEndpoint, request: PlatformRequest, nowMs: number): Outcome {
  const text = request.query.get("access_token") ?? "";
  if (text === "") return { account: null, answer: refuse(41001) };
  const token = world.tokens.lookUp(text, nowMs);
  const account = token === null ? undefined : world.byAppid.get(token.appid);
  if (token === null || account === undefined) return { account: null, answer: refuse(40001) };
  if (token.state !== "valid") return { account, answer: refuse(token.state === "expired" ? 42001 : 40001) };
  // Every call with a valid token counts, also one that is refused for another reason.
  const overspent = spend(world, endpoint, account, nowMs);
  if (overspent !== null) return { account, answer: overspent };
  const { permissions } = account.switches;
  if (!isVerified(account, nowMs) || (endpoint.permission !== null && !permissions[endpoint.permission])) {
    return { account, answer: refuse(48001) };
  }
  const parsed = endpoint.bodyless === true ? { body: {} } : readBody(endpoint, request);
  if ("refusal" in parsed) return { account, answer: parsed.refusal };
  return { account, answer: endpoint.answer(world, { account, body: parsed.body, nowMs }) };
}

export function answerPlatform(world: World, endpoint: Endpoint, request: PlatformRequest, nowMs: number): Outcome {
  if (request.method !== endpoint.method) {
    return { account: null, answer: refuse(endpoint.method === "POST" ? 43002 : 43001) };
  }
  return endpoint.credential === "secret"
    ? answerToken(world, endpoint, request, nowMs)
    : answerBusiness(world, endpoint, request, nowMs);
}
