import type { Article } from "../articles.ts";
import { articleDataBegin, type Day, dateText, dayAt } from "../calendar.ts";
import type { Account } from "../county.ts";
import { cumulative, type Figures, lastAge, readersOfDay, readingQuality, readSources } from "../curves.ts";
import { isRefusal } from "../errors.ts";
import { followedOn, type History, overviewOf, publishedOn } from "../history.ts";
import { type Answer, type BusinessEndpoint, type Call, jsonType } from "./endpoint.ts";
import { type Range, readRange, untilOf } from "./range.ts";

type Row = Record<string, unknown>;

/** Null for a day that the account's answers leave out. */
export function overviewDetail(history: History, day: Day, until: number = day): Row | null {
  const overview = overviewOf(history, day, until);
  const { account } = history;
  const empty = Object.values(overview).every((figure) => figure === 0);
  if (empty && account.switches.omitsEmptyDays) return null;
  return {
    read_user: overview.read,
    read_user_source: empty ? [] : readSources(overview.read, account.index + day, true),
    share_user: overview.share,
    zaikan_user: overview.zaikan,
    like_user: overview.like,
    comment_count: overview.comment,
    collection_user: overview.collection,
    redirect_ori_page_user: overview.redirect,
    send_page_count: overview.published,
  };
}

/** The first day of an article that was not notified lacks the figures the platform adds later. */
function laterFigures(article: Article, statDay: Day, figures: Figures): Row {
  if (!article.notified && statDay === article.day) return {};
  return { collection_user: figures.collection, praise_money: 0, read_subscribe_user: figures.subscribe };
}

export function curveRow(article: Article, statDay: Day, until: number = statDay): Row {
  const figures = cumulative(article, until);
  return {
    stat_date: dateText(statDay),
    read_user: figures.read,
    read_user_source: readSources(figures.read, article.key, article.notified),
    share_user: figures.share,
    zaikan_user: figures.zaikan,
    like_user: figures.like,
    comment_count: figures.comment,
    ...laterFigures(article, statDay, figures),
    ...readingQuality(article, figures.read),
  };
}

export function curveDays(article: Article, newest: Day): Day[] {
  const last = Math.min(article.day + lastAge, newest);
  return Array.from({ length: Math.max(0, last - article.day + 1) }, (_, age) => article.day + age);
}

function articleDetail(article: Article, range: Range): Row {
  const days = curveDays(article, range.newest);
  const shown = article.account.switches.sparseCurves ? days.slice(-1) : days;
  return {
    ref_date: dateText(article.day),
    msgid: article.msgid,
    publish_type: article.notified ? 0 : 1,
    title: article.title,
    content_url: article.url,
    detail_list: shown.map((day) => curveRow(article, day, untilOf(range, day))),
  };
}

type Rows = (history: History, range: Range) => Row[];

function daysOf(range: Range, firstDay: Day): Day[] {
  const begin = Math.max(range.begin, firstDay);
  const end = Math.min(range.end, range.newest);
  return Array.from({ length: Math.max(0, end - begin + 1) }, (_, offset) => begin + offset);
}

const summaryRows: Rows = (history, range) =>
  daysOf(range, history.account.firstDay).flatMap((day) => {
    const detail = overviewDetail(history, day, untilOf(range, day));
    return detail === null ? [] : [{ ref_date: dateText(day), detail }];
  });

const totalRows: Rows = (history, range) =>
  daysOf(range, history.account.firstDay).flatMap((day) =>
    publishedOn(history, day, untilOf(range, day)).map((article) => articleDetail(article, range)),
  );

const readRows: Rows = (history, range) =>
  daysOf(range, history.account.firstDay).flatMap((day) =>
    followedOn(history, day, untilOf(range, day)).flatMap(({ article, now, before }) => {
      const readers = readersOfDay(now, before);
      if (readers === 0) return [];
      const sources = readSources(readers, article.key, article.notified);
      const detail = { read_user: readers, read_user_source: sources };
      return [{ ref_date: dateText(day), msgid: article.msgid, detail }];
    }),
  );

const shareRows: Rows = (history, range) =>
  daysOf(range, history.account.firstDay).flatMap((day) =>
    followedOn(history, day, untilOf(range, day)).flatMap(({ article, now, before }) => {
      const sharers = now.share - before.share;
      return sharers <= 0 ? [] : [{ ref_date: dateText(day), msgid: article.msgid, detail: { share_user: sharers } }];
    }),
  );

/** Whether figures of yesterday belong into the answer: articles collect them for 30 days from `end`. */
function coversYesterday(call: Call, range: Range, followedDays: number): boolean {
  return range.end + followedDays >= dayAt(call.nowMs) - 1;
}

interface Shape {
  maxDays: number;
  /** Further days that belong to a row of `end_date`. */
  followedDays?: number;
  rows: Rows;
  bom?: (account: Account) => boolean;
}

function statistics(api: string, { maxDays, followedDays = 0, rows, bom }: Shape): BusinessEndpoint {
  return {
    api,
    path: `/datacube/${api}`,
    method: "POST",
    credential: "token",
    permission: "statistics",
    contentType: jsonType,
    dailyLimit: 1_000,
    ...(bom === undefined ? {} : { bom }),
    answer(world, call: Call): Answer {
      const range = readRange(world, call, maxDays);
      if (isRefusal(range)) return range;
      const list = range.begin < articleDataBegin ? [] : rows(world.historyOf(call.account), range);
      return { list, is_delay: range.late && coversYesterday(call, range, followedDays) };
    },
  };
}

export const statisticsEndpoints: readonly BusinessEndpoint[] = [
  statistics("getbizsummary", { maxDays: 30, rows: summaryRows, bom: (account) => account.index % 9 === 4 }),
  statistics("getarticletotaldetail", { maxDays: 1, followedDays: lastAge, rows: totalRows }),
  statistics("getarticleread", { maxDays: 1, rows: readRows }),
  statistics("getarticleshare", { maxDays: 1, rows: shareRows, bom: () => true }),
];
