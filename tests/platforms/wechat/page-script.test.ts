import assert from "node:assert/strict";
import { test } from "node:test";
import { assignmentsOf, type Value } from "../../../src/platforms/wechat/page/script.ts";

const WANTED = new Set(["a", "b", "data"]);
const read = (script: string) => assignmentsOf(script, WANTED).map(({ name, value }): [string, Value] => [name, value]);
const literal = (expression: string): Value | undefined => read(`var a = ${expression};`)[0]?.[1];
const plain = (value: Value | undefined): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

test("every form of a literal is read as what it stands for", () => {
  const forms: [string, Value][] = [
    ['"x"', "x"],
    ["'x'", "x"],
    ["`x`", "x"],
    ['""||"x"', "x"],
    ['"x"||"y"', "x"],
    ['"" || "" || "x"', "x"],
    ['""', ""],
    ['"15"*1', "15"],
    ["'15' * 1", "15"],
    ['"" * 1', ""],
    ["15", "15"],
    ["('x')", "x"],
    ['htmlDecode("x")', "x"],
    ["JsDecode('\\x26amp;')", "&amp;"],
    ['"x".html(false)', "x"],
    ['"x".html(false).html(false)', "x"],
    ["window.b = 'x' || ''", "x"],
    ["params['uin'] || 'x'", "x"],
    ["'it\\'s \\\"\\u4e2d\\u{1F642}\\n\\\\\\/'", "it's \"中🙂\n\\/"],
    ["'x' + y", null],
    ["y ? 'x' : 'z'", null],
    ["x", null],
    ["!1", null],
    ["function () { return 'x' }", null],
    ["/x'/", null],
  ];
  for (const [expression, value] of forms) assert.deepEqual(literal(expression), value, expression);
});

test("object and list literals are read with what they hold, and survive what they cannot say", () => {
  const script = `try { window.data = {
    a: 'x', "b": JsDecode('y'), c: '1' * 1, list: [{ url: 'u', }, 2, ['z'], ],
    call: f(1, { x: '}' }), sum: 1 + 2, flag: !1 && window.x > 2, late: 'l', a: 'second', __proto__: 'p', // }
    fn: function () { if (a) { return /[/'"]}/.test(b) } }, last: 'e'
  }; } catch (e) {}`;
  assert.deepEqual(
    plain(read(script)[0]?.[1]),
    Object.assign(Object.fromEntries([["__proto__", "p"]]), {
      ...{ a: "x", b: "y", c: "1", list: [{ url: "u" }, "2", ["z"]] },
      ...{ call: "1", sum: null, flag: null, late: "l", fn: null, last: "e" },
    }),
  );
});

test("only assignments to the wanted variables count, wherever they stand", () => {
  assert.deepEqual(read("var a = '1', b = '2'; window.a = '3'; let b='4'"), [
    ["a", "1"],
    ["b", "2"],
    ["a", "3"],
    ["b", "4"],
  ]);
  const others = [
    "// var a = 'x'",
    "/* var a = 'x' */",
    "var c = \"var a = 'x'\"",
    "var c = `var a = 'x'`",
    "c = /var a = 'x'/",
    "other.a = 'x'",
    "my.window.a = 'x'",
    "if (a == 'x') {}",
    "var ba = 'x'",
    "var c = { a: 'x' }",
  ];
  for (const script of others) assert.deepEqual(read(script), [], script);
});

test("a broken literal costs its line and no more", () => {
  assert.deepEqual(read("var c = 'broken\nvar a = 'x';"), [["a", "x"]]);
  assert.deepEqual(read("c = /broken[\nvar a = 'x';"), [["a", "x"]]);
  assert.deepEqual(read("var a = { b: 'x', c: [ 'y'; var b = 'z'")[1], ["b", "z"]);
});

test("a slash after a value divides and does not hide what follows", () => {
  assert.deepEqual(read("c = d / 2; var a = 'x'; e = (f) / 3; var b = 'y'"), [
    ["a", "x"],
    ["b", "y"],
  ]);
});

test("nesting without end is given up, not followed", () => {
  assert.doesNotThrow(() => read(`var a = ${"[".repeat(50_000)}`));
  assert.doesNotThrow(() => read(`var a = ${"{a:".repeat(50_000)}`));
  assert.doesNotThrow(() => read(`var a = ${"(".repeat(50_000)}`));
  assert.doesNotThrow(() => read(`var a = ${"b=".repeat(50_000)}`));
});

test("a statement's declarations count, a loop's and a call's do not, and a function's are told by their depth", () => {
  const none = [
    "for (var a = 1; ;) {}",
    "for (let i = 0, a = 1; ;) {}",
    "f(b, a = 'x')",
    "[c, a = 'x']",
    "c = 1, a = 'x'",
  ];
  for (const script of none) assert.deepEqual(read(script), [], script);
  assert.deepEqual(assignmentsOf("function f() { var a = 'x', c = f(1, 2), b = 'y' } var a = 'z'", WANTED), [
    { name: "a", depth: 1, value: "x" },
    { name: "b", depth: 1, value: "y" },
    { name: "a", depth: 0, value: "z" },
  ]);
  assert.deepEqual(read("f(( [ ; var c = {}, a = 'x'"), [["a", "x"]]);
});
