import type { Article } from "../articles.ts";
import { dateText } from "../calendar.ts";
import type { Account } from "../county.ts";
import { curveDays, curveRow } from "../endpoints/statistics.ts";
import { identityOf, linkForm, shortPath } from "../links.ts";
import { copyrightStats, pageFacts } from "../pages/form.ts";
import { articleStanding, pageStanding, type Standing } from "../standing.ts";
import type { World } from "../world.ts";
import type { Window } from "./state.ts";

function thin(row: Record<string, unknown>): Record<string, unknown> {
  const { read_user_source: _sources, read_jump_position: _positions, ...rest } = row;
  return rest;
}

const shown = ({ state, sinceSeconds }: Standing): object => ({ state, since: sinceSeconds });

function curveOf(article: Article, { detail, yesterday }: Window): object {
  if (detail === "brief") return {};
  const curve = curveDays(article, yesterday).map((day) => curveRow(article, day));
  return { curve: detail === "full" ? curve : curve.map(thin) };
}

export function articleTruth(world: World, article: Article, window: Window): object {
  const { form, provenance, template, length, images } = pageFacts(article);
  return {
    msgid: article.msgid,
    publish_date: dateText(article.day),
    published_at: article.publishedAtSeconds,
    publish_type: article.notified ? 0 : 1,
    title: article.title,
    url: article.url,
    links: {
      long: `https://mp.weixin.qq.com/s?${identityOf(article)}`,
      short: `https://mp.weixin.qq.com${shortPath(article)}`,
      listed_as: article.notified ? null : linkForm(article),
    },
    form,
    original: provenance === "original",
    reprint: provenance === "reprint",
    copyright_stat: copyrightStats[provenance ?? "none"],
    template,
    length,
    images,
    page: shown(pageStanding(world, article, window.nowSeconds)),
    ...curveOf(article, window),
  };
}

/** What was published without notice, oldest first, whether the list shows it yet or not. */
export function publicationTruths(world: World, account: Account, window: Window): object[] {
  const list = world.publicationsOf(account);
  const objects = list.publishedAt(window.nowSeconds * 1_000);
  return objects
    .filter((object) => object.articles[0] !== undefined && object.articles[0].day >= window.from)
    .map((object) => ({
      article_id: object.id,
      published_at: object.publishedAtSeconds,
      visible_at: object.visibleAtSeconds,
      update_times: [object.publishedAtSeconds, ...object.editedAtSeconds.filter((at) => at <= window.nowSeconds)],
      sunk: object.sunk,
      articles: object.articles.map((article) => ({
        msgid: article.msgid,
        deleted: articleStanding(world, article, window.nowSeconds).state === "deleted",
      })),
    }));
}
