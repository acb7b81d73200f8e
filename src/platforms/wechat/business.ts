import type { SessionPorts } from "../platform.ts";
import { type Client, callApi, type Reading } from "./call.ts";
import { bringsSameToken, refusesToken } from "./errors.ts";
import type { Fields } from "./fields.ts";
import type { TokenAccount } from "./token.ts";
import type { TokenOf } from "./tokens.ts";

const CALL_DEADLINE_MS = 30_000;

export interface Question<Result> {
  /** As quotas count it. */
  api: string;
  path: string;
  json: object;
  read(body: Fields, reading: Reading): Result;
  /** Codes that are an answer, not a fault, and what they mean. */
  answers?: Readonly<Record<string, Result>>;
}

/** Asks a business API with the account's token, once more with a new one when the platform refuses it as stale. */
export type Ask = <Result>(question: Question<Result>) => Promise<Result>;

export function createAsk(client: Client, tokenOf: TokenOf, account: TokenAccount, ports: SessionPorts): Ask {
  return async (question) => {
    const { signal, now, keepRaw, bookRepeat } = ports;
    const attempt = (token: string, deadlineMs: number) =>
      callApi(client, { account: account.code, ...question, token, deadlineMs, signal, now, keepRaw, bookRepeat });
    const token = await tokenOf(account, ports, null);
    const endsAt = performance.now() + CALL_DEADLINE_MS;
    try {
      return await attempt(token, CALL_DEADLINE_MS);
    } catch (error) {
      if (!refusesToken(error)) throw error;
      const renewed = await tokenOf(account, ports, token).catch((failure: unknown) => {
        // The number that the platform gave for it tells more.
        throw bringsSameToken(failure) ? error : failure;
      });
      await bookRepeat(question.api);
      return await attempt(renewed, endsAt - performance.now());
    }
  };
}
