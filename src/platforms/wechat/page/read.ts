import type { CheerioAPI } from "cheerio/slim";
import type { ArticleForm, ArticlePage, PageState } from "../../../model.ts";
import { compact, countCharacters, decodeEntities, parsePage, textOf } from "./document.ts";
import { bodyOf, metaOf, picturesOf, readScripts, type ScriptFields } from "./fields.ts";
import { judge } from "./markers.ts";
import { articleId, articleIdOf, readBiz } from "./url.ts";

const FORMS: Readonly<Record<string, ArticleForm>> = {
  "0": "article",
  "5": "video",
  "7": "audio",
  "8": "picture",
  "10": "text",
  "11": "repost",
};
/** 2 is a reprint of somebody's original. */
const ORIGINAL: Readonly<Record<string, boolean>> = { "0": false, "1": true, "2": false, "11": true };
const MAX_TITLE = 200;
/** Official accounts exist since August 2012; the texts are ten digits, so they compare as numbers do. */
const FIRST_SECOND = String(Date.parse("2012-08-01T00:00:00+08:00") / 1000);
const SECONDS = { test: (text: string) => /^[1-9]\d{9}$/.test(text) && text >= FIRST_SECOND };
const BIZ = { test: (text: string) => readBiz(text) !== null };
const ANY_TEXT = /\S/;

/** Reads the public page of an article as it came. Never throws; nothing of the page is run. */
export function readArticlePage(html: string): ArticlePage {
  try {
    return readPage(html);
  } catch {
    return withoutArticle("unknown", "unreadable");
  }
}

function readPage(html: string): ArticlePage {
  const page = parsePage(html);
  if (!page) return withoutArticle("unknown", "too large");
  const { $ } = page;
  const fields = readScripts(page.scripts);
  const carried = $("#js_article, #js_content").length > 0;
  if (!carried && !bodyOf(fields) && picturesOf(fields) === 0) {
    const { state, reason } = judge(page, html);
    return withoutArticle(state, reason);
  }
  const form = readForm(fields);
  const body = readBody($, fields, form);
  const published = fields.text(SECONDS, "ct", "oriCreateTime", "ori_create_time", "create_timestamp", "create_time");
  return {
    state: "ok",
    reason: null,
    ...readIdentity($, fields),
    originalId: fields.text(/^gh_[0-9a-z]{4,32}$/i, "user_name"),
    title: readTitle($, fields, form, body.text),
    publishedAt: published === null ? null : new Date(Number(published) * 1000),
    form,
    original: readOriginal($, fields),
    length: body.text === null ? null : countCharacters(body.text),
    images: body.images,
  };
}

/** A page that shows no article says nothing of one. */
export function withoutArticle(state: PageState, reason: string): ArticlePage {
  return {
    state,
    reason,
    articleId: null,
    biz: null,
    originalId: null,
    title: null,
    publishedAt: null,
    form: null,
    original: null,
    length: null,
    images: null,
  };
}

function readForm(fields: ScriptFields): ArticleForm | null {
  const type = fields.text(/^\d{1,4}$/, "item_show_type");
  return type === null ? null : (FORMS[type] ?? "other");
}

/** A page's links to itself name the article in one piece; variables of these names may belong to anything. */
function readIdentity($: CheerioAPI, fields: ScriptFields): { articleId: string | null; biz: string | null } {
  const own = {
    articleId: articleId(fields.text(/^\d+$/, "mid") ?? "", fields.text(/^\d+$/, "idx") ?? ""),
    biz: fields.text(BIZ, "biz", "bizuin"),
  };
  const links = [metaOf($, "og:url"), fields.text(ANY_TEXT, "msg_link") ?? "", fields.text(ANY_TEXT, "link") ?? ""];
  const named = [...links.map(articleIdOf), own];
  return {
    articleId: named.find((identity) => identity.articleId !== null)?.articleId ?? null,
    biz: named.find((identity) => identity.biz !== null)?.biz ?? null,
  };
}

/** A text post has no title, or one of its own: the link preview's holds the whole post. */
function readTitle($: CheerioAPI, fields: ScriptFields, form: ArticleForm | null, body: string | null): string | null {
  const candidates = [
    form === "text" ? "" : metaOf($, "og:title"),
    textOf($("#activity-name").first()),
    decodeEntities(fields.text(ANY_TEXT, "msg_title", "title") ?? ""),
  ].map((text) => text.replaceAll("\0", "").toWellFormed().replace(/\s+/g, " ").trim());
  const title = candidates.find((text) => text !== "" && !(form === "text" && compact(text) === compact(body ?? "")));
  return title === undefined
    ? null
    : Array.from(title.slice(0, 2 * MAX_TITLE))
        .slice(0, MAX_TITLE)
        .join("");
}

function readOriginal($: CheerioAPI, fields: ScriptFields): boolean | null {
  if (textOf($("#copyright_logo")).includes("原创")) return true;
  return ORIGINAL[fields.text(/^\d{1,3}$/, "copyright_stat") ?? ""] ?? null;
}

/** The body in the document, or where that is empty the one that scripts will put there. */
function readBody(
  $: CheerioAPI,
  fields: ScriptFields,
  form: ArticleForm | null,
): { text: string | null; images: number | null } {
  const pictures = form === "picture" ? picturesOf(fields) : 0;
  const shown = $("#js_content").first();
  const text = textOf(shown);
  if (shown.children().length > 0 || compact(text) !== "") {
    return { text, images: pictures || countImages($, shown.find("img")) };
  }
  const held = bodyOf(fields);
  if (held === null) return { text: null, images: pictures || null };
  const inner = parsePage(held)?.$;
  if (!inner) return { text: null, images: pictures || null };
  return { text: textOf(inner.root()), images: pictures || countImages(inner, inner("img")) };
}

function countImages($: CheerioAPI, images: ReturnType<CheerioAPI>): number {
  return images.filter((_index, image) => Boolean($(image).attr("data-src") || $(image).attr("src"))).length;
}
