import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { type CheerioAPI, load } from "cheerio";
import { first, type StateAccount, type StateArticle, simulate } from "./support.ts";

const showTypes: Record<string, number> = { article: 0, video: 5, audio: 7, picture: 8, text: 10, repost: 11 };

/** Runs the page's own scripts, as a browser would. */
function variablesOf($: CheerioAPI): Record<string, unknown> {
  const context = createContext({ document: { write: () => undefined } });
  runInContext("var window = globalThis;", context);
  for (const script of $("script").toArray()) runInContext($(script).text(), context);
  return context;
}

/** What a reader of the page learns, by whichever way the page tells it. */
function readPage(html: string) {
  const $ = load(html);
  const page = variablesOf($);
  const data = (page.cgiDataNew ?? {}) as Record<string, unknown>;
  const textInfo = (data.text_page_info ?? {}) as { content?: string };
  const body = $("#js_content");
  const inScript = String(data.content_noencode || textInfo.content || "");
  const shown = load(body.length > 0 ? (body.html() ?? "") : inScript, null, false).root();
  const link = new URL(load(`<a>${page.msg_link ?? data.link}</a>`)("a").text());
  return {
    msgid: `${page.mid || data.mid || link.searchParams.get("mid")}_${page.idx || data.idx || link.searchParams.get("idx")}`,
    biz: page.biz ?? data.bizuin,
    original_id: page.user_name ?? data.user_name,
    title: page.msg_title ?? data.title,
    name: $("#js_name").text().trim() || (page.nickname ?? data.nick_name),
    published_at: Number(page.ct ?? page.oriCreateTime ?? data.create_time),
    show_type: Number(page.item_show_type ?? data.item_show_type),
    copyright_stat: Number(page.copyright_stat ?? data.copyright_stat),
    logo: $("#copyright_logo").text().includes("原创"),
    length: [...shown.text().replace(/\s+/g, "")].length,
    images: shown.find("img").length,
    ogUrl: $('meta[property="og:url"]').attr("content"),
    ogTitle: $('meta[property="og:title"]').attr("content"),
    bodyText: shown.text(),
    inDocument: body.length > 0,
    namesIds: Boolean(page.mid || data.mid),
  };
}

const titleOf = (html: string) => load(html)(".weui-msg__title").text().trim();

test("Pages in both templates and all forms tell what the state holds, exact second included.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state("?detail=brief");
  const kinds = new Map<string, number>();
  const ids = new Set<boolean>();
  let quoting = 0;
  let misleading = 0;
  for (const account of accounts) {
    for (const article of [...account.articles, ...account.articles_today]) {
      const kind = `${article.template} ${article.form}`;
      if (article.page.state !== "ok" || (kinds.get(kind) ?? 0) >= 60) continue;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      const link = (kinds.get(kind) ?? 0) % 2 === 0 ? article.links.long : article.links.short;
      const wire = await simulation.page(link);
      assert.deepEqual([wire.status, wire.headers.get("content-type")], [200, "text/html; charset=UTF-8"]);
      const seen = readPage(await wire.text());
      const { ogUrl, ogTitle, bodyText, inDocument, logo, namesIds, ...facts } = seen;
      assert.deepEqual(facts, {
        msgid: article.msgid,
        biz: account.biz,
        original_id: account.original_id,
        title: article.title,
        name: account.name,
        published_at: article.published_at,
        show_type: showTypes[article.form],
        copyright_stat: article.copyright_stat,
        length: article.length,
        images: article.images,
      });
      assert.equal(inDocument, article.form !== "picture" && article.form !== "text", kind);
      if (inDocument) assert.equal(logo, article.original);
      if (article.template !== "oldest")
        assert.equal(ogUrl?.includes(`&mid=${article.msgid.replace("_", "&idx=")}&`), true);
      if (article.form === "text") assert.equal(ogTitle?.replace(/\s/g, ""), bodyText.replace(/\s/g, ""));
      if (/已被发布者删除|因违规无法查看|环境异常|已自主注销/.test(bodyText)) quoting++;
      if (/var ct = |<\/script>|js_content/.test(bodyText)) misleading++;
      ids.add(namesIds);
    }
  }
  const forms = ["article", "audio", "repost", "video"];
  const expected = ["oldest", "old", "new"].flatMap((template) => forms.map((form) => `${template} ${form}`));
  assert.deepEqual([...kinds.keys()].sort(), [...expected, "new picture", "new text"].sort());
  assert.ok(quoting > 1 && misleading > 1 && ids.size === 2, `${quoting} ${misleading}`);
});

