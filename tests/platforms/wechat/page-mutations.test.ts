import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readArticlePage } from "../../../src/platforms/wechat/page/read.ts";
import { rounds } from "../../support/rounds.ts";

const page = (name: string) => readFileSync(join(import.meta.dirname, "pages", `${name}.html.txt`), "utf8");
const ARTICLES = [page("old"), page("new"), page("text")];
const ERROR = page("error");
const PHRASES = [
  ...[
    "该内容已被发布者删除",
    "该内容已被发送人删除",
    "此内容因违规无法查看",
    "此内容因违规已删除",
    "此内容发送失败无法查看",
  ],
  ...[
    "该内容被投诉且经审核涉嫌违规",
    "被投诉且经审核涉嫌侵权，无法查看",
    "此帐号已被屏蔽",
    "此帐号已自主注销",
    "该公众号已迁移",
  ],
  ...[
    "此帐号处于帐号迁移流程中",
    "链接已过期",
    "参数错误",
    "环境异常",
    "去验证",
    "访问过于频繁",
    "wappoc_appmsgcaptcha",
  ],
];
const QUOTES = PHRASES.flatMap((phrase) => [
  phrase,
  `<p>${phrase}</p>`,
  `<div class="weui-msg"><h2 class="weui-msg__title">${phrase}</h2></div>`,
  `<div class="global_error_msg warn">${phrase}</div>`,
]);
const ENTITIES = ["&amp;", "&", "&#", "&#x4e00;", "&nbsp;", "&lt;/div&gt;", "&#1114112;", "&#0;"];

/** Tags where they are none. */
const DECOYS = ["<!--<title>-->", "<!-- </div> <script> -->", '<p title="<title>"></p>', "<p title='</div>'></p>"];
const NESTS = ["<div>".repeat(600), "<br>".repeat(6_000), "<section>".repeat(400), "<p><!--<style>--><b>".repeat(300)];

type Mutation = (html: string) => string;

const anyUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit));
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (html: string, share: number) => Math.floor(share * html.length);
const insert = (html: string, index: number, text: string) => html.slice(0, index) + text + html.slice(index);
const onLines = (change: (lines: string[]) => string[]) => (html: string) => change(html.split("\n")).join("\n");

