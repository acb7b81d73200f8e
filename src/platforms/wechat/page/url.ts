const HOST = "mp.weixin.qq.com";
const LONG_PATH = /^\/s\/?$/;
const SHORT_PATH = /^\/s\/[\w-]{10,64}$/;
const MAX_LENGTH = 4_096;
/** What names an article; everything else counts visits or belongs to the person who shared the link. */
const IDENTITY = ["__biz", "mid", "idx", "sn", "chksm"];

/** The article that a link names; nulls for short links, which do not tell it, and for what is no article link. */
export function articleIdOf(text: string): { articleId: string | null; biz: string | null } {
  const query = parseArticleUrl(text)?.searchParams;
  return {
    articleId: articleId(query?.get("mid") ?? "", query?.get("idx") ?? ""),
    // A form's reader takes the plus of base64 for a space.
    biz: readBiz(query?.get("__biz")?.replaceAll(" ", "+") ?? ""),
  };
}

/** `<mid>_<idx>` as the statistics name articles, else null. */
export function articleId(mid: string, idx: string): string | null {
  return /^[1-9]\d{0,19}$/.test(mid) && /^[1-9]\d?$/.test(idx) ? `${mid}_${idx}` : null;
}

/** The base64 of an account's number; the number itself, which some fields hold, passes for base64 too. */
export function readBiz(text: string): string | null {
  if (!/^[A-Za-z0-9+/]{4,64}={0,2}$/.test(text)) return null;
  return /^\d+$/.test(Buffer.from(text, "base64").toString("latin1")) ? text : null;
}

/** Where the article of a link is read: its path and identity below `base`. Null for what is no article link of WeChat. */
export function pageUrl(text: string, base: string): string | null {
  const url = parseArticleUrl(text);
  if (!url) return null;
  const address = new URL(base.replace(/\/+$/, "") + url.pathname);
  if (SHORT_PATH.test(url.pathname)) return address.href;
  const { articleId, biz } = articleIdOf(text);
  if (articleId === null || biz === null) return null;
  for (const name of IDENTITY) {
    const value = name === "__biz" ? biz : url.searchParams.get(name);
    if (value) address.searchParams.set(name, value);
  }
  return address.href;
}

/** True for an address that `pageUrl` could have made for the same base. */
export function isPageOf(url: URL, base: string): boolean {
  const root = new URL(base);
  const prefix = root.pathname.replace(/\/+$/, "");
  if (url.origin !== root.origin || !url.pathname.startsWith(prefix)) return false;
  const path = url.pathname.slice(prefix.length);
  return LONG_PATH.test(path) || SHORT_PATH.test(path);
}

/** The link as a browser takes it; null for what is no article link of WeChat, wherever else it would lead. */
export function articleLink(text: string): string | null {
  return parseArticleUrl(text) ? plainLink(text) : null;
}

/** Lists give links with `&amp;`, over plain http, or without a scheme. */
function plainLink(text: string): string {
  const plain = text.trim().replace(/&(?:amp;)+/gi, "&");
  if (plain.startsWith("//")) return `https:${plain}`;
  return plain.startsWith(`${HOST}/`) ? `https://${plain}` : plain;
}

function parseArticleUrl(text: string): URL | null {
  if (text.length > MAX_LENGTH) return null;
  const url = URL.parse(plainLink(text));
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname !== HOST || url.port !== "") return null;
  if (url.username !== "" || url.password !== "") return null;
  return LONG_PATH.test(url.pathname) || SHORT_PATH.test(url.pathname) ? url : null;
}
