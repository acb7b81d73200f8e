import type { Article } from "../articles.ts";
import { type Day, dateText, dayAt, parseDay } from "../calendar.ts";
import type { Account } from "../county.ts";
import { curveDays, curveRow, overviewDetail } from "../endpoints/statistics.ts";
import { followersOn, movementOn } from "../followers.ts";
import type { World } from "../world.ts";
import { BadRequest } from "./input.ts";

interface Window {
  from: Day;
  to: Day;
  yesterday: Day;
  /** Whether curves carry sources and reading positions, which make most of the bytes. */
  full: boolean;
}

function thin(row: Record<string, unknown>): Record<string, unknown> {
  const { read_user_source: _sources, read_jump_position: _positions, ...rest } = row;
  return rest;
}

function articleTruth(article: Article, window: Window): object {
  const curve = curveDays(article, window.yesterday).map((day) => curveRow(article, day));
  return {
    msgid: article.msgid,
    publish_date: dateText(article.day),
    published_at: article.publishedAtSeconds,
    publish_type: article.notified ? 0 : 1,
    title: article.title,
    url: article.url,
    curve: window.full ? curve : curve.map(thin),
  };
}

function accountTruth(world: World, account: Account, window: Window): object {
  const { switches } = account;
  const history = world.historyOf(account);
  const days: object[] = [];
  const articles: object[] = [];
  for (let day = Math.max(window.from, account.firstDay); day <= window.to; day++) {
    const followers = { followers: followersOn(account, day), ...movementOn(account, day) };
    days.push({ date: dateText(day), summary: overviewDetail(history, day), ...followers });
    for (const article of history.articlesOn(day)) articles.push(articleTruth(article, window));
  }
  return {
    appid: account.appid,
    secret: switches.secret,
    registered_secret: account.registeredSecret,
    code: account.code,
    name: account.name,
    department: account.department,
    kind: account.kind,
    habit: account.habit,
    special: account.special,
    silent_since: account.lastDay === null ? null : dateText(account.lastDay),
    opened_on: account.openedOn === null ? null : dateText(account.openedOn),
    convention: switches.omitsEmptyDays ? "omits_empty_days" : "zero_rows",
    verified: switches.verified,
    allow_listed: switches.allowListed,
    frozen: switches.frozen,
    permissions: switches.permissions,
    sparse_curves: switches.sparseCurves,
    days,
    articles,
  };
}

function readDay(query: URLSearchParams, name: string, fallback: Day): Day {
  const text = query.get(name);
  if (text === null) return fallback;
  const day = parseDay(text);
  if (day === null) throw new BadRequest(`${name}: expected YYYY-MM-DD`);
  return day;
}

/** The truth up to yesterday, ready or not, in pieces of one account each. */
export function* stateText(world: World, query: URLSearchParams): Generator<string> {
  const nowMs = world.clock.nowMs();
  const yesterday = dayAt(nowMs) - 1;
  const window: Window = {
    from: readDay(query, "from", 0),
    to: Math.min(yesterday, readDay(query, "to", yesterday)),
    yesterday,
    full: query.get("detail") === "full",
  };
  const appid = query.get("appid");
  const accounts = appid === null ? world.accounts : world.accounts.filter((account) => account.appid === appid);
  const head = { now: new Date(nowMs).toISOString(), yesterday: dateText(yesterday), seed: world.seed };
  yield `${JSON.stringify(head).slice(0, -1)},"accounts":[`;
  for (const [position, account] of accounts.entries()) {
    yield `${position === 0 ? "" : ",\n"}${JSON.stringify(accountTruth(world, account, window))}`;
  }
  yield "]}";
}
