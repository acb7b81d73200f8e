import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { accountInfo } from "../../src/metrics/accountInfo.ts";
import { label } from "../../src/metrics/family.ts";
import { bytesOf, NOTHING, renderFamily } from "../../src/metrics/render.ts";
import type { ExposedAccount, ExpositionData } from "../../src/store/exposition.ts";
import { promtool } from "./promtool.ts";

const unescaped = (text: string) =>
  text.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));

test("every text survives as a label value on one line, save NUL and lone surrogates", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const text = label("name", value);
      assert.match(text, /^name="(?:[^"\\\n\0]|\\["\\n])*"$/);
      assert.equal(unescaped(text.slice(6, -1)), value.toWellFormed().replaceAll("\0", "\uFFFD"));
    }),
    { numRuns: 500 },
  );
});

test("promtool accepts names that are as bad as they get", async () => {
  const names = [
    '"} 1\ngovmatrix_account_info{account="forged"',
    "back\\slash\\",
    "nul\0nul",
    "lone \ud800 surrogate \udc00",
    "\u202eright to left\u2028\u2029\r\u0085",
    "长".repeat(65_536),
    "",
  ];
  const rows = names.map((name, index) => ({ account: `a${index}`, department: "d", name, departmentName: name }));
  const data: ExpositionData = {
    readAt: new Date(0),
    accounts: [{ text: "", rows: rows.map((row) => ({ ...FIXED, ...row })) }],
    visits: [],
    budgets: [],
    replies: [],
    calendarCoveredUntil: null,
    plannerTickedAt: null,
    chores: [],
    notifications: { oldestPendingAt: null, channels: [] },
  };
  const page = Buffer.concat(bytesOf(await renderFamily(accountInfo, data, NOTHING), "text"));
  assert.equal(promtool(page), "");
  assert.equal(page.toString().split("\n").length, names.length + 3, "HELP, TYPE, one line each, the end");
});

const FIXED = {
  platform: "wechat",
  kind: null,
  lifecycle: "running",
  ruleSet: "r",
} as ExposedAccount;
