import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readArticlePage } from "../../../src/platforms/wechat/page/read.ts";

const ARTICLE = readFileSync(join(import.meta.dirname, "pages", "old.html.txt"), "utf8");
const BODY = '<div id="js_content">';
const LARGEST = 8 * 1024 * 1024;
/** What other text of a page can hold without being a tag, an ending or a script. */
const DECOYS = [
  "",
  "<!--<title>-->",
  "<!-- <style> <script> -->",
  '<p title="<title>"></p>',
  "<p title='</div><textarea>'></p>",
  "<![CDATA[<title>]]>",
  "<?<script>?>",
];
const fill = (unit: string) => unit.repeat(Math.floor((LARGEST - 20_000) / unit.length));

/** Processor time, since other processes of the machine must not decide. */
function secondsOf(html: string): number {
  const before = process.cpuUsage();
  readArticlePage(html);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

test("a page beyond a measure is refused, whatever comments and attributes pretend", () => {
  const beyond = [
    `${BODY}${"<section>".repeat(600)}`,
    `${BODY}${"<div>".repeat(100_000)}`,
    `${BODY}${"<br>".repeat(6_000)}`,
    `${BODY}${"<img data-src=a>".repeat(190_000)}`,
    `${BODY}${"<p><i></i></p>".repeat(150_000)}`,
    `${BODY}${"</i>".repeat(250_000)}`,
    `${BODY}${"<template>".repeat(600)}`,
    `${BODY}<p ${Array.from({ length: 1_100 }, (_, index) => `a${index}`).join(" ")}>`,
  ];
  for (const decoy of DECOYS) {
    for (const html of beyond) {
      const { state, reason } = readArticlePage(`<html>${decoy}${html}`);
      assert.deepEqual([state, reason], ["unknown", "too large"], decoy + html.slice(0, 60));
    }
  }
  assert.equal(readArticlePage("x".repeat(9 * 1024 * 1024)).reason, "too large");
});

test("what only looks like tags does not count", () => {
  const nested = `${"<section>".repeat(400)}一${"</section>".repeat(400)}`;
  for (const decoy of DECOYS) assert.equal(readArticlePage(`${decoy}${BODY}${nested}</div>`).length, 1, decoy);
  const quoted = [
    `<script>${"if(a<b)c<d;".repeat(2_000)}</script>`,
    `<script>var a = "${"<div>".repeat(6_000)}";</script>`,
    `<!--${"<div>".repeat(6_000)}-->`,
    `<p title="${"<div>".repeat(6_000)}"></p>`,
    `<textarea>${"<div>".repeat(6_000)}</textarea>`,
  ];
  for (const text of quoted) assert.equal(readArticlePage(ARTICLE.replace("<body", `${text}<body`)).length, 165);
});

test("no page of the largest size holds up the process", () => {
  const scripted = (text: string) => `${BODY}a</div><script>var ct=1;${text}</script>`;
  const worst = [
    `${BODY}${"<div> ".repeat(480)}${`<div>${"<img src=a>".repeat(4_990)}</div>`.repeat(39)}`,
    `${BODY}${"<b>".repeat(500)}${"</i>".repeat(199_000)}`,
    `<div id="js_content"> `.repeat(500) + fill("字"),
    `<div class="weui-msg"> `.repeat(500) + fill("字"),
    `${BODY}${'<i id="copyright_logo"> '.repeat(480)}${fill("字")}`,
    ...["<", "<!---->", "&amp;", "字 "].map((unit) => BODY + fill(unit)),
    ...["{", "(", "[", "var ct=1;", "{var ct='1';", "((var ", "{a:", "'\\u4e00',"].map((unit) => scripted(fill(unit))),
    `${scripted(`${"{".repeat(900)}${"var ct='1';".repeat(100_000)}`)}`,
    fill(" og:title content"),
  ];
  for (const html of worst) {
    const seconds = secondsOf(html);
    assert.ok(seconds < 3, `${seconds} s: ${html.slice(0, 60)}`);
  }
});
