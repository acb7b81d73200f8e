import { isFigure, veilName, veilSentence } from "./words.ts";

const DAYS = new Set(["ref_date", "stat_date", "begin_date", "end_date"]);
/** What the platform itself writes into them; the texts of all other fields are somebody's. */
const OWN_TEXTS: Record<string, RegExp> = {
  errmsg: /^[\s\S]{0,300}$/,
  scene_desc: /^(全部|公众号消息|聊天会话|朋友圈|公众号主页|其他|推荐|搜一搜)$/,
};
/** The platform's support id at the end of its messages. */
const SUPPORT_ID = /\brid: ?[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/;
/** Shorter than what people are known by, even when a fault in the answer broke a piece off. */
const SHORT_NUMBER = /^-?\d{1,9}(\.\d{1,6})?$/;
const NUMBER = /^-?\d[\d.eE+-]*$/;
const MAX_INDENT = 20;

/**
 * The tokens of JSON, whole or broken off anywhere, one value a line: the structure, the names, the figures; of texts
 * and other numbers the length.
 */
export function veilJson(text: string, limit: number): string {
  const token = /\s+|[{}[\],:]|"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|[^\s{}[\],:"]+/g;
  const colon = /\s*:/y;
  const open: { list: boolean; key: string | null }[] = [];
  let key: string | null = null;
  let before = "";
  let veiled = "";
  const newLine = () => `\n${" ".repeat(Math.min(open.length, MAX_INDENT))}`;

  for (let match = token.exec(text); match && veiled.length < limit; match = token.exec(text)) {
    const [piece] = match;
    if (piece.trim() === "") continue;
    if (piece === "{" || piece === "[") {
      open.push({ list: piece === "[", key });
      if (piece === "{") key = null;
      veiled += piece + newLine();
    } else if (piece === "}" || piece === "]") {
      open.pop();
      key = enclosingKey(open.at(-1));
      veiled += newLine() + piece;
    } else if (piece === ",") {
      key = enclosingKey(open.at(-1));
      veiled += piece + newLine();
    } else if (piece === ":") {
      veiled += ": ";
    } else {
      colon.lastIndex = token.lastIndex;
      const isName = before !== ":" && open.at(-1)?.list !== true && colon.test(text);
      if (isName) key = decode(piece);
      // Behind a comma that is no list's there should be a name: what stands there instead belongs to no key.
      const isValue = before === ":" || open.at(-1)?.list === true;
      veiled += isName ? JSON.stringify(veilName(key ?? "")) : veilValue(isValue ? key : null, piece);
    }
    before = piece;
  }
  return veiled;
}

const enclosingKey = (container: { list: boolean; key: string | null } | undefined) =>
  container?.list ? container.key : null;

function veilValue(key: string | null, piece: string): string {
  if (/^(true|false|null)$/.test(piece)) return piece;
  if (piece.startsWith('"')) return JSON.stringify(veilText(key, decode(piece)));
  if (!NUMBER.test(piece)) return veilSentence(piece);
  if (key !== null && isFigure(key) && SHORT_NUMBER.test(piece)) return piece;
  return `(${piece.replace(/\D/g, "").length} digits)`;
}

function veilText(key: string | null, text: string): string {
  if (key !== null && DAYS.has(key) && /^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  if (key !== null && Object.hasOwn(OWN_TEXTS, key) && OWN_TEXTS[key]?.test(text)) {
    if (key !== "errmsg") return text;
    const [supportId = ""] = SUPPORT_ID.exec(text) ?? [];
    return veilSentence(text.slice(0, text.length - supportId.length)) + supportId;
  }
  // How a day, a time or an id is written is often what was not expected.
  if (/^[\d:./ _-]{1,30}$/.test(text)) return text.replace(/\d/g, "9");
  return `(${text.length} characters)`;
}

/** The text of a JSON string, also of one that is broken off or faulty. */
function decode(piece: string): string {
  try {
    const value: unknown = JSON.parse(piece);
    return typeof value === "string" ? value : piece;
  } catch {
    return piece.replace(/^"|"$/g, "");
  }
}
