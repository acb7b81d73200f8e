import type { Day } from "../../model.ts";
import type { Answer, SessionPorts, StatisticsSource } from "../platform.ts";
import { joinFollowers, readMovements, readSummary, readTotals } from "./account-days.ts";
import { readArticles } from "./articles.ts";
import { type Client, callApi } from "./call.ts";
import { bringsSameToken, refusesToken } from "./errors.ts";
import type { Fields } from "./fields.ts";
import type { TokenAccount } from "./token.ts";
import type { TokenOf } from "./tokens.ts";

const CALL_DEADLINE_MS = 30_000;
const NOT_READY = "61503";

export function openStatistics(
  client: Client,
  tokenOf: TokenOf,
  account: TokenAccount,
  ports: SessionPorts,
): StatisticsSource {
  async function query<Row>(
    api: string,
    from: Day,
    to: Day,
    read: (body: Fields, from: Day, to: Day) => Answer<Row>,
  ): Promise<Answer<Row>> {
    const attempt = (token: string, deadlineMs: number) =>
      callApi<Answer<Row>>(client, {
        account: account.code,
        api,
        path: `/datacube/${api}`,
        token,
        json: { begin_date: from, end_date: to },
        deadlineMs,
        signal: ports.signal,
        now: ports.now,
        read: (body) => read(body, from, to),
        answers: { [NOT_READY]: { rows: [], delayed: true } },
      });
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
      return await attempt(renewed, endsAt - performance.now());
    }
  }

  return {
    summary: (from, to) => query("getbizsummary", from, to, readSummary),
    articles: (publishDate) => query("getarticletotaldetail", publishDate, publishDate, readArticles),
    async followers(from, to) {
      // Both end before either's fault is thrown, so that no request outlives the call.
      const [movements, totals] = await Promise.allSettled([
        query("getusersummary", from, to, readMovements),
        query("getusercumulate", from, to, readTotals),
      ]);
      if (movements.status === "rejected") throw movements.reason;
      if (totals.status === "rejected") throw totals.reason;
      return joinFollowers(movements.value, totals.value);
    },
  };
}
