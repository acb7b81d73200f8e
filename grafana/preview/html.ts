const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);

/** Only what this makes is HTML; every other value is text. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = Html | string | number | null | false | readonly Part[];

function sourceOf(part: Part): string {
  if (part === null || part === false) return "";
  if (part instanceof Html) return part.source;
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return part.map(sourceOf).join("");
}

export function html(texts: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(texts.map((text, index) => text + sourceOf(parts[index] ?? null)).join(""));
}

const number = (value: number) => Math.round(value * 10) / 10;

/** Attributes of an SVG element; numbers to a tenth. */
export function element(name: string, attributes: Record<string, string | number>, content: Part = null): Html {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeHtml(String(typeof value === "number" ? number(value) : value))}"`,
  );
  return new Html(`<${name}${list.join("")}>${sourceOf(content)}</${name}>`);
}

/** Pixels that a text takes at the size: Han characters are square, others about half. */
export const textWidth = (text: string, size: number) =>
  [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 1 : 0.56), 0) * size;

/** The headings, lists, emphasis, links and line breaks of Markdown. */
export function markdown(text: string): Html {
  const inline = (line: string) =>
    escapeHtml(line)
      .replace(/\*\*([^*]+)\*\*/g, "<b>$1</b>")
      .replace(/\*([^*]+)\*/g, "<i>$1</i>")
      .replace(/`([^`]+)`/g, "<code>$1</code>")
      .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, '<a href="$2">$1</a>');
  const blocks = text.trim().split(/\n\s*\n/);
  const block = (lines: string[]): string => {
    const heading = /^(#{1,4}) (.*)$/.exec(lines[0] ?? "");
    if (heading)
      return `<h${heading[1]?.length}>${inline(heading[2] ?? "")}</h${heading[1]?.length}>${rest(lines.slice(1))}`;
    if (lines.every((line) => /^\s*[-*] /.test(line)))
      return `<ul>${lines.map((line) => `<li>${inline(line.replace(/^\s*[-*] /, ""))}</li>`).join("")}</ul>`;
    return `<p>${lines.map(inline).join("<br>")}</p>`;
  };
  const rest = (lines: string[]) => (lines.length > 0 ? block(lines) : "");
  return new Html(blocks.map((one) => block(one.split("\n"))).join(""));
}
