import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exactNumber, parseJson } from "../../../src/platforms/wechat/json.ts";

test("ids are text from their source, whatever their size", () => {
  assert.deepEqual(parseJson('{"user_comment_id":3,"msg_data_id":9223372036854775807,"msgid" : 20165267}'), {
    user_comment_id: "3",
    msg_data_id: "9223372036854775807",
    msgid: "20165267",
  });
});

test("an integer that a double cannot hold is text, every other number a number", () => {
  assert.deepEqual(parseJson("[9007199254740991,9007199254740993,-9007199254740993,1e21,0.12345678901234566]"), [
    9007199254740991,
    "9007199254740993",
    "-9007199254740993",
    1e21,
    0.12345678901234566,
  ]);
});

test("a text that holds digits is left as it is", () => {
  assert.deepEqual(parseJson('{"msgid":"9223372036854775807_1","title":"热线 12345678901234567890"}'), {
    msgid: "9223372036854775807_1",
    title: "热线 12345678901234567890",
  });
});

test("any JSON without ids and great numbers reads as JSON.parse reads it", () => {
  const tame = (_key: string, value: unknown) => (Number.isInteger(value) && !Number.isSafeInteger(value) ? 7 : value);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value, tame);
      assert.equal(JSON.stringify(parseJson(text)), JSON.stringify(JSON.parse(text)));
    }),
    { numRuns: 500 },
  );
});

test("a number goes out with every digit that it came with", () => {
  for (const [digits, written] of [
    ["1", "1"],
    ["9007199254740993", "9007199254740993"],
    ["18446744073709551615", "18446744073709551615"],
    ["007", "7"],
  ] as const) {
    assert.equal(JSON.stringify({ msgid: exactNumber(digits) }), `{"msgid":${written}}`);
  }
});
