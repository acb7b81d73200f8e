import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cleanName, cutWhole } from "../../src/alerts/clean.ts";
import { rounds } from "../support/rounds.ts";
import { poisonNames } from "./poison.ts";

const SEGMENTER = new Intl.Segmenter("zh", { granularity: "grapheme" });
const graphemesOf = (text: string) => [...SEGMENTER.segment(text)].map(({ segment }) => segment);

test("an ordinary name stays as it is, and white space becomes one space", () => {
  assert.equal(cleanName("云溪水利（试运行）·2026"), "云溪水利（试运行）·2026");
  assert.equal(cleanName("  云溪\r\n\t 水利\u3000发布 "), "云溪 水利 发布");
});

test("what nobody sees is dropped, and a name of nothing else is empty", () => {
  assert.equal(cleanName("\u202e布发\u2066溪\u0000云\u200b\ufeff\ufffd"), "布发溪云");
  for (const text of ["", " \n", "\u200b\u202e", "\u3164\u115f", "\u0301\u0301", "\u200d\ufe0f", "\ud83d", "\ufffe"]) {
    assert.equal(cleanName(text), "", JSON.stringify(text));
  }
});

test("a long name is cut after its graphemes with …, one exactly as long is not", () => {
  assert.equal(cleanName("文".repeat(40)), "文".repeat(40));
  assert.equal(cleanName("文".repeat(41)), `${"文".repeat(40)}…`);
  assert.equal(cleanName("文".repeat(65_536), 8), `${"文".repeat(8)}…`);
  assert.equal(cleanName("👨‍👩‍👧‍👦云溪"), "👨‍👩‍👧‍👦云溪");
  assert.equal(cleanName("👨‍👩‍👧‍👦".repeat(40)), `${"👨‍👩‍👧‍👦".repeat(10)}…`);
});

test("a grapheme under a thousand accents does not fill the message", () => {
  assert.equal(cleanName(`云溪e${"\u0301".repeat(500)}水利`), "云溪…");
  assert.equal(cleanName(`e${"\u0301".repeat(65_536)}`), "");
});

test("of any text the result is a well-formed line of whole graphemes", () => {
  fc.assert(
    fc.property(poisonNames, fc.integer({ min: 1, max: 60 }), (text, limit) => {
      const name = cleanName(text, limit);
      const shown = graphemesOf(name.replace(/…$/, ""));
      assert.ok(name.isWellFormed());
      assert.doesNotMatch(name, /[\p{Cc}\p{Bidi_Control}\p{NChar}\ufffd\u2028\u2029]/u);
      assert.ok(shown.length <= limit && name.length <= 3 * limit + 1);
      assert.equal(
        cleanName(name, limit + 1).replace(/…$/, ""),
        name.replace(/…$/, ""),
        "cleaning again changes nothing",
      );
      const visible = graphemesOf(cleanName(text, 340).replace(/…$/, ""));
      assert.deepEqual(shown.join("").trimEnd(), visible.slice(0, shown.length).join("").trimEnd());
    }),
    { numRuns: rounds(300, 20_000) },
  );
});

test("a text is cut before the grapheme that does not fit", () => {
  assert.equal(cutWhole("云溪", 5), "云溪");
  assert.equal(cutWhole("云溪水利", 2), "云溪");
  assert.equal(cutWhole("云👨‍👩‍👧‍👦溪", 5), "云");
  assert.equal(cutWhole("😀", 1), "");
});