test("A link with a wrong part, of the future or of nobody leads nowhere; a temporary one is over.", async (t) => {
  const simulation = await simulate(t, { accounts: 2 });
  const account = first((await simulation.state()).accounts);
  const one = account.articles.filter(({ msgid, page }) => msgid.endsWith("_1") && page.state === "ok");
  const { links, published_at: at } = first(one.slice(-1));
  const other = first(account.articles).links;
  const sn = (link: string) => new URL(link).searchParams.get("sn") ?? "";
  for (const wrong of [
    links.long.replace(sn(links.long), sn(other.long)),
    links.long.replace("idx=1", "idx=9"),
    links.long.replace("mid=", "mid=9"),
    links.long.replaceAll("&", "&amp;"),
    links.short.replace(/.$/, "-"),
    "https://mp.weixin.qq.com/s/AAAAAAAAAAAAAAAAAAAAAA",
    "https://mp.weixin.qq.com/s",
  ]) {
    const wire = await simulation.page(wrong);
    assert.deepEqual([wire.status, titleOf(await wire.text())], [200, "参数错误"], wrong);
  }
  assert.equal(titleOf(await (await simulation.page(`${links.long}&tempkey=x`)).text()), "链接已过期");
  assert.equal(titleOf(await (await simulation.page(`${links.long}&chksm=x&scene=27#rd`)).text()), "");
  const rows = (await simulation.request("GET", "/_/requests")).json.rows as object[];
  assert.deepEqual(rows, [
    { appid: account.appid, api: "article_page", calls: 6, errors: { bad_link: 4, link_expired: 1 } },
    { appid: "unknown", api: "article_page", calls: 3, errors: { bad_link: 3 } },
  ]);
  await simulation.clock(new Date((at - 1) * 1000).toISOString());
  assert.equal(titleOf(await (await simulation.page(links.long)).text()), "参数错误");
  await simulation.clock(new Date(at * 1000).toISOString());
  assert.equal(titleOf(await (await simulation.page(links.long)).text()), "");
});

test("A few articles are taken down between an hour and 20 days after publication, at an exact second.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state("?detail=brief");
  const articles = accounts.flatMap((account) => account.articles);
  const down = articles.filter((article) => article.page.state !== "ok");
  assert.ok(down.length > 10 && down.length < articles.length / 20, `${down.length} of ${articles.length}`);
  const texts = new Map<string, Set<string>>();
  for (const { page, links, published_at: publishedAt } of down) {
    assert.ok(page.since - publishedAt >= 3_600 && page.since - publishedAt <= 20 * 86_400);
    await simulation.clock(new Date((page.since - 1) * 1000).toISOString());
    const before = load(await (await simulation.page(links.long)).text());
    assert.ok(before(".weui-msg, .page_msg, .page_rumor").length === 0);
    await simulation.clock(new Date(page.since * 1000).toISOString());
    const wire = await simulation.page(links.short);
    assert.equal(wire.status, 200);
    const after = load(await wire.text());
    assert.equal(after("#js_content, #js_article").length, 0);
    assert.equal(after("title").text(), "微信公众平台");
    const text = after(".weui-msg__title, .msg_content, .page_rumor .title").text().trim();
    texts.set(page.state, (texts.get(page.state) ?? new Set()).add(text));
  }
  assert.deepEqual([...(texts.get("deleted") ?? [])].sort(), ["该内容已被发布者删除", "该内容已被发送人删除"]);
  assert.ok(Number(texts.get("violation")?.size) >= 2);
});

