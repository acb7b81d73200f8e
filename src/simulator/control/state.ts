import type { Article } from "../articles.ts";
import { type Day, dateText, dayAt, parseDay } from "../calendar.ts";
import { type Account, isVerified } from "../county.ts";
import { overviewDetail } from "../endpoints/statistics.ts";
import { followersOn, movementOn } from "../followers.ts";
import { openidPrefix } from "../replies/people.ts";
import { marker } from "../replies/texts.ts";
import type { World } from "../world.ts";
import { articleTruth, publicationTruths } from "./articles.ts";
import { functionsTruth } from "./functions.ts";
import { BadRequest } from "./input.ts";
import { repliesTruth } from "./repliesTruth.ts";

export interface Window {
  from: Day;
  to: Day;
  yesterday: Day;
  today: Day;
  nowSeconds: number;
  /** `full` gives the curves with sources and reading positions, which make most of the bytes; `brief` no curves. */
  detail: "full" | "brief" | null;
  /** What citizens and staff wrote stands in the answer. */
  replies: boolean;
}

function accountTruth(world: World, account: Account, window: Window): object {
  const { switches } = account;
  const history = world.historyOf(account);
  const days: object[] = [];
  const articles: object[] = [];
  for (let day = Math.max(window.from, account.firstDay); day <= window.to; day++) {
    const followers = { followers: followersOn(account, day), ...movementOn(account, day) };
    days.push({ date: dateText(day), summary: overviewDetail(history, day), ...followers });
    for (const article of history.articlesOn(day)) articles.push(articleTruth(world, article, window));
  }
  const published = (article: Article) => article.publishedAtSeconds <= window.nowSeconds;
  const today = history.articlesOn(window.today).filter(published);
  return {
    appid: account.appid,
    secret: switches.secret,
    registered_secret: account.registeredSecret,
    code: account.code,
    name: account.name,
    department: account.department,
    kind: account.kind,
    principal: account.department.name,
    original_id: account.originalId,
    biz: account.biz,
    habit: account.habit,
    unnotified: account.unnotified,
    special: account.special,
    silent_since: account.lastDay === null ? null : dateText(account.lastDay),
    opened_on: account.openedOn === null ? null : dateText(account.openedOn),
    convention: switches.omitsEmptyDays ? "omits_empty_days" : "zero_rows",
    verified: isVerified(account, window.nowSeconds * 1_000),
    verified_until: switches.verifiedUntilSeconds,
    allow_listed: switches.allowListed,
    frozen: switches.frozen,
    permissions: switches.permissions,
    functions: functionsTruth(account, window.nowSeconds),
    sparse_curves: switches.sparseCurves,
    days,
    articles,
    articles_today: today.map((article) => articleTruth(world, article, window)),
    publications: publicationTruths(world, account, window),
    ...(window.replies ? repliesTruth(world, account, window) : {}),
  };
}

function readDay(query: URLSearchParams, name: string, fallback: Day): Day {
  const text = query.get(name);
  if (text === null) return fallback;
  const day = parseDay(text);
  if (day === null) throw new BadRequest(`${name}: expected YYYY-MM-DD`);
  return day;
}

function readDetail(query: URLSearchParams): Window["detail"] {
  const text = query.get("detail");
  if (text === null || text === "full" || text === "brief") return text;
  throw new BadRequest("detail: expected full or brief");
}

function readReplies(query: URLSearchParams): boolean {
  const text = query.get("replies");
  if (text === null || text === "1") return text === "1";
  throw new BadRequest("replies: expected 1");
}

/**
 * The truth up to yesterday, ready or not, in pieces of one account each. Of today there are the articles that are
 * published by now, and the list of publications as it stands.
 */
export function* stateText(world: World, query: URLSearchParams): Generator<string> {
  const nowMs = world.clock.nowMs();
  const yesterday = dayAt(nowMs) - 1;
  const window: Window = {
    from: readDay(query, "from", 0),
    to: Math.min(yesterday, readDay(query, "to", yesterday)),
    yesterday,
    today: yesterday + 1,
    nowSeconds: Math.floor(nowMs / 1_000),
    detail: readDetail(query),
    replies: readReplies(query),
  };
  const appid = query.get("appid");
  const accounts = appid === null ? world.accounts : world.accounts.filter((account) => account.appid === appid);
  const head = {
    now: new Date(nowMs).toISOString(),
    yesterday: dateText(yesterday),
    seed: world.seed,
    marker,
    openid_prefix: openidPrefix,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"accounts":[`;
  for (const [position, account] of accounts.entries()) {
    yield `${position === 0 ? "" : ",\n"}${JSON.stringify(accountTruth(world, account, window))}`;
  }
  yield "]}";
}
