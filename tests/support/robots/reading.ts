import { type Json, jsonOf, part, type RobotKind } from "./vendors.ts";

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Texts of a card, and whether the client reads markup in them. */
function textsOf(value: unknown): { markup: boolean; text: string }[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== "object" || value === null) return [];
  const { tag, content, ...rest } = value as Json;
  const own = typeof content === "string" ? [{ markup: tag === "lark_md" || tag === "markdown", text: content }] : [];
  return [...own, ...Object.values(rest).flatMap(textsOf)];
}

/** All that people read of a message. */
export function contentOf(kind: RobotKind, body: string): string {
  const json = jsonOf(body);
  if (kind === "wecom") return String(part(json, String(part(json, "msgtype")), "content") ?? "");
  if (kind === "dingtalk") return `${part(json, "markdown", "title")}\n${part(json, "markdown", "text")}`;
  if (kind === "hook") return [part(json, "title"), part(json, "text")].join("\n");
  return textsOf([part(json, "card", "header"), part(json, "card", "elements")])
    .map(({ text }) => text)
    .join("\n");
}

/** Whom the vendor's client would mention, `@all` for everybody; read as generously as a client might. */
export function mentionsOf(kind: RobotKind, body: string): string[] {
  const json = jsonOf(body);
  const content = contentOf(kind, body);
  const named = (id: string) => (/^@?all$/i.test(id) ? "@all" : id);
  if (kind === "hook") return strings(part(json, "mentions"));
  if (kind === "wecom") {
    const inText = [...content.matchAll(/<\s*@\s*([^<>]*)>/g)].map(([, id = ""]) => id.trim());
    const lists = [part(json, "text", "mentioned_list"), part(json, "text", "mentioned_mobile_list")];
    return [...inText, ...lists.flatMap(strings)].map(named);
  }
  if (kind === "dingtalk") {
    const ids = [...strings(part(json, "at", "atMobiles")), ...strings(part(json, "at", "atUserIds"))];
    const everybody = part(json, "at", "isAtAll");
    // A markdown message mentions only who stands in its text too.
    const shown = ids.filter((id) => content.includes(`@${id}`));
    return [...(everybody === true || everybody === "true" ? ["@all"] : []), ...shown.map(named)];
  }
  return textsOf(part(json, "card"))
    .filter(({ markup }) => markup)
    .flatMap(({ text }) => [...text.matchAll(/<\s*at\b([^>]*)>/gi)].map(([, attributes = ""]) => attributes))
    .flatMap((attributes) => attributes.match(/(?:ids?|user_id|email)\s*=\s*["']?([^"'\s>]*)/i)?.[1]?.split(",") ?? [])
    .map(named);
}
