import { type CheerioAPI, load } from "cheerio/slim";
import { DomHandler, DomUtils, Parser } from "htmlparser2";

/** Larger than any article's page, and small enough that no page holds up the process for long. */
const MAX_CHARACTERS = 8 * 1024 * 1024;
/** A bound on the tags, those that end nothing included: each costs the parser a search through the depth. */
const MAX_ANGLES = 200_000;
/** Browsers nest no deeper. The parser's time grows with length times depth, a search's with the square of the children. */
const MAX_DEPTH = 512;
const MAX_CHILDREN = 5_000;
const MAX_ATTRIBUTES = 1_000;
const UNSEEN = new Set(["script", "style", "title", "textarea", "noscript", "template", "iframe"]);

export interface PageDocument {
  /** Without comments and the elements that show nothing. */
  $: CheerioAPI;
  /** The scripts' texts in their order. */
  scripts: string[];
}

/** Null for what no article's page is: too large, too deep or too wide. */
export function parsePage(html: string): PageDocument | null {
  if (html.length > MAX_CHARACTERS || hasMore(html, "<", MAX_ANGLES)) return null;
  const dom = new DomHandler();
  const scripts: string[] = [];
  const open: string[] = [];
  const children = [0];
  let attributes = 0;
  let unseen = 0;
  let refused = false;
  const refuse = () => {
    refused = true;
    parser.pause();
  };
  // Measured by the parser itself: whoever only looks for tags is misled by comments and attributes that hold some.
  const parser = new Parser({
    onattribute() {
      attributes += 1;
      if (attributes > MAX_ATTRIBUTES) refuse();
    },
    onopentag(name, values) {
      attributes = 0;
      const siblings = (children[open.length] ?? 0) + 1;
      children[open.length] = siblings;
      open.push(name);
      children[open.length] = 0;
      if (siblings > MAX_CHILDREN || open.length > MAX_DEPTH) refuse();
      if (name === "script") scripts.push("");
      if (UNSEEN.has(name)) unseen += 1;
      if (unseen === 0) dom.onopentag(name, values);
    },
    onclosetag(name) {
      open.pop();
      if (unseen === 0) dom.onclosetag();
      if (UNSEEN.has(name)) unseen -= 1;
    },
    ontext(text) {
      if (open.at(-1) === "script") scripts.push((scripts.pop() ?? "") + text);
      else if (unseen === 0) dom.ontext(text);
    },
  });
  parser.end(html);
  return refused ? null : { $: load(dom.root), scripts };
}

function hasMore(text: string, part: string, limit: number): boolean {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1 && count <= limit; at = text.indexOf(part, at + part.length)) count += 1;
  return count > limit;
}

/** The text of a selection, that of nested parts once: their own sum would grow with the square of the depth. */
export function textOf(selection: ReturnType<CheerioAPI>): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  const open = selection.toArray().reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (DomUtils.isText(node)) parts.push(node.data);
    else if (DomUtils.hasChildren(node)) {
      for (let index = node.children.length - 1; index >= 0; index -= 1) {
        const child = node.children[index];
        if (child) open.push(child);
      }
    }
  }
  return parts.join("");
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
