import type { Article } from "../articles.ts";
import { identityOf } from "../links.ts";
import { hex, salt, unit } from "../random.ts";
import { bodyOf, escapeText } from "./body.ts";
import { copyrightStats, type PageFacts, pageFacts, showTypes } from "./form.ts";
import { newScript } from "./newScript.ts";
import { oldScript } from "./oldScript.ts";
import { escapeAttribute, pageOf } from "./text.ts";

/** What the scripts of all templates need. */
export interface ArticleView {
  article: Article;
  facts: PageFacts;
  showType: number;
  copyrightStat: number;
  /** The page's link to itself, not yet escaped. */
  link: string;
  /** Some pages leave their own ids empty; their link still tells them. */
  namesIds: boolean;
  /** Null when the body stands in the document. */
  content: string | null;
}

const salts = { ids: salt("page ids"), chksm: salt("page chksm") };

function header({ article, facts }: ArticleView): string {
  const { account, title } = article;
  const logo =
    facts.provenance === "original"
      ? `<span id="copyright_logo" class="rich_media_meta rich_media_meta_text">${facts.template === "oldest" ? "原创：" : "原创"}</span>\n`
      : "";
  return `<h1 class="rich_media_title" id="activity-name">
  ${escapeText(title)}
</h1>
<div id="meta_content" class="rich_media_meta_list">
${logo}<span class="rich_media_meta rich_media_meta_nickname" id="profileBt">
  <a href="javascript:void(0);" id="js_name">
    ${account.name}                  </a>
  <div id="js_profile_qrcode" class="profile_container" style="display:none;"><div class="profile_inner">
    <strong class="profile_nickname">${account.name}</strong>
    <p class="profile_meta"><label class="profile_meta_label">微信号</label><span class="profile_meta_value">${account.code}</span></p>
    <p class="profile_meta"><label class="profile_meta_label">功能介绍</label><span class="profile_meta_value">${account.department.name}官方账号</span></p>
  </div></div>
</span>
<em id="publish_time" class="rich_media_meta rich_media_meta_text"></em>
</div>
`;
}

const source = '<div class="original_area_primary">以下文章来源于云溪日报，作者本报记者</div>\n';

function documentBody(view: ArticleView, html: string): string {
  const { template, provenance } = view.facts;
  const style = template === "oldest" ? "" : ' style="visibility: hidden; opacity: 0; "';
  return `<div id="js_article" class="rich_media">
<div id="page-content" class="rich_media_area_primary">
<div id="img-content" class="rich_media_wrp">
${header(view)}${provenance === "reprint" ? source : ""}<div class="rich_media_content js_underline_content" id="js_content"${style}>
${html}</div>
</div>
</div>
</div>
`;
}

function openGraph({ article, link, facts, content }: ArticleView): string {
  const shown = facts.form === "text" ? (content ?? "") : article.title;
  const properties = { title: shown, url: link, description: facts.digest, type: "article", site_name: "微信公众平台" };
  const rows = Object.entries(properties).map(
    ([name, value]) => `<meta property="og:${name}" content="${escapeAttribute(value)}" />\n`,
  );
  return `${rows.join("")}<meta name="author" content="${escapeAttribute(article.account.name)}" />\n`;
}

export function articlePage(article: Article): string {
  const facts = pageFacts(article);
  const { html } = bodyOf(article, facts.form);
  const inScript = facts.form === "picture" || facts.form === "text";
  const view: ArticleView = {
    article,
    facts,
    showType: showTypes[facts.form],
    copyrightStat: copyrightStats[facts.provenance ?? "none"],
    link: `http://mp.weixin.qq.com/s?${identityOf(article)}&chksm=${hex(40, article.key, salts.chksm)}#rd`,
    namesIds: unit(article.key, salts.ids) >= 0.3,
    content: inScript ? html : null,
  };
  const meta = facts.template === "oldest" ? "" : openGraph(view);
  const shown = inScript ? '<div id="js_base_container" class="page_share_img"></div>\n' : documentBody(view, html);
  const script = facts.template === "new" ? newScript(view) : oldScript(view);
  return pageOf("", meta, "mm_appmsg appmsg_skin_default appmsg_style_default", `${shown}${script}`);
}
