import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { articleIdOf, isPageOf, pageUrl } from "../../../src/platforms/wechat/page/url.ts";
import { rounds } from "../../support/rounds.ts";

const anyUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit));
const BASE = "http://127.0.0.1:8080";
const QUERY = "__biz=MzI0NjExODAzNw==&mid=2650000101&idx=2&sn=0a1b";
const NAMED = { articleId: "2650000101_2", biz: "MzI0NjExODAzNw==" };
const UNNAMED = { articleId: null, biz: null };

test("an article is named alike however its link is written", () => {
  const links = [
    `https://mp.weixin.qq.com/s?${QUERY}`,
    `http://mp.weixin.qq.com/s?${QUERY.replaceAll("&", "&amp;")}#rd`,
    `http://mp.weixin.qq.com/s?${QUERY.replaceAll("&", "&amp;amp;")}`,
    `//mp.weixin.qq.com/s?${QUERY}`,
    `mp.weixin.qq.com/s?${QUERY}`,
    ` HTTPS://MP.weixin.qq.com/s/?${QUERY}\n`,
    `https://mp.weixin.qq.com/s?sn=0a1b&idx=2&chksm=ff&mid=2650000101&scene=27&__biz=MzI0NjExODAzNw%3D%3D#wechat_redirect`,
  ];
  for (const link of links) {
    assert.deepEqual(articleIdOf(link), NAMED, link);
    const url = new URL(pageUrl(link, BASE) ?? "x:");
    assert.equal(url.origin + url.pathname.replace(/\/$/, ""), `${BASE}/s`);
    assert.equal(url.searchParams.get("__biz"), NAMED.biz);
    assert.equal(url.searchParams.get("sn"), "0a1b");
  }
});

test("a short link names no article but can be read", () => {
  const link = "https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQ-StU_?scene=1#rd";
  assert.deepEqual(articleIdOf(link), UNNAMED);
  assert.equal(pageUrl(link, `${BASE}/pages/`), `${BASE}/pages/s/AbCdEfGhIjKlMnOpQ-StU_`);
});

test("what identifies the article goes along, and nothing of the person who shared it", () => {
  const link = `https://mp.weixin.qq.com/s?${QUERY}&chksm=ff00&scene=27&key=k&uin=u&pass_ticket=p&exportkey=e#rd`;
  assert.equal(
    pageUrl(link, "https://mp.weixin.qq.com"),
    "https://mp.weixin.qq.com/s?__biz=MzI0NjExODAzNw%3D%3D&mid=2650000101&idx=2&sn=0a1b&chksm=ff00",
  );
});

test("nothing but an article of the platform's own host is ever read", () => {
  const links = [
    ...["", "x", "/s?a=b", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "https://"],
    `https://mp.weixin.qq.com.evil.test/s?${QUERY}`,
    `https://evil.test/s?${QUERY}`,
    `https://evil.test/mp.weixin.qq.com/s?${QUERY}`,
    `https://evil.test\\@mp.weixin.qq.com/s?${QUERY}`,
    `https://mp.weixin.qq.com@evil.test/s?${QUERY}`,
    `https://user:password@mp.weixin.qq.com/s?${QUERY}`,
    `https://mp.weixin.qq.com:8443/s?${QUERY}`,
    `https://mp.weixin.qq.com./s?${QUERY}`,
    `ftp://mp.weixin.qq.com/s?${QUERY}`,
    `http://127.0.0.1/s?${QUERY}`,
    `http://169.254.169.254/s?${QUERY}`,
    `http://[::1]/s?${QUERY}`,
    `https://mp.weixin.qq.com/cgi-bin/home?${QUERY}`,
    `https://mp.weixin.qq.com/s/../cgi-bin/home?${QUERY}`,
    `https://mp.weixin.qq.com/s/%2e%2e/mp/rumor?${QUERY}`,
    `https://mp.weixin.qq.com/mp/appmsg/show?${QUERY}`,
    `https://mp.weixin.qq.com/s/a/b?${QUERY}`,
    "https://mp.weixin.qq.com/s/short",
    "https://mp.weixin.qq.com/s?__biz=MzI0NjExODAzNw==&mid=x&idx=1",
    "https://mp.weixin.qq.com/s?__biz=<>&mid=1&idx=1",
    "https://mp.weixin.qq.com/s?mid=1&idx=1",
    `https://mp.weixin.qq.com/s?${QUERY}&x=${"x".repeat(5_000)}`,
  ];
  for (const link of links) assert.equal(pageUrl(link, BASE), null, link);
});

test("numbers that name no article name none", () => {
  for (const [mid, idx] of [
    ["0", "1"],
    ["01", "1"],
    ["1", "0"],
    ["1", "100"],
    ["-1", "1"],
    ["1".repeat(21), "1"],
  ]) {
    assert.equal(articleIdOf(`https://mp.weixin.qq.com/s?__biz=MzI0&mid=${mid}&idx=${idx}`).articleId, null);
  }
});

test("whatever text comes, an address lies below the base or there is none", () => {
  const text = fc.oneof(
    fc.string({ unit: anyUnit }),
    fc
      .tuple(fc.constantFrom("mp.weixin.qq.com", "evil.test", "mp.weixin.qq.com@evil.test", "[::1]"), fc.string())
      .map(([host, tail]) => `https://${host}/s?${QUERY}${tail}`),
    fc.string().map((tail) => `https://mp.weixin.qq.com${tail}?${QUERY}`),
    fc.string().map((tail) => `https://mp.weixin.qq.com/s?${QUERY}${tail}`),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(BASE, `${BASE}/below`), (link, base) => {
      articleIdOf(link);
      const address = pageUrl(link, base);
      assert.ok(address === null || isPageOf(new URL(address), base), String(address));
    }),
    { numRuns: rounds(200, 10_000) },
  );
});
