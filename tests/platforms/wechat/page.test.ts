import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ArticlePage } from "../../../src/model.ts";
import { readArticlePage } from "../../../src/platforms/wechat/page/read.ts";

const page = (name: string) => readFileSync(join(import.meta.dirname, "pages", `${name}.html.txt`), "utf8");
const OLD = page("old");
const NEW = page("new");
const TEXT = page("text");
const ERROR = page("error");

const NOTHING: ArticlePage = {
  state: "unknown",
  reason: "no marker",
  articleId: null,
  biz: null,
  originalId: null,
  title: null,
  publishedAt: null,
  form: null,
  original: null,
  length: null,
  images: null,
};

function readOld(...changes: [string | RegExp, string][]): ArticlePage {
  const changed = changes.reduce((html, [from, to]) => {
    assert.ok(typeof from === "string" ? html.includes(from) : from.test(html), `nothing to change: ${from}`);
    return html.replace(from, () => to);
  }, OLD);
  return readArticlePage(changed);
}

test("an article of the old template is read in full, and what it quotes decides nothing", () => {
  assert.deepEqual(readArticlePage(OLD), {
    state: "ok",
    reason: null,
    articleId: "2650000101_2",
    biz: "MzI0NjExODAzNw==",
    originalId: "gh_0a1b2c3d4e5f",
    title: '云溪县明日停水通知："东城"片区',
    publishedAt: new Date(1_761_234_567_000),
    form: "article",
    original: true,
    length: 165,
    images: 2,
  });
});

test("a picture post of the new template is read from its script alone", () => {
  assert.deepEqual(readArticlePage(NEW), {
    state: "ok",
    reason: null,
    articleId: "2650000777_1",
    biz: "MzI5OTk5OTk5OQ==",
    originalId: "gh_5f4e3d2c1b0a",
    title: '"一图读懂"春耕',
    publishedAt: new Date(1_761_300_001_000),
    form: "picture",
    original: false,
    length: 16,
    images: 3,
  });
});

test("a text post has no title when what stands for it is the post itself", () => {
  const { title, form, length, images, state } = readArticlePage(TEXT);
  assert.deepEqual(
    { title, form, length, images, state },
    { title: null, form: "text", length: 17, images: 0, state: "ok" },
  );
  assert.equal(readArticlePage(TEXT.replace(/title: JsDecode\(.*\)/, "title: '停水'")).title, "停水");
});

test("the kind of the post is told from item_show_type, and is null without it", () => {
  const forms = ["0", "5", "7", "8", "10", "11", "17"].map(
    (type) => readOld(['item_show_type = "0"', `item_show_type = "${type}"`]).form,
  );
  assert.deepEqual(forms, ["article", "video", "audio", "picture", "text", "repost", "other"]);
  assert.equal(readOld(['item_show_type = "0"', 'item_show_type = ""']).form, null);
});

test("the second of publication is found in every form, and a minute does not pass for one", () => {
  const forms: [string, number | null][] = [
    ["var ct = '1700000001';", 1_700_000_001],
    ['var ct="1529491955"*1;', 1_529_491_955],
    ['var ct = "" || "1700000002" * 1;', 1_700_000_002],
    ["var a = 1, oriCreateTime = '1700000003', b = 2;", 1_700_000_003],
    ['var create_time = "1700000004";', 1_700_000_004],
    ["window.ct = '1700000005' || '';", 1_700_000_005],
    ["window.cgiDataNew = { create_time: JsDecode('1700000006') };", 1_700_000_006],
    ["window.cgiDataNew = { create_time: '2026-06-11 11:29', ori_create_time: '1700000007' };", 1_700_000_007],
    ["window.cgiDataNew = { create_time: '2026-06-11 11:29' };", null],
    ['var ct = "17000000080";', null],
    ['var ct = "1343750399";', null],
    ['var ct = "1343750400";', 1_343_750_400],
    ["var ct = now();", null],
  ];
  for (const [script, seconds] of forms) {
    const { publishedAt } = readOld(['var ct="1761234567"*1;', script]);
    assert.equal(publishedAt === null ? null : publishedAt.getTime() / 1000, seconds, script);
  }
});

test("whether it is original is told by the mark or the number, and else unknown", () => {
  const unmarked: [RegExp, string] = [/<span id="copyright_logo".*<\/span>/, ""];
  const of = (value: string) => readOld(unmarked, ['copyright_stat = "1" * 1', `copyright_stat = ${value}`]).original;
  assert.deepEqual(['"1" * 1', '"11"', '"0" * 1', '"2" * 1', '"" * 1', '"77"'].map(of), [
    true,
    true,
    false,
    false,
    null,
    null,
  ]);
});

