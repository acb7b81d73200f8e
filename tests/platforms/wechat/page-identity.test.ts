import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readArticlePage } from "../../../src/platforms/wechat/page/read.ts";
import { articleIdOf } from "../../../src/platforms/wechat/page/url.ts";

const OLD = readFileSync(join(import.meta.dirname, "pages", "old.html.txt"), "utf8");

test("the article is named by a link of the page, else by its variables", () => {
  const noMeta: [RegExp, string] = [/<meta property="og:url".*>/, ""];
  const noLink: [RegExp, string] = [/var msg_link = .*/, ""];
  const others: [string, string][] = [
    ['"2650000101"', '"7"'],
    ['|| "2"', '|| "1"'],
    ['||"MzI0NjExODAzNw=="', '||"MzI5OTk5OTk5OQ=="'],
  ];
  const named = (...changes: [string | RegExp, string][]) => {
    const { articleId, biz } = readArticlePage(
      changes.reduce((html, [from, to]) => {
        assert.ok(typeof from === "string" ? html.includes(from) : from.test(html), `nothing to change: ${from}`);
        return html.replace(from, () => to);
      }, OLD),
    );
    return [articleId, biz];
  };
  assert.deepEqual(named(...others), ["2650000101_2", "MzI0NjExODAzNw=="]);
  assert.deepEqual(named(...others, ["idx=2&amp;", "idx=3&amp;"]), ["2650000101_3", "MzI0NjExODAzNw=="]);
  assert.deepEqual(named(...others, noMeta), ["2650000101_2", "MzI0NjExODAzNw=="]);
  assert.deepEqual(named(...others, noMeta, noLink), ["7_1", "MzI5OTk5OTk5OQ=="]);
  assert.deepEqual(named(['"2650000101"', '""'], noMeta, noLink), [null, "MzI0NjExODAzNw=="]);
});

test("a variable of a loop or a function, or an account's bare number, names nothing", () => {
  const before = (script: string) => {
    const page = `<div id="js_content">a</div><script>${script}</script>
      <script>var biz = "MzA4OTk5MDEyMw=="; var mid = "2247"; var idx = "2"; var ct = "1700000000";</script>`;
    const { articleId, biz, publishedAt } = readArticlePage(page);
    return [articleId, biz, Number(publishedAt) / 1000];
  };
  for (const script of [
    "for (var idx = 1; idx < 3; idx++) {}",
    "for (var i = 0, mid = 7; i < 3; i++) { var idx = '9' }",
    "f(1, idx = '9')",
    "function f() { var idx = '9', mid = '9', ct = '1600000000'; }",
    "var biz = '3089999012', ct = '1000000000';",
    "window.cgiDataNew = { bizuin: '3089999012' };",
  ]) {
    assert.deepEqual(before(script), ["2247_2", "MzA4OTk5MDEyMw==", 1_700_000_000], script);
  }
});

test("an account is named by the base64 of its number and by nothing else", () => {
  const bizOf = (biz: string) => articleIdOf(`https://mp.weixin.qq.com/s?__biz=${biz}&mid=1&idx=1`).biz;
  assert.equal(bizOf("MzA4OTk5MDEyMw%3D%3D"), "MzA4OTk5MDEyMw==");
  for (const biz of ["3089999012", "abcd", "aaaaaaaaaa", "", "===="]) assert.equal(bizOf(biz), null, biz);
});
