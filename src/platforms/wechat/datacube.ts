import type { Day } from "../../model.ts";
import type { Answer, StatisticsSource } from "../platform.ts";
import { joinFollowers, readMovements, readSummary, readTotals } from "./account-days.ts";
import { readArticles } from "./articles.ts";
import type { Ask } from "./business.ts";
import type { Fields } from "./fields.ts";

const NOT_READY = "61503";

/** Asks one interface of the data cube about some days, both ends included. */
export function askDays<Row>(
  ask: Ask,
  api: string,
  from: Day,
  to: Day,
  read: (body: Fields, from: Day, to: Day) => Answer<Row>,
): Promise<Answer<Row>> {
  return ask<Answer<Row>>({
    api,
    path: `/datacube/${api}`,
    json: { begin_date: from, end_date: to },
    read: (body) => read(body, from, to),
    answers: { [NOT_READY]: { rows: [], delayed: true } },
  });
}

export function openStatistics(ask: Ask): StatisticsSource {
  return {
    summary: (from, to) => askDays(ask, "getbizsummary", from, to, readSummary),
    articles: (publishDate) => askDays(ask, "getarticletotaldetail", publishDate, publishDate, readArticles),
    async followers(from, to) {
      // Both end before either's fault is thrown, so that no request outlives the call.
      const [movements, totals] = await Promise.allSettled([
        askDays(ask, "getusersummary", from, to, readMovements),
        askDays(ask, "getusercumulate", from, to, readTotals),
      ]);
      if (movements.status === "rejected") throw movements.reason;
      if (totals.status === "rejected") throw totals.reason;
      return joinFollowers(movements.value, totals.value);
    },
  };
}
