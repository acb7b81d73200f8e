import type { Article } from "../articles.ts";
import { hex, mix, pick, salt, unit } from "../random.ts";
import type { ArticleForm } from "./form.ts";
import { oddities, quotes, sentences } from "./phrases.ts";

export interface Body {
  html: string;
  /** Characters (code points) of the body's text as it is read, without white space (what \s matches). */
  length: number;
  /** Pictures in the body: its img elements, all of them content. */
  images: number;
  /** How the text begins. */
  digest: string;
}

interface Block {
  html: string;
  text: string;
  images: number;
}

const salts = { block: salt("block"), text: salt("text"), picture: salt("picture"), count: salt("blocks") };

/** As a browser writes text out: quotation marks stay. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\u00a0", "&nbsp;");
}

const textBlock = (text: string, open: string, close: string): Block => ({
  html: `${open}${escapeText(text)}${close}`,
  text,
  images: 0,
});

function prose(key: number, from: number): string {
  const count = 1 + (mix(key, salts.text, from) % 4);
  return Array.from({ length: count }, (_, at) => pick(sentences, key, salts.text, from, at)).join("");
}

const paragraph = (text: string) =>
  textBlock(text, '<p style="text-indent: 2em;line-height: 1.75em;"><span style="font-size: 16px;">', "</span></p>\n");

function picture(key: number, at: number): Block {
  const file = hex(24, key, salts.picture, at);
  const source = `https://mmbiz.qpic.cn/mmbiz_jpg/${file}/640?wx_fmt=jpeg`;
  const html = `<p style="text-align: center;"><img class="rich_pages wxw-img" data-ratio="0.6666667" data-src="${source}" data-type="jpeg" data-w="1080" style="width: 100%;"></p>\n`;
  return { html, text: "", images: 1 };
}

/** Another account recommended in the text: its name is an attribute, not text of the body. */
function card(key: number): Block {
  const id = Buffer.from(String(3_000_000_000 + (mix(key, salts.block, 9) % 1_000_000))).toString("base64");
  const html = `<section class="mp_profile_iframe_wrp"><mp-common-profile class="js_uneditable custom_select_card mp_profile_iframe" data-pluginname="mpprofile" data-id="${id}" data-nickname="云溪发布" data-alias="yunxifabu" data-signature="此内容因违规无法查看？&quot;我们为您解答&quot;" data-from="0"></mp-common-profile></section>\n`;
  return { html, text: "", images: 0 };
}

function list(key: number): Block {
  const items = [1, 2, 3].map((at) => pick(sentences, key, salts.block, at));
  const rows = items.map((item) => `  <li><p>${escapeText(item)}</p></li>\n`).join("");
  return { html: `<ul class="list-paddingleft-1">\n${rows}</ul>\n`, text: items.join(""), images: 0 };
}

function spice(key: number, at: number): Block | null {
  const draw = unit(key, salts.block, at);
  if (draw < 0.006)
    return textBlock(pick(quotes, key, salts.block, at, 1), "<blockquote><p><strong>", "</strong></p></blockquote>\n");
  if (draw < 0.014) return paragraph(pick(oddities, key, salts.block, at, 2));
  if (draw < 0.024) return card(key);
  return draw < 0.044 ? list(key) : null;
}

function prosaic(key: number, most: number, pictureShare: number): Block[] {
  const blocks: Block[] = [];
  const count = 1 + (mix(key, salts.count) % most);
  for (let at = 0; at < count; at++) {
    blocks.push(spice(key, at) ?? paragraph(prose(key, at)));
    if (unit(key, salts.picture, at) < pictureShare) blocks.push(picture(key, at));
  }
  return blocks;
}

const silentBlock = (html: string): Block => ({ html, text: "", images: 0 });

function blocksOf(article: Article, form: ArticleForm): Block[] {
  const { key } = article;
  switch (form) {
    case "video":
      return [
        silentBlock(
          `<p><iframe class="video_iframe rich_pages" data-vidtype="2" data-mpvid="wxv_${mix(key)}" data-src="https://mp.weixin.qq.com/mp/readtemplate?t=pages/video_player_tmpl&amp;vid=wxv_${mix(key)}"></iframe></p>\n`,
        ),
        ...prosaic(key, 2, 0),
      ];
    case "audio":
      return [
        silentBlock(
          `<p><mpvoice class="rich_pages" voice_encode_fileid="${hex(24, key)}" name="听云溪"></mpvoice></p>\n`,
        ),
        ...prosaic(key, 3, 0.1),
      ];
    case "picture":
      return [
        paragraph(prose(key, 0)),
        ...Array.from({ length: 1 + (mix(key, salts.count) % 18) }, (_, at) => picture(key, at)),
      ];
    case "text":
      return prosaicText(key);
    case "repost":
      return [paragraph(pick(sentences, key, salts.text))];
    case "article":
      return prosaic(key, 12, 0.4);
  }
}

/** Text posts know line breaks and no markup; nothing in them needs escaping. */
function prosaicText(key: number): Block[] {
  const count = 1 + (mix(key, salts.count) % 4);
  return Array.from({ length: count }, (_, at) => {
    const text = `${pick(sentences, key, salts.text, at).replace(/[<>&]/g, "和")}\n`;
    return { html: text, text, images: 0 };
  });
}

const digestLength = 54;

function digestOf(blocks: readonly Block[]): string {
  let text = "";
  for (const block of blocks) {
    if (text.length >= digestLength) break;
    text += block.text;
  }
  return [...text.replace(/\s+/g, " ").trim()].slice(0, digestLength).join("");
}

export function bodyOf(article: Article, form: ArticleForm): Body {
  const blocks = blocksOf(article, form);
  let length = 0;
  let images = 0;
  let html = "";
  for (const block of blocks) {
    html += block.html;
    images += block.images;
    length += [...block.text.replace(/\s+/g, "")].length;
  }
  return { html, length, images, digest: digestOf(blocks) };
}
