import { parseJson } from "./json.ts";

const LIMIT_CHARACTERS = 64 * 1024;
/** Texts of these fields say what the answer is about and name nobody. */
const PLAIN_TEXTS = new Set(["errmsg", "ref_date", "stat_date", "msgid", "scene_desc"]);

/**
 * An answer as it may be kept: the names and numbers of a JSON answer with its texts replaced by their lengths; of
 * anything else the markup alone.
 */
export function withoutPersonalData(body: string): string {
  let value: unknown;
  try {
    value = parseJson(body);
  } catch {
    return markupOf(body).slice(0, LIMIT_CHARACTERS);
  }
  return JSON.stringify(value, (key, field) => (typeof field === "string" ? veil(key, field) : field), 1).slice(
    0,
    LIMIT_CHARACTERS,
  );
}

function veil(key: string, text: string): string {
  return PLAIN_TEXTS.has(key) && text.length <= 200 ? text : `(${text.length} characters)`;
}

/** Tags with id and class; text and everything else by its length. */
function markupOf(text: string): string {
  return text.replace(/[^<>]+/g, (piece) => {
    const tag = /^(\/?[a-z][a-z0-9-]*)((?:\s+(?:id|class)="[\w -]{0,60}")*)/i.exec(piece);
    return tag ? `${tag[1]}${tag[2]}` : `(${piece.trim().length} characters)`;
  });
}
