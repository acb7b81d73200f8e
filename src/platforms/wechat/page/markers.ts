import type { PageState } from "../../../model.ts";
import { compact, type PageDocument, textOf } from "./document.ts";

export interface Verdict {
  state: PageState;
  reason: string;
}

/** An error page says one thing; a longer text is no error page, and what it says is not about itself. */
const MAX_ERROR_TEXT = 400;
const MESSAGE_AREAS = [".weui-msg", ".global_error_msg", ".mesg-block", ".page_msg", ".text_area"].join(", ");

const row = (state: PageState, reason: string, ...phrases: string[]) => ({ state, reason, phrases });

/** In the order in which they decide. White space does not count. */
const MARKERS = [
  row("deleted", "deleted by publisher", "该内容已被发布者删除", "该内容已被发送人删除", "deletedbytheauthor"),
  row("violation", "violation", "此内容因违规无法查看", "此内容因违规已删除", "该内容被投诉且经审核涉嫌违规"),
  row("violation", "sending failed", "此内容发送失败无法查看"),
  row("violation", "infringement", "被投诉且经审核涉嫌侵权"),
  row("account_gone", "account blocked", "此帐号已被屏蔽", "此账号已被屏蔽"),
  row("account_gone", "account cancelled", "此帐号已自主注销", "此账号已自主注销"),
  row("account_gone", "migrated", "该公众号已迁移"),
  row("account_gone", "migrating", "此帐号处于帐号迁移流程中", "此账号处于账号迁移流程中"),
  row("unknown", "privacy", "根据作者隐私设置"),
  row("unknown", "link expired", "链接已过期"),
  row("unknown", "bad link", "参数错误"),
  row("captcha", "verification", "环境异常", "完成验证后即可继续访问", "去验证"),
  row("captcha", "too frequent", "访问过于频繁"),
];

/** Scripts write the message of some verification pages, which then hold next to nothing else. */
const CAPTCHA_IN_SCRIPT = /wappoc_appmsgcaptcha|\/mp\/verify\b|访问过于频繁|环境异常/;
const MAX_DRAWN_TEXT = 20;
const MAX_DRAWN_SOURCE = 32 * 1024;
const CAPTCHA_LINKS = ["href", "action"]
  .flatMap((name) => [`[${name}*="wappoc_appmsgcaptcha"]`, `[${name}*="/mp/verify"]`])
  .join(", ");
/** Something of an article is there: then nothing that the page says can be about its absence. */
const ARTICLE_IN_SOURCE = [
  /\bid\s*=\s*["']?(?:js_content|js_article|activity-name|img-content)\b/,
  /\bog:(?:title|url)["']?\s[^>]{0,80}content\s*=\s*["'][^"']/,
  /\bmsg_(?:title|link)\s*=\s*(?:window\.\w{1,20}\s*=\s*)?["'][^"']/,
  /\bcontent_noencode\s*:\s*(?:JsDecode\()?["'][^"']/,
  /\b(?:text_page_info\s*:\s*\{|picture_page_info_list\s*[:=]\s*\[\s*\{)/,
];

/** What a page without an article says; it never speaks of an article's own words. */
export function judge({ $, scripts }: PageDocument, html: string): Verdict {
  if (ARTICLE_IN_SOURCE.some((trace) => trace.test(html))) {
    return { state: "unknown", reason: "article without body" };
  }
  if ($(".page_rumor").length > 0) return { state: "unknown", reason: "rumor" };
  const whole = compact(textOf($.root()));
  const messages = compact(textOf($(MESSAGE_AREAS)));
  const texts = [messages, whole].filter((text) => text.length <= MAX_ERROR_TEXT);
  for (const { state, reason, phrases } of MARKERS) {
    if (texts.some((text) => phrases.some((phrase) => text.includes(phrase)))) return { state, reason };
  }
  const linked = whole.length <= MAX_ERROR_TEXT && $(CAPTCHA_LINKS).length > 0;
  const bare = whole.length <= MAX_DRAWN_TEXT && html.length <= MAX_DRAWN_SOURCE && $("img").length === 0;
  if (linked || (bare && scripts.some((script) => CAPTCHA_IN_SCRIPT.test(script)))) {
    return { state: "captcha", reason: "verification" };
  }
  return { state: "unknown", reason: "no marker" };
}
