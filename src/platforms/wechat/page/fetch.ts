import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { PlatformError } from "../../../errors.ts";
import type { ArticlePage } from "../../../model.ts";
import type { PagePorts, PageSource, RequestObserver } from "../../platform.ts";
import { platformError } from "../errors.ts";
import { createClient, type HttpResponse, receive } from "../http.ts";
import { readArticlePage, withoutArticle } from "./read.ts";
import { isPageOf, pageUrl as pageUrlOf } from "./url.ts";

const API = "article_page";
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
/** For a page with its redirects. */
const DEADLINE_MS = 20_000;
const MAX_REDIRECTS = 3;
/** Reasons that do not say what the page is. */
const UNEXPLAINED: ReadonlySet<string> = new Set(["no marker", "article without body", "too large", "unreadable"]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Only near the end: a comment at the top of real pages holds the tag too. */
const DOCUMENT_END = /<\/html\s*>[\s\S]{0,300}$/i;
const VERIFICATION_PATH = /^\/mp\/(?:wappoc_appmsgcaptcha|verify)\b/;

interface PagesOptions {
  /** Base that pages are read from, in place of their own host. */
  pageUrl: string;
  proxyEnv: Record<string, string>;
  observe: RequestObserver;
  log: Logger;
}

/** The public pages of articles. Says who asks, keeps no cookies, and follows no redirect away from articles. */
export function createPages({ pageUrl, proxyEnv, observe, log }: PagesOptions): Pick<PageSource, "read"> {
  const client = createClient(proxyEnv, {
    "user-agent": `govmatrix/${ownVersion()} (government WeChat matrix monitor)`,
    accept: "text/html",
    // Error pages speak the reader's language.
    "accept-language": "zh-CN",
  });

  async function ask(url: URL, endsAt: number, ports: PagePorts): Promise<HttpResponse & { location: URL | null }> {
    ports.signal.throwIfAborted();
    const timeout = { request: Math.max(1, endsAt - performance.now()) };
    const stream = client.stream.get(url, { signal: ports.signal, timeout });
    const response = await receive(stream, BODY_LIMIT_BYTES, { api: API, signal: ports.signal, now: ports.now() });
    const location = stream.response?.headers.location;
    if (!REDIRECTS.has(response.status) || location === undefined) return { ...response, location: null };
    if (!URL.canParse(location, url.href)) throw refusal("redirect_refused", ports);
    return { ...response, location: new URL(location, url) };
  }

  async function follow(start: URL, ports: PagePorts): Promise<ArticlePage> {
    const endsAt = performance.now() + DEADLINE_MS;
    let url = start;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const page = await observed(async () => {
        const { status, text, location } = await ask(url, endsAt, ports);
        if (location) return next(location, ports);
        if (status !== 200) throw refusal(`http_${status}`, ports);
        return keepingRaw(text, ports);
      });
      if (!(page instanceof URL)) return page;
      url = page;
    }
    throw refusal("redirect_refused", ports);
  }

  function next(location: URL, ports: PagePorts): URL | ArticlePage {
    if (VERIFICATION_PATH.test(location.pathname)) return withoutArticle("captcha", "verification");
    if (!isPageOf(location, pageUrl)) throw refusal("redirect_refused", ports);
    return location;
  }

  async function observed(attempt: () => Promise<URL | ArticlePage>): Promise<URL | ArticlePage> {
    const startedAt = performance.now();
    const report = (code: string | null, state: string | null) => {
      const ms = performance.now() - startedAt;
      observe({ platform: "wechat", api: API, errorClass: code, seconds: ms / 1000 });
      log.debug({ api: API, ms: Math.round(ms), code, state }, "platform request");
    };
    try {
      const result = await attempt();
      const state = result instanceof URL ? null : result.state;
      report(state === "captcha" ? state : null, state);
      return result;
    } catch (error) {
      if (error instanceof PlatformError) report(error.code, null);
      throw error;
    }
  }

  return {
    async read(url, ports) {
      const address = pageUrlOf(url, pageUrl);
      if (address === null) throw refusal("not_a_page", ports);
      return await follow(new URL(address), ports);
    },
  };
}

function keepingRaw(text: string, ports: PagePorts): ArticlePage {
  const page = readArticlePage(text);
  // Half an article would be taken for a short one.
  if (page.state === "ok" && !DOCUMENT_END.test(text.slice(-400).trimEnd())) throw refusal("truncated", ports);
  if (page.state === "unknown" && UNEXPLAINED.has(page.reason ?? ""))
    ports.keepRaw({ api: API, fault: page.reason ?? "", body: text });
  return page;
}

function refusal(code: string, { now }: PagePorts): PlatformError {
  return platformError(code, { api: API, now: now() });
}

function ownVersion(): string {
  const file = new URL("../../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
