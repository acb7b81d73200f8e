import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { checkHolidayYear, loadHolidays } from "../../src/calendar/holidays.ts";
import { createWorkCalendar } from "../../src/calendar/working.ts";

const NOTICE = {
  year: 2027,
  title: "国务院办公厅关于2027年部分节假日安排的通知",
  number: "国办发明电〔2026〕1号",
  source: "https://www.gov.cn/zhengce/content/202611/content_1.htm",
  off: [
    { name: "元旦", from: "2027-01-01", to: "2027-01-03" },
    { name: "春节", from: "2027-02-05", to: "2027-02-12" },
  ],
  work: ["2027-01-30", "2027-02-14"],
};

function directory(t: TestContext, files: Record<string, unknown>): string {
  const path = mkdtempSync(join(tmpdir(), "govmatrix-calendar-"));
  t.after(() => rmSync(path, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(path, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return path;
}

test("a folder's files named by year are added, or replace the shipped year, and others are no data", (t) => {
  const shipped = loadHolidays();
  assert.deepEqual(
    shipped.map(({ year }) => year),
    [2024, 2025, 2026],
  );
  const changed = { ...shipped[2], work: [] };
  const files = { "2027.json": NOTICE, "2026.json": changed, "notes.json": "{", "2028.json.bak": "{", "2025.ts": "{" };
  const years = loadHolidays(directory(t, files));
  assert.deepEqual(
    years.map(({ year }) => year),
    [2024, 2025, 2026, 2027],
  );
  const calendar = createWorkCalendar(years);
  assert.equal(calendar.isWorkingDay("2026-02-14"), false, "the replaced year's make-up days are gone");
  assert.equal(calendar.isWorkingDay("2027-02-14"), true);
  assert.equal(calendar.coveredUntil("2026-11-23"), "2027-12-31");
});

test("a file that is no notice is refused with its name, the field and what was expected", (t) => {
  const rows: [string, unknown, RegExp][] = [
    ["2027.json", "{", /2027\.json: is not JSON$/],
    ["2027.json", [], /2027\.json: the file: /],
    ["2028.json", NOTICE, /2028\.json: year: expected 2028, as the file is named$/],
    ["2027.json", { ...NOTICE, year: 1927 }, /2027\.json: year: /],
    ["2027.json", { ...NOTICE, weekend: [] }, /2027\.json: the file: .*weekend/],
    ["2027.json", { ...NOTICE, number: undefined }, /2027\.json: number: expected a text$/],
    ["2027.json", { ...NOTICE, source: "gov.cn" }, /2027\.json: source: expected an address/],
    ["2027.json", { ...NOTICE, off: [] }, /2027\.json: off: expected the year's holidays$/],
    ["2027.json", { ...NOTICE, work: undefined }, /2027\.json: work: expected a list of days$/],
    ["2027.json", { ...NOTICE, work: ["2027-02-30"] }, /2027\.json: work\.0: expected a day as YYYY-MM-DD$/],
    ["2027.json", { ...NOTICE, work: [20270214] }, /2027\.json: work\.0: expected a day as YYYY-MM-DD$/],
    ["2027.json", { ...NOTICE, work: ["2027-02-15"] }, /work\.0: expected a Saturday or Sunday, not 2027-02-15$/],
    ["2027.json", { ...NOTICE, work: ["2027-02-06"] }, /work\.0: expected no day of 春节, but 2027-02-06 is off$/],
    ["2027.json", { ...NOTICE, work: ["2026-11-29"] }, /work\.0: expected a day from 2026-12-01 to 2028-01-31, not /],
    [
      "2027.json",
      { ...NOTICE, off: [{ name: "元旦", from: "2027-01-03", to: "2027-01-01" }] },
      /off\.0\.to: expected a day/,
    ],
    [
      "2027.json",
      { ...NOTICE, work: [], off: [{ name: "元旦", from: "2027-01-01", to: "2028-02-01" }] },
      /off\.0\.to: expected a day/,
    ],
    [
      "2027.json",
      { ...NOTICE, off: [{ name: "元旦", from: "2026-11-30", to: "2027-01-01" }] },
      /off\.0\.from: expected a/,
    ],
  ];
  for (const [name, content, expected] of rows) {
    const path = directory(t, { [name]: content });
    assert.throws(
      () => loadHolidays(path),
      (error: Error) => {
        assert.match(error.message, expected);
        assert.ok(error.message.startsWith(join(path, name)), error.message);
        assert.equal(error.message.split("\n").length, 1, error.message);
        return true;
      },
    );
  }
  assert.throws(() => loadHolidays("/no/such/folder"), /^Error: \/no\/such\/folder: cannot be read \(ENOENT\)$/);
});

test("all faults of a notice are reported, and the edges of what is allowed pass", () => {
  const wrong = checkHolidayYear({ ...NOTICE, work: ["2027-02-15", "2027-02-06", "2027-02-14"] });
  assert.ok("faults" in wrong);
  assert.deepEqual(
    wrong.faults.map((fault) => fault.split(":")[0]),
    ["work.0", "work.1"],
  );
  const edges = { ...NOTICE, off: [{ name: "元旦", from: "2026-12-01", to: "2028-01-31" }], work: [] };
  assert.ok(!("faults" in checkHolidayYear(edges)));
});

test("the runbook's example is the notice that it says it is", () => {
  const runbook = readFileSync(resolve(import.meta.dirname, "../../docs/runbook.md"), "utf8");
  const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(runbook) ?? [];
  assert.deepEqual(
    checkHolidayYear(parse(example)),
    loadHolidays().find(({ year }) => year === 2025),
  );
});
