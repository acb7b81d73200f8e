import { cutWhole } from "./clean.ts";
import type { Line, Span } from "./letter.ts";

const spanText = (span: Span): string => (typeof span === "string" ? span : "strong" in span ? span.strong : span.text);

export function textOf(line: Line): string {
  return line.map(spanText).join("");
}

/** The line's first `units` UTF-16 units, back to a whole grapheme, and …; a link is kept whole or left out. */
export function cutLine(line: Line, units: number): Line {
  const kept: Span[] = [];
  let left = units;
  for (const span of line) {
    const text = spanText(span);
    if (text.length > left) {
      const start = cutWhole(text, left);
      if (typeof span === "string") kept.push(start);
      else if ("strong" in span) kept.push({ strong: start });
      return [...kept, "…"];
    }
    kept.push(span);
    left -= text.length;
  }
  return kept;
}
