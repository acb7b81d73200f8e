import { type CheerioAPI, load } from "cheerio/slim";

/** Larger than any article's page, and small enough that no page holds up the process for long. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
const MAX_TAGS = 200_000;
/** Browsers nest no deeper. The parser's time grows with length times depth, a search's with the square of the children. */
const MAX_DEPTH = 512;
const MAX_CHILDREN = 5_000;
const TAG = /<([/!?]?)([a-z][^\s/>]*)?/gi;
const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"]);
/** What looks like tags in them is text. */
const RAW = new Set(["script", "style", "textarea", "title"]);
/** Ended by the next of the same kind. */
const REPEATED = new Set(["p", "li", "option", "td", "tr"]);
const UNSEEN = "script, style, title, textarea, noscript, template, iframe";

export interface PageDocument {
  /** Without the elements that show nothing. */
  $: CheerioAPI;
  /** The scripts' texts in their order. */
  scripts: string[];
}

/** Null for what no article's page is: too large, too deep or too wide. */
export function parsePage(html: string): PageDocument | null {
  if (html.length > MAX_CHARACTERS || !isModest(html)) return null;
  const $ = load(html);
  const scripts = $("script")
    .toArray()
    .map((script) => $(script).text());
  $(UNSEEN).remove();
  return { $, scripts };
}

function isModest(html: string): boolean {
  const open: string[] = [];
  const children = [0];
  let tags = 0;
  for (const [, mark = "", name = ""] of html.matchAll(TAG)) {
    tags += 1;
    if (tags > MAX_TAGS) return false;
    const tag = name.toLowerCase();
    const parent = open.at(-1) ?? "";
    if (RAW.has(parent) && !(mark === "/" && tag === parent)) continue;
    if (mark === "/") {
      const start = open.lastIndexOf(tag);
      if (start !== -1) open.length = start;
      continue;
    }
    if (REPEATED.has(tag) && parent === tag) open.pop();
    children.length = open.length + 1;
    const siblings = (children[open.length] ?? 0) + 1;
    children[open.length] = siblings;
    if (siblings > MAX_CHILDREN) return false;
    if (mark === "" && tag !== "" && !VOID.has(tag)) open.push(tag);
    if (open.length > MAX_DEPTH) return false;
  }
  return true;
}

/** The text without white space, which no two templates set alike. */
export function compact(text: string): string {
  return text.replace(/\s+/g, "");
}

export function countCharacters(text: string): number {
  let count = 0;
  for (const _character of compact(text)) count += 1;
  return count;
}

/** What the entities of a text stand for. */
export function decodeEntities(text: string): string {
  return text.includes("&") ? load(text.replaceAll("<", "&lt;")).text() : text;
}
