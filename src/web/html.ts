/** Markup that is safe to send. */
export interface Html {
  readonly markup: string;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escapeHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

type Part = string | number | Html | readonly Html[];

function markupOf(part: Part): string {
  if (typeof part !== "object") return escapeHtml(String(part));
  return "markup" in part ? part.markup : part.map((item) => item.markup).join("");
}

/** A template whose every value is escaped unless it is markup of its own. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { markup: String.raw({ raw: strings }, ...parts.map(markupOf)) };
}
