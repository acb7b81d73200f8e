import type { Article } from "./articles.ts";
import { salt, unit } from "./random.ts";
import type { World } from "./world.ts";

export const articleStates = ["ok", "deleted", "violation", "rumor", "privacy", "link_expired"] as const;
export type ArticleState = (typeof articleStates)[number];

/** What the public page of an article shows, and since which second. */
export interface Standing {
  state: ArticleState | "account_gone" | "migrated";
  sinceSeconds: number;
}

const salts = { takedown: salt("takedown"), moment: salt("takedown moment") };
const hourSeconds = 3_600;
const longestSeconds = 20 * 86_400;

/** A few articles in a hundred are taken down, most of them in the first days. */
const takedowns: readonly [ArticleState, number][] = [
  ["deleted", 0.015],
  ["violation", 0.023],
  ["privacy", 0.025],
  ["rumor", 0.027],
];

function habitualTakedown(article: Article): Standing | null {
  const draw = unit(article.key, salts.takedown);
  const state = takedowns.find(([, below]) => draw < below)?.[0];
  if (state === undefined) return null;
  const after = hourSeconds + Math.floor((longestSeconds - hourSeconds) * unit(article.key, salts.moment) ** 2);
  return { state, sinceSeconds: article.publishedAtSeconds + after };
}

/** Without regard to what befell the account. */
export function articleStanding(world: World, article: Article, nowSeconds: number): Standing {
  const set = world.standings.get(article);
  if (set !== undefined && set.sinceSeconds <= nowSeconds) return set;
  const takedown = habitualTakedown(article);
  if (takedown !== null && takedown.sinceSeconds <= nowSeconds) return takedown;
  return { state: "ok", sinceSeconds: article.publishedAtSeconds };
}

export function pageStanding(world: World, article: Article, nowSeconds: number): Standing {
  const { pages } = article.account.switches;
  return pages !== null && pages.sinceSeconds <= nowSeconds ? pages : articleStanding(world, article, nowSeconds);
}
