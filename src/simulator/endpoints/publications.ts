import type { Article } from "../articles.ts";
import { refuse } from "../errors.ts";
import { listLink } from "../links.ts";
import { bodyOf } from "../pages/body.ts";
import { pageFacts } from "../pages/form.ts";
import type { PublishObject } from "../publications.ts";
import { hex, salt } from "../random.ts";
import { articleStanding } from "../standing.ts";
import type { World } from "../world.ts";
import { type Answer, type BusinessEndpoint, jsonType } from "./endpoint.ts";

const thumb = salt("thumb");
const mostObjects = 20;
const usualDailyLimit = 100;

type Row = Record<string, unknown>;

function newsItem(world: World, article: Article, withContent: boolean, nowMs: number): Row {
  const { form, digest } = pageFacts(article);
  return {
    title: article.title,
    author: article.account.department.name,
    digest,
    ...(withContent ? { content: bodyOf(article, form).html } : {}),
    content_source_url: "",
    thumb_media_id: hex(43, article.key, thumb),
    show_cover_pic: 0,
    need_open_comment: 1,
    only_fans_can_comment: 0,
    thumb_url: `http://mmbiz.qpic.cn/mmbiz_jpg/${hex(24, article.key, thumb, 1)}/0?wx_fmt=jpeg`,
    url: listLink(article),
    is_deleted: articleStanding(world, article, Math.floor(nowMs / 1_000)).state === "deleted",
  };
}

const newsItems = (world: World, object: PublishObject, withContent: boolean, nowMs: number): Row[] =>
  object.articles.map((article) => newsItem(world, article, withContent, nowMs));

const isWhole = (value: unknown): value is number => Number.isInteger(value);

export const publicationEndpoints: readonly BusinessEndpoint[] = [
  {
    api: "freepublish_batchget",
    path: "/cgi-bin/freepublish/batchget",
    method: "POST",
    credential: "token",
    permission: "publications",
    contentType: jsonType,
    dailyLimit: usualDailyLimit,
    answer(world, { account, body, nowMs }): Answer {
      const { offset, count, no_content: noContent = 0 } = body;
      if (!isWhole(offset) || offset < 0 || !isWhole(count) || count < 1 || count > mostObjects) return refuse(47001);
      if (noContent !== 0 && noContent !== 1) return refuse(47001);
      const list = world.publicationsOf(account).listedAt(nowMs);
      const shown = list.slice(offset, offset + count);
      const head = { total_count: list.length, item_count: shown.length };
      // Both forms of an empty answer are seen.
      if (shown.length === 0 && account.index % 2 === 0) return head;
      const item = shown.map(({ object, updateSeconds }) => ({
        article_id: object.id,
        content: { news_item: newsItems(world, object, noContent === 0, nowMs) },
        update_time: updateSeconds,
      }));
      return { ...head, item };
    },
  },
  {
    api: "freepublish_getarticle",
    path: "/cgi-bin/freepublish/getarticle",
    method: "POST",
    credential: "token",
    permission: "publications",
    contentType: jsonType,
    dailyLimit: usualDailyLimit,
    answer(world, { account, body, nowMs }): Answer {
      const listed = world.publicationsOf(account).listedAt(nowMs);
      const found = listed.find(({ object }) => object.id === body.article_id);
      return found === undefined ? refuse(53600) : { news_item: newsItems(world, found.object, true, nowMs) };
    },
  },
];
