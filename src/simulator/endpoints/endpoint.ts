import type { Account, Permission } from "../county.ts";
import type { Refusal } from "../errors.ts";
import type { World } from "../world.ts";

export interface Call {
  account: Account;
  /** The parsed body of a POST; empty for a GET. */
  body: Record<string, unknown>;
  nowMs: number;
}

export type Answer = Record<string, unknown> | Refusal;

interface Common {
  /** Names the API in quotas, faults and counts. */
  api: string;
  path: string;
  method: "GET" | "POST";
  contentType: string;
  dailyLimit: number;
  /** Whether this account's answers start with a byte order mark. */
  bom?: (account: Account) => boolean;
}

/** Asked with AppID and AppSecret. */
export interface TokenEndpoint extends Common {
  credential: "secret";
  grant(world: World, call: Call): Answer;
}

/** Asked with an access token. */
export interface BusinessEndpoint extends Common {
  credential: "token";
  permission: Permission | null;
  /** Asked without a body. */
  bodyless?: boolean;
  answer(world: World, call: Call): Answer;
}

export type Endpoint = TokenEndpoint | BusinessEndpoint;

export const jsonType = "application/json; encoding=utf-8";
