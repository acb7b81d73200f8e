/** Ids that pass 2^53 on some accounts: always text, so that an id has one type whatever its size. */
const ID_FIELDS = ["msgid", "msg_id", "msg_data_id", "user_comment_id", "publish_id"];
const HAS_ID = new RegExp(`"(?:${ID_FIELDS.join("|")})"\\s*:\\s*[-\\d]`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
const CONTROL_CHARACTERS = /[\u0000-\u001f]/g;
/** Sixteen digits that are not decimals. */
const HAS_LONG_INTEGER = /(?:^|[^.\d])\d{16}/;

/** Node has it; TypeScript does not know it yet. */
const JSON_WITH_RAW = JSON as typeof JSON & { rawJSON(text: string): object };

/** Parses JSON without losing digits: integers that a double cannot hold, and ids, come as their source text. */
export function parseJson(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // Titles have been seen with raw control characters, which JSON forbids inside strings.
    return parse(text.replace(CONTROL_CHARACTERS, " "));
  }
}

/** A number for a request's body, with every one of its digits. */
export function exactNumber(digits: string): object {
  return JSON_WITH_RAW.rawJSON(BigInt(digits).toString());
}

function parse(text: string): unknown {
  // A reviver costs several times the parsing itself; most answers hold nothing that needs it.
  return HAS_LONG_INTEGER.test(text) || HAS_ID.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || (Number.isSafeInteger(value) && !ID_FIELDS.includes(key))) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}
