import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withoutPersonalData } from "../../../src/platforms/wechat/raw.ts";

// Made of what people are known by; no word of the platform's is among them.
const CANARIES = [
  "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
  "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
  "张三丰",
  "李四的小店🌸",
  "zhangsanfeng",
  "Zhang Sanfeng",
  "13812345678",
  "330182199003071234",
  "zsf@yunxi.gov.cn",
  "我的电话是13812345678，请回复",
  "77_kQmGvZpXyLwRtNcBsHdJf",
];
const canary = fc.constantFrom(...CANARIES);
const JSON_FIELDS = [
  ..."errcode errmsg list ref_date msgid detail read_user user_count scene_desc openid nickname content".split(" "),
  ..."recordlist opercode text time worker number msg_count comment_cnt".split(" "),
  ..."user_comment_id comment reply create_time title url author is_delay total 张三 zhangsan".split(" "),
];

/** A JSON value that names the canary wherever one may stand: as text, within text, as number, as name. */
function answers(secret: string) {
  const leaf = fc.oneof(
    fc.constant(secret),
    fc.tuple(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 })).map(([a, b]) => `${a}${secret}${b}`),
    fc.constant(`invalid credential of ${secret} rid: 69af6650-1f0c2a77-3d9b41e0`),
    fc.integer({ min: 0, max: 99_999 }),
    fc.boolean(),
    fc.constant(null),
  );
  const key = fc.constantFrom(...JSON_FIELDS, secret, `read_${secret}`, `${secret}_count`);
  return fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, tie("object"), tie("list")),
    object: fc.dictionary(key, tie("value"), { maxKeys: 6 }),
    list: fc.array(tie("value"), { maxLength: 5 }),
  })).object;
}

/** The canary as it is, as JSON escapes it, and without what separates its parts. */
function assertVeiled(veiled: string, secret: string, source: string): void {
  for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) {
    assert.ok(!veiled.includes(form), `${form} of\n${source}\nis in\n${veiled}`);
  }
  assert.doesNotMatch(veiled, /1381234567|3301821990|张三|李四|sanfeng/i);
  assert.ok(Buffer.byteLength(veiled) <= 64 * 1024);
}

test("no personal data survives in any position of a JSON answer, whole, cut off or damaged", () => {
  const property = fc.property(
    canary.chain((secret) => fc.tuple(fc.constant(secret), answers(secret))),
    fc.nat(),
    fc.nat(),
    fc.constantFrom("", '"', "}", "]", ",", ":", "\\", "\u0000", '":', '",', "<", "\ud83c"),
    ([secret, value], cut, at, damage) => {
      const text = JSON.stringify(value, null, cut % 2);
      // As a number too, where the canary is one.
      const numbers = /^\d+$/.test(secret) ? text.replaceAll(`"${secret}"`, secret) : text;
      for (const source of [text, numbers]) {
        assertVeiled(withoutPersonalData(source), secret, source);
        const cutOff = source.slice(0, cut % (source.length + 1));
        assertVeiled(withoutPersonalData(cutOff), secret, cutOff);
        const place = at % (source.length + 1);
        const damaged = source.slice(0, place) + damage + source.slice(place + 1);
        assertVeiled(withoutPersonalData(damaged), secret, damaged);
      }
    },
  );
  fc.assert(property, { numRuns: 3_000 });
});