test("Every state can be set from now on; an account that is gone or migrated takes all its pages along.", async (t) => {
  const simulation = await simulate(t, { accounts: 2 });
  const [account, neighbour] = (await simulation.state()).accounts as [StateAccount, StateAccount];
  const { msgid, links } = first(account.articles.filter((article) => article.page.state === "ok"));
  const { appid } = account;
  const show = async (link = links.long) => (await simulation.page(link)).text();
  const truth = async () => {
    const { articles } = first((await simulation.state(`?appid=${appid}`)).accounts);
    return articles.find((article) => article.msgid === msgid)?.page;
  };
  const since = Date.parse("2026-11-23T10:00:00+08:00") / 1000;
  const marks = {
    deleted: /该内容已被发(布者|送人)删除/,
    violation: /违规|无法查看/,
    rumor: /page_rumor/,
    privacy: /根据作者隐私设置，无法查看该内容/,
    link_expired: /链接已过期/,
    ok: /user_name/,
  };
  for (const [state, mark] of Object.entries(marks)) {
    await simulation.control("page", { appid, msgid, state });
    assert.match(await show(), mark);
    assert.deepEqual(await truth(), { state, since });
  }
  await simulation.control("account", { appid, set: { pages: "account_gone" } });
  assert.match(await show(), /此帐号已被屏蔽|此帐号已自主注销|此帐号处于帐号迁移流程中/);
  await simulation.control("account", { appid, set: { pages: "migrated" } });
  const migrated = await show();
  assert.match(migrated, /该公众号已迁移/);
  assert.match(migrated, /var transferTargetLink = '/);
  assert.deepEqual(await truth(), { state: "migrated", since });
  const untouched = first(neighbour.articles.filter((article) => article.page.state === "ok"));
  assert.match(await show(untouched.links.long), /user_name/);
  await simulation.control("account", { appid, set: { pages: null } });
  assert.match(await show(), /user_name/);
  for (const wrong of [{ state: "gone" }, { msgid: "1_1" }, { msgid: "x" }])
    assert.equal((await simulation.post("/_/page", { appid, msgid, state: "ok", ...wrong })).status, 400);
});

test("The captcha comes as a redirect and in two texts: by a switch, for a count, and for whoever is too fast.", async (t) => {
  const simulation = await simulate(t, { accounts: 2 });
  const article: StateArticle = first(first((await simulation.state()).accounts).articles.slice(-1));
  const visit = async () => {
    const wire = await simulation.page(article.links.long);
    const text = await wire.text();
    if (wire.status === 302) return wire.headers.get("location") ?? "";
    return /环境异常|访问过于频繁/.exec(text)?.[0] ?? "ok";
  };
  await simulation.control("settings", { captcha: 3 });
  const redirect = await visit();
  assert.match(redirect, /^\/mp\/wappoc_appmsgcaptcha\?poc_token=[\w-]+&target_url=https%3A%2F%2Fmp\.weixin\.qq\.com/);
  assert.match(await (await fetch(simulation.url + redirect)).text(), /当前环境异常，完成验证后即可继续访问/);
  assert.deepEqual([await visit(), await visit(), await visit()], ["环境异常", "访问过于频繁", "ok"]);
  await simulation.control("settings", { captcha: true });
  for (let round = 0; round < 4; round++) assert.notEqual(await visit(), "ok");

  await simulation.clock("2026-11-23T10:00:00+08:00");
  await simulation.control("settings", { captcha: false, pagesPerMinute: 2 });
  assert.deepEqual([await visit(), await visit()], ["ok", "ok"]);
  assert.notEqual(await visit(), "ok");
  await simulation.clock("2026-11-23T10:00:59+08:00");
  assert.notEqual(await visit(), "ok");
  await simulation.clock("2026-11-23T10:02:00+08:00");
  assert.deepEqual([await visit(), await visit()], ["ok", "ok"]);
  await simulation.control("settings", { pagesPerMinute: null });
  assert.equal(await visit(), "ok");
});

test("Faults and latency strike pages as they strike the interfaces.", async (t) => {
  const simulation = await simulate(t, { accounts: 2 });
  const [account, neighbour] = (await simulation.state()).accounts as [StateAccount, StateAccount];
  const { links } = first(account.articles.filter((article) => article.page.state === "ok"));
  const whole = await (await simulation.page(links.long)).text();
  const broken = async (fault: unknown) => {
    await simulation.control("faults", { api: "article_page", appid: account.appid, count: 1, fault });
    return simulation.page(links.long);
  };
  assert.equal((await broken({ status: 502, html: true })).status, 502);
  const half = await (await broken("truncated")).text();
  assert.ok(half.length < whole.length && whole.startsWith(half.slice(0, -1)));
  assert.equal((await (await broken("garbage")).arrayBuffer()).byteLength, 512);
  assert.equal(await (await broken("empty_list")).text(), "");
  assert.equal(await (await broken("is_delay")).text(), whole);
  await assert.rejects(broken("reset"));
  await simulation.control("faults", { api: "article_page", appid: neighbour.appid, fault: "reset" });
  assert.equal(await (await simulation.page(links.long)).text(), whole);
  await simulation.control("settings", { latencyMs: 120 });
  const before = performance.now();
  await simulation.page(links.long);
  assert.ok(performance.now() - before >= 118);
  assert.equal((await simulation.post(new URL(links.short).pathname)).status, 405);
});
