import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IncomingMessage, RequestListener } from "node:http";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import type { PagePorts, RawAnswer } from "../../../src/platforms/platform.ts";
import { createPages } from "../../../src/platforms/wechat/page/fetch.ts";
import { failureOf, serve } from "./support.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "pages", `${name}.html.txt`), "utf8");
const ARTICLE = fixture("old");
const ERROR = fixture("error");
const LINK =
  "http://mp.weixin.qq.com/s?__biz=MzI0NjExODAzNw==&amp;mid=2650000101&amp;idx=2&amp;sn=canary&amp;chksm=ff#rd";
const SHORT = "https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQrStUv";

async function reader(t: TestContext, answer: RequestListener, proxyEnv: Record<string, string> = {}) {
  const asked: IncomingMessage[] = [];
  const classes: (string | null)[] = [];
  const kept: RawAnswer[] = [];
  const lines: string[] = [];
  const base = await serve(t, (request, response) => {
    asked.push(request);
    answer(request, response);
  });
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const pages = createPages({
    pageUrl: base,
    proxyEnv,
    observe: ({ platform, api, errorClass, seconds }) => {
      assert.deepEqual([platform, api, seconds > 0], ["wechat", "article_page", true]);
      classes.push(errorClass);
    },
    log: pino({ level: "trace" }, destination),
  });
  const read = (url = LINK, ports: Partial<PagePorts> = {}) =>
    pages.read(url, {
      signal: new AbortController().signal,
      now: () => new Date(),
      keepRaw: (raw) => kept.push(raw),
      ...ports,
    });
  return { base, read, asked, classes, kept, lines };
}

const redirect =
  (location: string): RequestListener =>
  (_request, response) =>
    void response.writeHead(302, { location }).end();

test("a page is asked once, by who we are, with what identifies the article and no cookie", async (t) => {
  const { read, asked, classes, kept, lines } = await reader(t, (_request, response) =>
    response.writeHead(200, { "set-cookie": "rewardsn=; Path=/", "content-type": "text/html" }).end(ARTICLE),
  );
  for (let turn = 0; turn < 2; turn += 1) assert.equal((await read()).articleId, "2650000101_2");
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"));
  for (const { method, url, headers } of asked) {
    assert.deepEqual([method, url], ["GET", "/s?__biz=MzI0NjExODAzNw%3D%3D&mid=2650000101&idx=2&sn=canary&chksm=ff"]);
    assert.equal(headers["user-agent"], `govmatrix/${version} (government WeChat matrix monitor)`);
    assert.match(headers.accept ?? "", /^text\/html/);
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.referer, undefined);
  }
  assert.equal(asked.length, 2);
  assert.deepEqual(classes, [null, null]);
  assert.deepEqual(kept, []);
  assert.doesNotMatch(lines.join(""), /canary|停水/);
});

test("a page that says that it cannot be shown is an answer; only one that is not understood is kept", async (t) => {
  const body = { text: "" };
  const { read, classes, kept } = await reader(t, (_request, response) => response.end(body.text));
  body.text = ERROR.replace("MESSAGE", "该内容已被发布者删除");
  assert.equal((await read()).state, "deleted");
  assert.deepEqual(kept, []);
  body.text = ERROR.replace("MESSAGE", "链接已过期");
  assert.equal((await read()).state, "unknown");
  assert.deepEqual(kept, []);
  body.text = ERROR.replace("MESSAGE", "今日不宜出门");
  assert.equal((await read()).state, "unknown");
  assert.deepEqual(kept, [{ api: "article_page", fault: "no marker", body: body.text }]);
  body.text = ERROR.replace("MESSAGE", "环境异常");
  assert.equal((await read()).state, "captcha");
  assert.equal(kept.length, 1);
  assert.deepEqual(classes, [null, null, null, "captcha"]);
});

test("a redirect to the verification is a captcha at once, wherever it lies", async (t) => {
  for (const host of ["", "https://mp.weixin.qq.com", "//evil.test"]) {
    const { read, asked, classes } = await reader(
      t,
      redirect(`${host}/mp/wappoc_appmsgcaptcha?poc_token=x&target_url=y`),
    );
    const { state, articleId } = await read();
    assert.deepEqual([state, articleId], ["captcha", null]);
    assert.equal(asked.length, 1);
    assert.deepEqual(classes, ["captcha"]);
  }
});

