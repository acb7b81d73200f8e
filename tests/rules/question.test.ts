import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isQuestion } from "../../src/rules/question.ts";

interface Labelled {
  half: string;
  waits: boolean;
  text: string;
}

const LABELLED: Labelled[] = readFileSync(join(import.meta.dirname, "questions.tsv"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [half = "", label = "", text = "", ...rest] = line.split("\t");
    assert.ok(["tune", "measure"].includes(half) && ["0", "1"].includes(label) && text && rest.length === 0, line);
    return { half, waits: label === "1", text };
  });

function measure(half: string) {
  const texts = LABELLED.filter((labelled) => labelled.half === half);
  const of = (waits: boolean, found: boolean) =>
    texts.filter((labelled) => labelled.waits === waits && isQuestion(labelled.text) === found).map(({ text }) => text);
  return { hits: of(true, true), misses: of(true, false), falseAlarms: of(false, true), passed: of(false, false) };
}

test("the rule hits and misses on the labelled texts what its description says", (t) => {
  for (const [half, hits, misses, falseAlarms, passed] of [
    ["tune", 111, 0, 4, 68],
    ["measure", 103, 6, 10, 64],
  ] as const) {
    const found = measure(half);
    t.diagnostic(`${half}: ${found.hits.length} hits, ${found.misses.length} misses: ${found.misses.join(" | ")}`);
    t.diagnostic(
      `${half}: ${found.passed.length} passed, ${found.falseAlarms.length}: ${found.falseAlarms.join(" | ")}`,
    );
    assert.deepEqual(
      Object.values(found).map((texts) => texts.length),
      [hits, misses, falseAlarms, passed],
    );
  }
});

test("no text is labelled twice", () => {
  assert.ok(LABELLED.length >= 200);
  assert.equal(new Set(LABELLED.map(({ text }) => text)).size, LABELLED.length);
});

test("who asks in any way waits for an answer", () => {
  for (const text of [
    "几点开门?",
    "几点开门？？",
    "？",
    "[疑问]请问几点开门",
    "能不能办",
    "可以网上办吗",
    "办理不",
    "有没有人管，谢谢",
    "希望尽快处理，感谢",
    "投诉",
    "政务大厅上班时间",
  ]) {
    assert.equal(isQuestion(text), true, text);
  }
});

test("thanks, praise, greetings, and what is no text wait for nothing", () => {
  const none = [
    "",
    " ",
    "\n",
    "谢谢",
    "你好",
    "您好！",
    "[image]",
    "[voice]",
    "[强][强]",
    "👍",
    "😂😂",
    "不错不错",
    "点赞",
  ];
  for (const text of [...none, "这么好的政策谁不支持呢", "希望祖国繁荣昌盛", "看 https://example.org/a?b=1"]) {
    assert.equal(isQuestion(text), false, text);
  }
});

test("a complaint that is settled waits for nothing, unless it asks", () => {
  assert.equal(isQuestion("路灯坏了半个月了"), true);
  assert.equal(isQuestion("上次反映的路灯坏了，已经修好了，点赞"), false);
  assert.equal(isQuestion("路灯修好了，辛苦了，那红绿灯几时修"), true);
});

test("a text of any make is judged in time that grows with its length only", () => {
  const pieces = [
    "请",
    "哪里",
    "[",
    "[a",
    "不",
    "好",
    "打",
    "希望",
    "http://",
    "一",
    " ",
    "，",
    "停水",
    "已经",
    "说几",
    "\ud83d",
    "a",
  ];
  for (const piece of pieces) {
    const startedAt = performance.now();
    isQuestion(piece.repeat(Math.ceil(100_000 / piece.length)));
    const ms = performance.now() - startedAt;
    assert.ok(ms < 500, `${piece}: ${ms} ms`);
  }
});
