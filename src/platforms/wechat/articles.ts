import { addDays, isDay } from "../../calendar.ts";
import type { Article, ArticleDay, Day } from "../../model.ts";
import type { Answer } from "../platform.ts";
import {
  type Fields,
  readCount,
  readDay,
  readDecimal,
  readList,
  readRatio,
  readText,
  round,
  ShapeFault,
} from "./fields.ts";
import { articleLink } from "./page/url.ts";
import { greater, mergeByKey, readAnswer, readFigures } from "./rows.ts";

/** The platform follows an article for 30 days; rows far from them belong to no curve. */
const CURVE_DAYS = 40;

/** `getarticletotaldetail` of one publish day. */
export function readArticles(body: Fields, publishDate: Day): Answer<Article> {
  return readAnswer(
    body,
    (item, path) => readArticle(item, path, publishDate),
    (article) => article.id,
    mergeArticles,
  );
}

function readArticle(item: Fields, path: string, publishDate: Day): Article {
  const lastDay = addDays(publishDate, CURVE_DAYS);
  return {
    id: readMsgid(item, path),
    publishDate: readDay(item, "ref_date", path, publishDate, publishDate),
    title: readText(item, "title", path),
    url: articleLink(readText(item, "content_url", path) ?? ""),
    notified: readNotified(item, path),
    curve: toCurve(
      readList(item, "detail_list", path)
        .map((row) => readArticleDay(row.item, row.path))
        .filter(({ day }) => day >= publishDate && day <= lastDay),
    ),
  };
}

function readMsgid(item: Fields, path: string): string {
  const msgid = item.msgid;
  if (typeof msgid === "string" && /^\d{1,30}_\d{1,4}$/.test(msgid)) return msgid;
  throw new ShapeFault(`${path}msgid`, "<msg_data_id>_<idx>");
}

/** 0 = followers were notified, 1 = they were not; another type says nothing about it. */
function readNotified(item: Fields, path: string): boolean | null {
  const type = readCount(item, "publish_type", path);
  if (type === 0) return true;
  return type === 1 ? false : null;
}

function readArticleDay(row: Fields, path: string): ArticleDay {
  const day = row.stat_date;
  if (typeof day !== "string" || !isDay(day)) throw new ShapeFault(`${path}stat_date`, "a day as YYYY-MM-DD");
  const readMinutes = readDecimal(row, "read_avg_activetime", path);
  return {
    day,
    ...readFigures(row, path),
    newFollowers: readCount(row, "read_subscribe_user", path),
    praiseFen: readCount(row, "praise_money", path),
    deliveryRate: readRatio(row, "read_delivery_rate", path),
    finishRate: readRatio(row, "read_finish_rate", path),
    averageReadSeconds: readMinutes === null ? null : round(readMinutes * 60),
  };
}

/** Rows are cumulative to their day, so they are ordered and never summed. */
function toCurve(rows: ArticleDay[]): ArticleDay[] {
  return mergeByKey(rows, (row) => row.day, greater).sort((a, b) => (a.day < b.day ? -1 : 1));
}

function mergeArticles(earlier: Article, later: Article): Article {
  return {
    ...later,
    title: later.title ?? earlier.title,
    url: later.url ?? earlier.url,
    notified: later.notified ?? earlier.notified,
    curve: toCurve([...earlier.curve, ...later.curve]),
  };
}
