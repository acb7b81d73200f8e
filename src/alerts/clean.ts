const SEGMENTER = new Intl.Segmenter("zh", { granularity: "grapheme" });
/** Of emoji made of several code points some are this long on average; a letter under a thousand accents is not. */
const UNITS_PER_GRAPHEME = 3;
/** Nothing behind it can be shown, so it is not even read. */
const READ_UNITS = 1_024;

const SPACES = /[\s\p{Zl}\p{Zp}\p{Zs}]+/gu;
/** Controls, what changes the direction of writing, what nobody sees, halves of characters. Kept: what joins emoji. */
const UNSEEN =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{NChar}\uFFFC\uFFFD]--[\t-\r\u200D\uFE0E\uFE0F]]/gv;
/** These would join what stands before or behind the name. */
const LOOSE_ENDS = /^(?:\p{M}|\u200D|\s)+|(?:\u200D|\s)+$/gu;

/**
 * A name or sentence by anybody, in one line: without control and bidi characters, cut with … after that many
 * graphemes (earlier where each is long). Empty when nothing can be seen. Markup is left for the channel to escape.
 */
export function cleanName(text: string, graphemes = 40): string {
  const seen = text.slice(0, READ_UNITS).replace(UNSEEN, "").replace(SPACES, " ").replace(LOOSE_ENDS, "");
  let end = 0;
  let count = 0;
  for (const { index, segment } of SEGMENTER.segment(seen)) {
    const next = index + segment.length;
    // The last one may itself have been cut where reading stopped.
    const whole = next < seen.length || text.length <= READ_UNITS;
    if (!whole || count === graphemes || next > graphemes * UNITS_PER_GRAPHEME) break;
    end = next;
    count += 1;
  }
  if (end === 0) return "";
  return end === seen.length && text.length <= READ_UNITS ? seen : `${seen.slice(0, end).trimEnd()}…`;
}

/** The text's beginning, at most `units` UTF-16 units long and ending with a whole grapheme. */
export function cutWhole(text: string, units: number): string {
  if (units >= text.length) return text;
  return text.slice(0, SEGMENTER.segment(text).containing(units)?.index ?? 0);
}