test("no personal data survives in any position of a page", () => {
  const page = (secret: string) =>
    fc
      .array(
        fc.constantFrom(
          `<div id="js_content" class="rich_media ${secret}">${secret}</div>`,
          `<p class="${secret}" id='${secret}' data-id="${secret}" ${secret}>`,
          `<${secret}>${secret}</${secret}>`,
          `<script>var ${secret} = "${secret}"; var nickname = "${secret}"; window.${secret} = 1;</script>`,
          `<script nonce="${secret}">window.cgiDataNew = { nick_name: JsDecode('${secret}'), ${secret}: '1' }</script>`,
          `<meta property="og:${secret}" content="${secret}"><meta name="${secret}">`,
          `<!-- ${secret} --><img src="https://mmbiz.qpic.cn/${secret}" alt="${secret}">`,
          `<a href="/s?__biz=${secret}&openid=${secret}" title="${secret}">${secret}<`,
          `<script>if (a<${secret}) var x_${secret} = 1`,
          `<strong id="js_name">${secret}`,
          `<title>${secret}</title>`,
          secret,
        ),
        { minLength: 1, maxLength: 12 },
      )
      .map((pieces) => `<html><div id="js_article">${pieces.join("")}`);
  const property = fc.property(
    canary.chain((secret) => fc.tuple(fc.constant(secret), page(secret))),
    fc.nat(),
    ([secret, html], cut) => {
      assertVeiled(withoutPersonalData(html), secret, html);
      const cutOff = html.slice(0, 30 + (cut % html.length));
      assertVeiled(withoutPersonalData(cutOff), secret, cutOff);
    },
  );
  fc.assert(property, { numRuns: 2_000 });
});

test("what somebody needs who looks for the fault stays: structure, names, figures, and how ids and days are written", () => {
  const answer = {
    errcode: 48001,
    errmsg: "api unauthorized rid: 69af6650-1f0c2a77-3d9b41e0",
    list: [
      {
        ref_date: "2026/03/09",
        stat_date: "2026-03-09",
        msgid: "2247490311_1",
        detail: { read_user: 1287, read_uv: 5, user_comment_id: 12345, read_finish_rate: 0.4125 },
        read_user_source: [{ user_count: 3, scene_desc: "朋友圈" }],
      },
    ],
    is_delay: false,
  };
  const veiled = withoutPersonalData(JSON.stringify(answer));
  assert.equal(
    veiled.replace(/\s+/g, " "),
    '{ "errcode": 48001, "errmsg": "api unauthorized rid: 69af6650-1f0c2a77-3d9b41e0", "list": [ { ' +
      '"ref_date": "9999/99/99", "stat_date": "2026-03-09", "msgid": "9999999999_9", ' +
      '"detail": { "read_user": 1287, "read_(2)": (1 digits), "user_comment_id": (5 digits), "read_finish_rate": 0.4125 }, ' +
      '"read_user_source": [ { "user_count": 3, "scene_desc": "朋友圈" } ] } ], "is_delay": false }',
  );
});

test("a page's elements, script variables and the platform's own message stay", () => {
  const veiled = withoutPersonalData(
    '<html><title>微信公众平台</title><div class="weui-msg"><h2 class="weui-msg__title">链接已过期</h2></div>' +
      "<script>var msg_link = 'x'; window.cgiDataNew = { create_time: '1' * 1 }</script></html>",
  );
  assert.deepEqual(veiled.split("\n"), [
    "text: 微信公众平台",
    "text: 链接已过期",
    "variables: msg_link cgiDataNew create_time",
    "",
    "<html>",
    "<title>",
    '<div class="weui-msg">',
    '<h2 class="weui-msg__title">',
    "<script>",
  ]);
});

test("hostile answers are veiled in bounded time and size", () => {
  const pieces = [
    "[",
    "{",
    '"',
    "\\",
    '{"a":',
    "<a ",
    "<script>",
    "<title>",
    '<p class="',
    "var ",
    "1",
    "\u0000",
    "名",
    "a:",
  ];
  for (const piece of pieces) {
    const startedAt = performance.now();
    const veiled = withoutPersonalData(piece.repeat(2_000_000 / piece.length));
    assert.ok(performance.now() - startedAt < 2_000, `${piece} takes ${performance.now() - startedAt} ms`);
    assert.ok(Buffer.byteLength(veiled) <= 64 * 1024, piece);
    assert.ok(veiled.isWellFormed() && !veiled.includes("\0"), piece);
  }
});
