import { veilJson } from "./raw/json.ts";
import { veilMarkup } from "./raw/markup.ts";

const LIMIT_BYTES = 64 * 1024;
/** Beyond it an answer is not looked at, so that veiling takes no more than some milliseconds. */
const LIMIT_CHARACTERS = 1024 * 1024;

/**
 * An answer as it may be kept: its structure, its names as far as they are made of the platform's own words, and its
 * figures. What somebody wrote, and what leads to somebody, is left out by construction: only what is known to be
 * harmless stays.
 */
export function withoutPersonalData(body: string): string {
  const text = body.slice(0, LIMIT_CHARACTERS);
  const veiled = /^\s*</.test(text) ? veilMarkup(text, LIMIT_BYTES) : veilJson(text, LIMIT_BYTES);
  // Postgres refuses NUL and lone surrogates.
  return clip(veiled.replaceAll("\0", "").toWellFormed());
}

function clip(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= LIMIT_BYTES) return text;
  // Half a character at the end decodes to U+FFFD.
  return bytes
    .subarray(0, LIMIT_BYTES)
    .toString()
    .replace(/\uFFFD+$/, "");
}