/** Puts text where the body or another of the article's own texts is, escaped as the page would escape it. */
function quote(html: string, text: string): string {
  const escaped = text
    .replaceAll("<", "\\x3c")
    .replaceAll(">", "\\x3e")
    .replaceAll('"', "\\x22")
    .replaceAll("'", "\\x27");
  return html.includes('id="js_content"')
    ? html.replace(/(<div [^>]*id="js_content"[^>]*>)/, (opening) => opening + text)
    : html.replace(/(content(?:_noencode)?: (?:JsDecode\()?')/, (opening) => opening + escaped);
}

const quoting = fc.constantFrom(...QUOTES).map<Mutation>((text) => (html) => quote(html, text));
/** Leaves the body and its marks as they are. */
const harmless: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: quoting },
  fc.constantFrom(...ENTITIES, ...DECOYS).map<Mutation>((text) => (html) => quote(html, text)),
  fc.constant<Mutation>((html) => html.replaceAll("\n", "\r\n")),
  fc.constant<Mutation>((html) => html.replaceAll(/ (id|class)="([\w -]+)"/g, " $1='$2'")),
  fc.constant<Mutation>((html) => html.replace(/<div (class="[^"]*") (id="[^"]*")/g, "<div $2 $1")),
  fc.constantFrom(...PHRASES).map<Mutation>((text) => (html) => html.replace("<title>", `<title>${text}`)),
  fc.constantFrom(...PHRASES).map<Mutation>((text) => (html) => html.replace(/og:title" content="/, `$&${text}`)),
);
const destructive: fc.Arbitrary<Mutation> = fc.oneof(
  place.map<Mutation>((share) => (html) => html.slice(0, at(html, share))),
  place.map<Mutation>((share) => onLines((lines) => lines.toSpliced(Math.floor(share * lines.length), 1))),
  fc
    .tuple(place, fc.integer({ min: 2, max: 20 }))
    .map<Mutation>(([share, count]) => onLines((lines) => lines.toSpliced(Math.floor(share * lines.length), count))),
  place.map<Mutation>((share) =>
    onLines((lines) => {
      const index = Math.floor(share * lines.length);
      return lines.toSpliced(index, 0, ...lines.slice(index, index + 1));
    }),
  ),
  fc.tuple(place, place).map<Mutation>(([from, to]) =>
    onLines((lines) => {
      const moved = lines.splice(Math.floor(from * lines.length), 1);
      return lines.toSpliced(Math.floor(to * lines.length), 0, ...moved);
    }),
  ),
  fc.tuple(place, fc.string({ unit: anyUnit, maxLength: 8 })).map<Mutation>(
    ([share, text]) =>
      (html) =>
        insert(html, at(html, share), text),
  ),
  fc
    .tuple(
      place,
      fc.constantFrom(
        '"',
        "'",
        "`",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "</div>",
        "<textarea>",
        "\\",
        "{",
        "}",
        "<",
      ),
    )
    .map<Mutation>(
      ([share, text]) =>
        (html) =>
          insert(html, at(html, share), text),
    ),
  fc.tuple(place, fc.constantFrom(...ENTITIES, ...QUOTES, ...DECOYS)).map<Mutation>(
    ([share, text]) =>
      (html) =>
        insert(html, at(html, share), text),
  ),
);

const apply = (html: string, mutations: Mutation[]) => mutations.reduce((text, mutation) => mutation(text), html);

/** By other means than the reader's: the element that holds the body, or the script's text of it, is still written there. */
function carriesArticle(html: string): boolean {
  return (
    /<div [^<>]*\bid=["']js_(?:content|article)["']/.test(html) ||
    /\bcontent_noencode: JsDecode\('[^']|\btext_page_info: \{ content: '[^']/.test(html)
  );
}

test("whatever an article quotes, its page is read as the article that it is", () => {
  const mutations = fc.array(harmless, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...ARTICLES), mutations, (html, changes) => {
      const before = readArticlePage(html);
      const { state, articleId, originalId, publishedAt, form, original } = readArticlePage(apply(html, changes));
      assert.deepEqual(
        { state, articleId, originalId, publishedAt, form, original },
        {
          ...{ state: "ok", articleId: before.articleId, originalId: before.originalId },
          ...{ publishedAt: before.publishedAt, form: before.form, original: before.original },
        },
      );
    }),
    { numRuns: rounds(300, 10_000) },
  );
});

test("however damaged, a page that carries an article accuses nobody and hides nothing", () => {
  const counts = { ok: 0, unknown: 0 };
  const mutations = fc.tuple(
    fc.array(quoting, { maxLength: 3 }),
    fc.array(destructive, { minLength: 1, maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...ARTICLES), mutations, (html, [quotes, damage]) => {
      const changed = apply(html, [...quotes, ...damage]);
      const { state } = readArticlePage(changed);
      if (!carriesArticle(changed)) return;
      assert.ok(state === "ok" || state === "unknown", state);
      counts[state] += 1;
    }),
    { numRuns: rounds(300, 10_000) },
  );
  assert.ok(counts.ok > 2 * counts.unknown, `most are still read: ${JSON.stringify(counts)}`);
});

test("no text makes the reader fail, nor say anything of an article that is not there", () => {
  const noise = fc
    .array(
      fc.oneof(
        fc.string({ unit: anyUnit }),
        fc.constantFrom(
          ...QUOTES,
          ...ENTITIES,
          ...DECOYS,
          ...NESTS,
          "<",
          ">",
          '"',
          "<script>",
          "var ct = '1",
          "</",
          "id=",
        ),
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join(""));
  const damaged = fc.array(destructive, { minLength: 1, maxLength: 8 }).map((damage) => apply(ERROR, damage));
  fc.assert(
    fc.property(fc.oneof(noise, damaged), (html) => {
      const { state, reason, ...facts } = readArticlePage(html);
      assert.equal(state === "ok", reason === null);
      if (state !== "ok") assert.deepEqual(new Set(Object.values(facts)), new Set([null]));
    }),
    { numRuns: rounds(300, 10_000) },
  );
});
