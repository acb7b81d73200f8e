import type { TestContext } from "node:test";
import { type SimulatorOptions, startSimulator } from "../../src/simulator/index.ts";

export interface StateDay {
  date: string;
  summary: Record<string, unknown> | null;
  followers: number;
  gained: number;
  lost: number;
}

export type CurveRow = Record<string, number> & { stat_date: string };

export interface StateArticle {
  msgid: string;
  publish_date: string;
  published_at: number;
  publish_type: number;
  title: string;
  url: string;
  links: { long: string; short: string; listed_as: string | null };
  form: string;
  original: boolean;
  reprint: boolean;
  copyright_stat: number;
  template: string;
  length: number;
  images: number;
  page: { state: string; since: number };
  curve: CurveRow[];
}

export interface StatePublication {
  article_id: string;
  published_at: number;
  visible_at: number;
  update_times: number[];
  sunk: number;
  articles: { msgid: string; deleted: boolean }[];
}

export interface StateComment {
  msgid: string;
  user_comment_id: string;
  created_at: number;
  openid: string | null;
  kind: string;
  content: string;
  replied_at: number[];
  reply_removed_at: number | null;
  vanished_at: number | null;
}

export interface StateMessage {
  openid: string;
  staff: boolean;
  robot: boolean;
  at: number;
  text: string;
}

export interface StateFunctions {
  comments: boolean;
  customer_service: boolean;
  callback: boolean;
  greeting: string | null;
  keywords: boolean;
  greets_followers: boolean;
  silent_comments: boolean;
  comment_trap: string | null;
  replying: string;
}

/** The last three only when the state is asked for replies. */
export interface StateAccount {
  appid: string;
  secret: string;
  registered_secret: string;
  code: string;
  name: string;
  principal: string;
  original_id: string;
  biz: string;
  special: string | null;
  unnotified: string;
  verified: boolean;
  verified_until: number | null;
  permissions: Record<string, boolean>;
  convention: string;
  opened_on: string | null;
  days: StateDay[];
  articles: StateArticle[];
  articles_today: StateArticle[];
  publications: StatePublication[];
  functions: StateFunctions;
  comments: StateComment[];
  messages: StateMessage[];
  upstream: { date: string; msg_type: number; users: number; messages: number }[];
}

export interface State {
  yesterday: string;
  marker: string;
  openid_prefix: string;
  accounts: StateAccount[];
}

/** What came over the wire; `text` is the body as sent, without a byte order mark in `json`. */
export interface Wire {
  status: number;
  contentType: string;
  text: string;
  json: Record<string, unknown> & { errcode?: number; errmsg?: string; list?: ListRow[] };
}

export type ListRow = Record<string, unknown> & { ref_date: string };

/** A Monday morning, after the statistics are ready. */
export const usualNow = "2026-11-23T10:00:00+08:00";

async function read(response: Response): Promise<Wire> {
  const text = Buffer.from(await response.arrayBuffer()).toString("utf8");
  const json = text.startsWith("{") || text.startsWith("\uFEFF{") ? JSON.parse(text.replace(/^\uFEFF/, "")) : {};
  return { status: response.status, contentType: response.headers.get("content-type") ?? "", text, json };
}

export async function simulate(t: TestContext, options: SimulatorOptions = {}) {
  const { url, close } = await startSimulator({ now: () => new Date(usualNow), ...options });
  t.after(close);
  const request = async (method: string, path: string, body?: unknown): Promise<Wire> => {
    const init =
      body === undefined ? { method } : { method, body: typeof body === "string" ? body : JSON.stringify(body) };
    return read(await fetch(url + path, init));
  };
  const post = (path: string, body: unknown = "") => request("POST", path, body);
  const control = async (path: string, body: unknown = {}): Promise<Record<string, unknown>> => {
    const wire = await post(`/_/${path}`, body);
    if (wire.status !== 200) throw new Error(`${path}: ${wire.text}`);
    return wire.json;
  };
  const clock = (now: string) => control("clock", { now, frozen: true });
  const state = async (query = ""): Promise<State> => JSON.parse((await request("GET", `/_/state${query}`)).text);
  const special = async (name: string): Promise<StateAccount[]> =>
    (await state()).accounts.filter((account) => account.special === name);
  const stableToken = (account: { appid: string; secret: string }, more: object = {}) =>
    post("/cgi-bin/stable_token", {
      grant_type: "client_credential",
      appid: account.appid,
      secret: account.secret,
      ...more,
    });
  const legacyToken = (account: { appid: string; secret: string }) =>
    request("GET", `/cgi-bin/token?grant_type=client_credential&appid=${account.appid}&secret=${account.secret}`);
  const call = (token: string, path: string, body: unknown) =>
    post(`${path}?access_token=${encodeURIComponent(token)}`, body);
  const visit = async (account: StateAccount) => {
    const token = String((await stableToken(account)).json.access_token);
    return (api: string, begin: string, end = begin) =>
      call(token, `/datacube/${api}`, { begin_date: begin, end_date: end });
  };
  const page = async (link: string) => {
    const { pathname, search } = new URL(link);
    return await fetch(url + pathname + search, { redirect: "manual" });
  };
  return { url, close, request, page, post, control, clock, state, special, stableToken, legacyToken, call, visit };
}

export type Simulation = Awaited<ReturnType<typeof simulate>>;

export function first<T>(items: readonly T[] | undefined): T {
  const [item] = items ?? [];
  if (item === undefined) throw new Error("nothing there");
  return item;
}

export function dayBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * 86_400_000).toISOString().slice(0, 10);
}