test("a title is found where the page has one, decoded once, and never without end", () => {
  const noMeta: [RegExp, string] = [/<meta property="og:title".*>/, ""];
  const noHeading: [RegExp, string] = [/<h2[\s\S]*?<\/h2>/, ""];
  assert.equal(readOld(noMeta).title, '云溪县明日停水通知："东城"片区');
  assert.equal(readOld(noMeta, noHeading).title, '云溪县明日停水通知："东城"片区');
  assert.equal(readOld(noMeta, noHeading, [/"云溪县明日.*"\.html/, '"a &amp;lt; b".html']).title, "a &lt; b");
  assert.equal(readOld(noMeta, noHeading, [/msg_title = .*/, "msg_title = '';"]).title, null);
  assert.equal(readOld([/content="云溪县[^"]*"/, `content="${"长".repeat(5_000)}"`]).title?.length, 200);
});

test("a body that scripts will draw has no length until they say it", () => {
  const empty: [RegExp, string] = [/<section><p>有[\s\S]*<\/pre>/, ""];
  const { state, length, images } = readOld(empty);
  assert.deepEqual({ state, length, images }, { state: "ok", length: null, images: null });
  const drawn = readOld(empty, [
    "var nickname",
    "window.cgiDataNew = { content_noencode: '\\x3cp\\x3e一 二\\x3cimg src=a\\x3e' }; var nickname",
  ]);
  assert.deepEqual([drawn.length, drawn.images], [2, 1]);
});

test("each message of an error page is the state that it stands for, and nothing else is told", () => {
  const messages: [string, ArticlePage["state"], string][] = [
    ["该内容已被发布者删除", "deleted", "deleted by publisher"],
    ["该内容已被发送人删除", "deleted", "deleted by publisher"],
    ["此内容因违规无法查看", "violation", "violation"],
    ["此内容因违规已删除", "violation", "violation"],
    ["此内容发送失败无法查看", "violation", "sending failed"],
    ["该内容被投诉且经审核涉嫌违规，无法查看", "violation", "violation"],
    ["此内容被投诉且经审核涉嫌侵权，无法查看。", "violation", "infringement"],
    ["此帐号已被屏蔽, 内容无法查看", "account_gone", "account blocked"],
    ["此帐号已自主注销，内容无法查看", "account_gone", "account cancelled"],
    ["该公众号已迁移", "account_gone", "migrated"],
    ["此帐号处于帐号迁移流程中", "account_gone", "migrating"],
    ["根据作者隐私设置，无法查看该内容", "unknown", "privacy"],
    [" 链接已过期 ", "unknown", "link expired"],
    ["参数错误", "unknown", "bad link"],
    ["当前环境异常，完成验证后即可继续访问。 去验证", "captcha", "verification"],
    ["访问过于频繁，请用微信扫描二维码进行访问", "captcha", "too frequent"],
    ["系统出错", "unknown", "no marker"],
  ];
  for (const [message, state, reason] of messages) {
    assert.deepEqual(readArticlePage(ERROR.replace("MESSAGE", message)), { ...NOTHING, state, reason }, message);
    const bare = `<html><body><div><h4>${message}</h4><p>微信公众平台</p></div></body></html>`;
    assert.equal(readArticlePage(bare).state, state, message);
  }
});

test("a rumor's page and a verification that a script draws are known by their marks", () => {
  assert.equal(readArticlePage(ERROR.replace('class="zh_CN"', 'class="page_rumor"')).reason, "rumor");
  const drawn = "<body><script>document.write('<p>你的访问过于频繁，需要从微信打开验证身份</p>')</script></body>";
  assert.equal(readArticlePage(drawn).state, "captcha");
  const link = '<body><a href="/mp/wappoc_appmsgcaptcha?poc_token=x">继续</a></body>';
  assert.equal(readArticlePage(link).state, "captcha");
});

test("the mark of a verification in a script says nothing of a page that shows something else", () => {
  const script = '<script>var check = "/mp/verify?x", text = "环境异常";</script>';
  const states = [
    `<body>${script}</body>`,
    `<body><div>${"字".repeat(500)}</div>${script}</body>`,
    `<body><div>${"字".repeat(50)}</div>${script}</body>`,
    `<body><img src="a">${script}</body>`,
    `<body><div id="app"></div>${script}<script>${"f();".repeat(20_000)}</script></body>`,
    `<body><!-- ${script} --></body>`,
    `<body><a href="/mp/verify?x">继续</a>${"字".repeat(500)}</body>`,
  ].map((html) => readArticlePage(html).state);
  assert.deepEqual(states, ["captcha", ...new Array(6).fill("unknown")]);
});

test("a message is believed only where a page speaks of itself", () => {
  const long = `<body><p>${"县水务局答复如下。".repeat(60)}</p><p>此内容因违规无法查看</p></body>`;
  assert.equal(readArticlePage(long).reason, "no marker");
  for (const unseen of ["script", "style", "title", "textarea", "template", "noscript"]) {
    assert.equal(
      readArticlePage(`<body><${unseen}>该内容已被发布者删除</${unseen}></body>`).reason,
      "no marker",
      unseen,
    );
  }
  assert.equal(
    readArticlePage('<body><p title="该内容已被发布者删除">a</p><!-- 该内容已被发布者删除 --></body>').reason,
    "no marker",
  );
});

test("an article that lost its body is neither shown nor gone", () => {
  const lost = OLD.replace(/<div id="js_article"[\s\S]*?<h2/, "<h2").replace(
    /<div class="rich_media_content[^>]*>/,
    "",
  );
  assert.deepEqual(readArticlePage(lost), { ...NOTHING, reason: "article without body" });
});

test("a page that names the body only in a script or a comment has none", () => {
  const named = `<body><!-- <div id="js_content"></div> --><script>var a='<div id="js_content">'</script></body>`;
  assert.equal(readArticlePage(named).state, "unknown");
  assert.equal(readArticlePage('<body><textarea><div id="js_content">a</div></textarea></body>').state, "unknown");
});

test("what is no page at all is unknown", () => {
  const odd = ["", "\0", "\ud800", "{}", "<", "<!--", "<script>", "<div id=js_conten", "\ufeff", "<![CDATA["];
  for (const text of odd) assert.deepEqual(readArticlePage(text), NOTHING, text);
});
