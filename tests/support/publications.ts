import assert from "node:assert/strict";
import { sql } from "kysely";
import { type County, startCounty } from "./county.ts";

export const HOUR_MS = 3_600_000;
/** 12:00 on a Friday in Asia/Shanghai. */
export const NOON = "2026-11-20T04:00:00Z";
export const API = "freepublish_batchget";

export interface ListItem {
  article_id: string;
  update_time: number;
  content: { news_item: { url: string; is_deleted: boolean; title: string }[] };
}
export interface ListAnswer {
  total_count: number;
  item_count: number;
  item?: ListItem[];
}

/** A county whose lists of publications pass through `edit`; `asked` holds the offsets of the calls. */
export async function countyWithList(t: Parameters<typeof startCounty>[0], now = NOON) {
  const asked: number[] = [];
  const hands: { edit: (list: ListAnswer, offset: number) => void } = { edit: () => {} };
  const county = await startCounty(t, {
    accounts: 22,
    now,
    edit({ api, request, answer }) {
      if (api !== "batchget") return;
      const offset = Number(request.offset);
      asked.push(offset);
      hands.edit(answer as unknown as ListAnswer, offset);
    },
  });
  return { county, asked, hands };
}

export const look = async (county: County, code: string) => {
  const report = (await county.collect([code], "publications")).get(code);
  assert.ok(report);
  return report;
};

export async function appidOf(county: County, code: string): Promise<string> {
  const account = county.db.selectFrom("account").select("app_id").where("code", "=", code);
  return (await account.executeTakeFirstOrThrow()).app_id;
}

export async function publish(county: County, code: string, at: string, rest: object = {}) {
  const published = (await county.call("publish", {
    appid: await appidOf(county, code),
    notified: false,
    at,
    ...rest,
  })) as {
    articles: { msgid: string; published_at: number }[];
  };
  return published.articles;
}

export interface AccountRow {
  last_published_at: Date | null;
  last_notified_at: Date | null;
  publish_deadline_at: Date | null;
  statistics_as_of: Date | null;
}

export async function row<Row>(county: County, code: string, view: string): Promise<Row> {
  const { rows } = await sql<Row>`select * from ${sql.table(view)} where account = ${code}`.execute(county.db);
  assert.ok(rows[0]);
  return rows[0];
}
export const accountOf = (county: County, code: string) => row<AccountRow>(county, code, "v_account");

export interface ArticleRow {
  article: string;
  publish_date: string;
  published_at: Date | null;
  notified: boolean | null;
  state: string;
  state_reason: string | null;
  title: string;
}

export async function articlesOf(county: County, code: string): Promise<Map<string, ArticleRow>> {
  const { rows } = await sql<ArticleRow>`select * from v_article where account = ${code}`.execute(county.db);
  return new Map(rows.map((article) => [article.article, article]));
}

export async function coverageOf(county: County, code: string): Promise<Record<string, string>> {
  const { rows } = await sql<{ part: string; day: string; state: string; code: string | null }>`
    select part, day, state, code from v_coverage
    where account = ${code} and collector = 'publications' order by day`.execute(county.db);
  return Object.fromEntries(
    rows.map((entry) => [`${entry.part} ${entry.day}`, `${entry.state} ${entry.code ?? ""}`.trim()]),
  );
}

export async function dueOf(county: County, code: string): Promise<Date> {
  const { rows } = await sql<{ next_due_at: Date }>`
    select next_due_at from visit v join account a on a.id = v.account_id
    where a.code = ${code} and v.collector = 'publications'`.execute(county.db);
  assert.ok(rows[0]);
  return rows[0].next_due_at;
}

export async function dataTimestamps(county: County, code: string): Promise<Record<string, number>> {
  const { readExposition } = await import("../../src/store/exposition.ts");
  const { visits } = await readExposition(county.db, county.clock.now);
  const rows = visits
    .flatMap((page) => page.rows)
    .filter((visit) => visit.account === code && visit.dataUntil !== null);
  return Object.fromEntries(rows.map((visit) => [visit.collector, Number(visit.dataUntil)]));
}

export interface PublishObject {
  article_id: string;
  visible_at: number;
  update_times: number[];
  articles: { msgid: string }[];
}

/** What the platform's list shows at this moment, by the simulator's own account. */
export async function listedOf(county: County, code: string): Promise<PublishObject[]> {
  const state = await county.call(`state?detail=brief&appid=${await appidOf(county, code)}`);
  const [account] = (state as { accounts: { publications: PublishObject[] }[] }).accounts;
  const now = county.clock.now.getTime() / 1000;
  return (account?.publications ?? []).filter((object) => object.visible_at <= now);
}

export const iso = (date: Date | null) => date?.toISOString() ?? null;
export const minutes = (count: number) => count * 60_000;
export const pass = (county: County, milliseconds: number) => {
  county.clock.now = new Date(county.clock.now.getTime() + milliseconds);
};
