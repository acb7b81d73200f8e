import type { Line, Message, Span } from "../letter.ts";
import { escapeMarkup } from "./escape.ts";

/** Address of a link, with nothing in it that could end it early; null for anything but a web address. */
export function linkAddress(link: string): string | null {
  const url = URL.parse(link);
  if (url?.protocol !== "https:" && url?.protocol !== "http:") return null;
  const safe = `${url.pathname}${url.search}${url.hash}`.replace(
    /[()<>[\]*~`|\\!'"@_]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${url.protocol}//${url.host}${safe}`;
}

/** Bold that opens and closes beside Chinese punctuation too: markdown wants a space there. */
export function strong(text: string): string {
  const inner = escapeMarkup(text).trim();
  if (inner === "") return "";
  const edge = /[\p{P}\p{S}]/u;
  const before = edge.test([...inner][0] ?? "") ? " " : "";
  const after = edge.test([...inner].at(-1) ?? "") ? " " : "";
  return `${before}**${inner}**${after}`;
}

function markdownSpan(span: Span): string {
  if (typeof span === "string") return escapeMarkup(span);
  if ("strong" in span) return strong(span.strong);
  const address = linkAddress(span.link);
  const text = escapeMarkup(span.text);
  return address === null || text.trim() === "" ? text : `[${text}](${address})`;
}

function plainSpan(span: Span, safe: (text: string) => string): string {
  if (typeof span === "string") return safe(span);
  if ("strong" in span) return safe(span.strong);
  const address = linkAddress(span.link);
  return address === null ? safe(span.text) : `${safe(span.text)} ${address} `;
}

/** As the robots of all three chat tools read it. */
export function markdownLine(line: Line): string {
  // Indented text would be code, and a row of dashes a rule.
  const text = line.map(markdownSpan).join("").replace(/^ +/, "");
  return /^[-\s]+$/.test(text) ? text.replaceAll("-", "－") : text;
}

export function plainLine(line: Line, safe: (text: string) => string = escapeMarkup): string {
  return line.map((span) => plainSpan(span, safe)).join("");
}

/** The whole message as plain text, a blank line between its parts. */
export function plainText(message: Message, safe: (text: string) => string = escapeMarkup): string {
  const lines = (all: readonly Line[]) => all.map((line) => plainLine(line, safe).trimEnd());
  const blocks = message.blocks.map(({ heading, lines: own }) => [safe(heading), ...lines(own)]);
  return [[safe(message.title)], ...blocks, lines(message.closing)]
    .map((part) => part.filter((line) => line !== "").join("\n"))
    .filter((part) => part !== "")
    .join("\n\n");
}
