import type { CheerioAPI } from "cheerio/slim";
import { decodeEntities } from "./document.ts";
import { unescapeLiteral } from "./lexer.ts";
import { assignmentsOf, type Value } from "./script.ts";

const VARIABLES = new Set([
  ...["biz", "mid", "idx", "ct", "oriCreateTime", "create_time", "user_name", "item_show_type", "copyright_stat"],
  ...["msg_title", "msg_link", "picture_page_info_list", "cgiDataNew", "cgiData"],
]);
const NAMES_VARIABLE = new RegExp(`\\b(?:${[...VARIABLES].join("|")})\\s*=`);

/** What the scripts of a page say, by the names of either template. */
export interface ScriptFields {
  /** The first text of these names that looks as it must. */
  text(pattern: Pick<RegExp, "test">, ...names: string[]): string | null;
  /** The first value of any other kind. */
  value(...names: string[]): Value;
}

/**
 * Variables come first, in the order of the names, then the fields of `cgiDataNew`. A variable outside all braces comes
 * before one of a function, which may use any name for anything.
 */
export function readScripts(scripts: string[]): ScriptFields {
  const found = scripts
    .filter((script) => NAMES_VARIABLE.test(script))
    .flatMap((script) => assignmentsOf(script, VARIABLES))
    .sort((a, b) => a.depth - b.depth);
  const objects = ["cgiDataNew", "cgiData"]
    .flatMap((name) => found.filter((assignment) => assignment.name === name))
    .flatMap(({ value }) => (value instanceof Map ? [value] : []));
  const nested = objects.flatMap((object) => {
    const copyright = object.get("copyright_info");
    return copyright instanceof Map ? [object, copyright] : [object];
  });
  const all = (name: string): Value[] => [
    ...found.filter((assignment) => assignment.name === name).map(({ value }) => value),
    ...nested.map((object) => object.get(name) ?? null),
  ];
  return {
    text: (pattern, ...names) =>
      names.flatMap(all).find((value): value is string => typeof value === "string" && pattern.test(value)) ?? null,
    value: (...names) => names.flatMap(all).find((value) => value !== null) ?? null,
  };
}

/** The body as the scripts hold it, for pages that are drawn by them; null when they hold none. */
export function bodyOf(fields: ScriptFields): string | null {
  const post = fields.value("text_page_info");
  const texts = post instanceof Map ? [post.get("content_noencode"), post.get("content")] : [];
  const held = [...texts, fields.value("content_noencode"), fields.value("content")].filter(
    (text) => typeof text === "string",
  );
  return held.find((text) => text !== "") ?? held[0] ?? null;
}

export function picturesOf(fields: ScriptFields): number {
  const list = fields.value("picture_page_info_list");
  return Array.isArray(list) ? list.filter((item) => item instanceof Map && item.get("cdn_url")).length : 0;
}

/** The content of a meta element; the newer template writes it with a script's escapes. */
export function metaOf($: CheerioAPI, property: string): string {
  const content = $(`meta[property="${property}"]`).attr("content") ?? "";
  return /\\x[0-9a-f]{2}/i.test(content) ? decodeEntities(unescapeLiteral(content)) : content;
}
