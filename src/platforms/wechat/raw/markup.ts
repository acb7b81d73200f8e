import { tells, veilName } from "./words.ts";

const MAX_VARIABLES = 300;
const OWN_TEXT_CHARACTERS = 100;
const TAG = /<(\/?)([a-z][a-z0-9:-]{0,30})([^<>]{0,1000})/gi;
const ATTRIBUTE = /\b(id|class|property|name)\s{0,3}=\s{0,3}["']?([\w :.-]{1,80})/gi;
/** Variables, properties of `window`, and names in object literals. */
const VARIABLE =
  /\b(?:var|let|const)\s{1,5}([A-Za-z_$][\w$]{0,60})|\bwindow\.([A-Za-z_$][\w$]{0,60})\s{0,5}=|\b([A-Za-z_]\w{0,60})\s{0,3}:\s{0,3}(?:JsDecode|['"])/g;
/** A page that carries an article has somebody's words in its title, all others the platform's own. */
const CARRIES_ARTICLE = /js_content|js_article|msg_title|activity-name/;
const OWN_TEXT = [
  /<title[^>]{0,200}>([^<]{0,1000})/i,
  /class\s{0,3}=\s{0,3}["'][^"']{0,100}weui-msg__title[^"']{0,100}["'][^>]{0,200}>([^<]{0,1000})/i,
];

/**
 * A page's elements with id and class, the names of its script variables, and the platform's own message; no text and
 * no value of the page.
 */
export function veilMarkup(html: string, limit: number): string {
  const variables = variableNames(html);
  const lines = [...ownTexts(html), ...(variables.length > 0 ? [`variables: ${variables.join(" ")}`, ""] : [])];
  let length = lines.join("\n").length;
  let last = "";
  let repeated = 1;
  let inScript = false;
  for (const [, closing, name = "", attributes = ""] of html.matchAll(TAG)) {
    if (length > limit) break;
    const element = name.toLowerCase();
    // A comparison in a script looks like a tag.
    if (inScript && element !== "script") continue;
    inScript = element === "script" && closing === "";
    if (closing !== "") continue;
    const line = `<${veilName(element)}${veilAttributes(attributes)}>`;
    if (line === last) {
      repeated += 1;
      lines[lines.length - 1] = `${line} × ${repeated}`;
      continue;
    }
    lines.push(line);
    length += line.length + 1;
    last = line;
    repeated = 1;
  }
  return lines.join("\n");
}

function veilAttributes(attributes: string): string {
  return [...attributes.matchAll(ATTRIBUTE)]
    .map(([, name = "", value = ""]) => ` ${name.toLowerCase()}="${value.trim().split(/ +/).map(veilName).join(" ")}"`)
    .join("");
}

function variableNames(html: string): string[] {
  const names = new Set<string>();
  for (const [, declared, ofWindow, property] of html.matchAll(VARIABLE)) {
    const name = declared ?? ofWindow ?? property ?? "";
    if (tells(name)) names.add(veilName(name));
    if (names.size === MAX_VARIABLES) break;
  }
  return [...names];
}

function ownTexts(html: string): string[] {
  if (CARRIES_ARTICLE.test(html)) return [];
  return OWN_TEXT.flatMap((pattern) => {
    const text = pattern.exec(html)?.[1]?.replace(/\s+/g, " ").trim() ?? "";
    return text === "" ? [] : [`text: ${text.slice(0, OWN_TEXT_CHARACTERS)}`];
  });
}
