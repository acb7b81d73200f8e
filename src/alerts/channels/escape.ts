const WIDE_OFFSET = 0xfee0;
const MARKUP = /[!#&()*+<=>@[\\\]_`|~]/g;
const BREAKS = /[\t-\r\u0085\u2028\u2029]+/g;
/** Control, direction and other invisible characters, but for the joiner of emoji. */
const INVISIBLE = /(?!\u200d)[\p{Cc}\p{Cf}\p{Co}]/gu;

/** One line of visible, well-formed text. */
export function clean(text: string): string {
  return text.toWellFormed().replace(BREAKS, " ").replace(INVISIBLE, "");
}

/**
 * Text that no chat tool reads as markup, mention or address: what they read stands there as its full-width twin, since
 * each tool has escapes of its own and none documents them whole.
 */
export function escapeMarkup(text: string): string {
  return clean(text)
    .replace(MARKUP, (character) => String.fromCharCode(character.charCodeAt(0) + WIDE_OFFSET))
    .replaceAll("://", "：//")
    .replace(/www\./gi, (match) => `${match.slice(0, 3)}．`);
}