test("a redirect to another article address of the host is followed", async (t) => {
  const { read, asked, classes } = await reader(t, (request, response) =>
    request.url?.startsWith("/s?") ? response.end(ARTICLE) : redirect("/s?__biz=a&mid=1&idx=1")(request, response),
  );
  assert.equal((await read(SHORT)).state, "ok");
  assert.deepEqual(
    asked.map(({ url }) => url),
    ["/s/AbCdEfGhIjKlMnOpQrStUv", "/s?__biz=a&mid=1&idx=1"],
  );
  assert.deepEqual(classes, [null, null]);
});

test("no other redirect is followed, nor one without end", async (t) => {
  const other: IncomingMessage[] = [];
  const elsewhere = await serve(t, (request, response) => {
    other.push(request);
    response.end(ARTICLE);
  });
  const targets = [
    `${elsewhere}/s?x=1`,
    "/mp/profile_ext?action=home",
    "/cgi-bin/login",
    "file:///etc/passwd",
    "http://[",
  ];
  for (const target of targets) {
    const { read, asked } = await reader(t, redirect(target));
    const error = await failureOf(read());
    assert.deepEqual([error.code, error.retry, error.api], ["redirect_refused", "later", "article_page"]);
    assert.equal(asked.length, 1, target);
  }
  assert.equal(other.length, 0);
  const circle = await reader(t, redirect("/s?__biz=a&mid=1&idx=1"));
  assert.equal((await failureOf(circle.read())).code, "redirect_refused");
  assert.equal(circle.asked.length, 4);
});

test("what is no article link is refused before anything is asked", async (t) => {
  const { read, asked, classes } = await reader(t, (_request, response) => response.end(ARTICLE));
  for (const url of ["", "http://127.0.0.1/s?__biz=a&mid=1&idx=1", "https://mp.weixin.qq.com/cgi-bin/home"]) {
    assert.equal((await failureOf(read(url))).code, "not_a_page");
  }
  assert.equal(asked.length, 0);
  assert.deepEqual(classes, []);
});

test("what is no page is a fault of the way, and says nothing of the article", async (t) => {
  const answers: [string, RequestListener][] = [
    ["http_503", (_request, response) => response.writeHead(503).end(ERROR.replace("MESSAGE", "该内容已被发布者删除"))],
    ["http_404", (_request, response) => response.writeHead(404).end("")],
    ["http_302", (_request, response) => response.writeHead(302).end("")],
    [
      "truncated",
      (_request, response) => {
        response.writeHead(200, { "content-length": 99_999 }).write(ARTICLE, () => response.destroy());
      },
    ],
    ["network", (request) => request.socket.destroy()],
    ["too_large", (_request, response) => response.end(Buffer.alloc(9 * 1024 * 1024, " "))],
    [
      "too_large",
      (_request, response) =>
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50 * 1024 * 1024, " "))),
    ],
  ];
  for (const [code, answer] of answers) {
    const { read, asked, classes, kept, lines } = await reader(t, answer);
    const error = await failureOf(read());
    assert.deepEqual([error.code, error.api], [code, "article_page"]);
    assert.equal(asked.length, 1, code);
    assert.deepEqual(classes, [code]);
    assert.deepEqual(kept, []);
    assert.doesNotMatch(error.message + lines.join(""), /canary/);
  }
});

test("an article that breaks off is a fault of the way, wherever it breaks off", async (t) => {
  for (const share of [0.35, 0.5, 0.7, 0.95]) {
    const half = ARTICLE.slice(0, Math.floor(ARTICLE.length * share));
    const { read, kept } = await reader(t, (_request, response) => response.end(half));
    const outcome = await read().then(
      (page) => page.state,
      (error: unknown) => (error as { code: string }).code,
    );
    assert.ok(["truncated", "unknown"].includes(outcome), `${share}: ${outcome}`);
    assert.equal(kept.length, outcome === "unknown" ? 1 : 0);
  }
});

test("an abort ends the reading with the caller's own reason", async (t) => {
  const { read, classes } = await reader(t, (_request, response) => response.writeHead(200).write("<html>"));
  const controller = new AbortController();
  const reason = new Error("lease lost");
  setTimeout(() => controller.abort(reason), 100);
  await assert.rejects(read(LINK, { signal: controller.signal }), (error) => error === reason);
  await assert.rejects(read(LINK, { signal: controller.signal }), (error) => error === reason);
  assert.deepEqual(classes, []);
});

test("pages come through the proxy that the environment names", async (t) => {
  const lines: (string | undefined)[] = [];
  const proxy = await serve(t, (request, response) => {
    lines.push(request.url);
    response.end(ARTICLE);
  });
  const { base, read, asked } = await reader(t, (_request, response) => response.end(""), { HTTP_PROXY: proxy });
  assert.equal((await read()).state, "ok");
  assert.equal(asked.length, 0);
  assert.ok(lines[0]?.startsWith(`${base}/s?`));
});
