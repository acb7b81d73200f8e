import { randomBytes } from "node:crypto";
import type { Account } from "../county.ts";
import { isTemporary, readLink } from "../links.ts";
import type { Reply } from "../reply.ts";
import { pageStanding } from "../standing.ts";
import type { World } from "../world.ts";
import { articlePage } from "./article.ts";
import type { CaptchaForm } from "./captcha.ts";
import { badLinkPage, expiredPage, frequentPage, standingPage, verifyPage } from "./notices.ts";

/** Names the pages in faults and counts. */
export const pageApi = "article_page";
const captchaPath = "/mp/wappoc_appmsgcaptcha";

export function isPagePath(path: string): boolean {
  return path === "/s" || path.startsWith("/s/") || path === captchaPath;
}

export interface PageOutcome {
  account: Account | null;
  /** What the visitor saw instead of an article. */
  error: string | null;
  reply: Reply;
}

const html = (text: string): Reply => ({
  status: 200,
  contentType: "text/html; charset=UTF-8",
  body: Buffer.from(text),
});

function captchaReply(form: CaptchaForm, url: URL): Reply {
  if (form === "verify") return html(verifyPage());
  if (form === "frequent") return html(frequentPage());
  const target = encodeURIComponent(`https://mp.weixin.qq.com${url.pathname}${url.search}`);
  const location = `${captchaPath}?poc_token=${randomBytes(24).toString("base64url")}&target_url=${target}`;
  return { ...html(""), status: 302, headers: { location } };
}

/** Every state of a page comes with status 200, as on the platform. */
export function answerPage(world: World, url: URL, nowMs: number): PageOutcome {
  if (url.pathname === captchaPath) return { account: null, error: "captcha", reply: html(verifyPage()) };
  const { account, article } = readLink(world, url, nowMs);
  const captcha = world.captchas.visit(world.settings, nowMs);
  if (captcha !== null) return { account, error: "captcha", reply: captchaReply(captcha, url) };
  if (article === null) return { account, error: "bad_link", reply: html(badLinkPage()) };
  if (isTemporary(url)) return { account, error: "link_expired", reply: html(expiredPage()) };
  const { state } = pageStanding(world, article, Math.floor(nowMs / 1_000));
  if (state === "ok") return { account, error: null, reply: html(articlePage(article)) };
  return { account, error: state, reply: html(standingPage(article, state)) };
}
