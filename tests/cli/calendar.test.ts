import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import { openDatabase } from "../../src/store/database.ts";
import { readWorkCalendar } from "../../src/store/holidays.ts";
import { assertSentence, commands, documentOf, emptyRegister } from "../support/cli.ts";

interface Listed {
  years: { year: number; number: string; source: string; origin: string }[];
  coveredUntil: string;
}

const notice = (year: number, change: object = {}) => ({
  year,
  title: `国务院办公厅关于${year}年部分节假日安排的通知`,
  number: `国办发明电〔${year - 1}〕1号`,
  source: `https://www.gov.cn/zhengce/content/${year - 1}11/content_1.htm`,
  off: [{ name: "元旦", from: `${year}-01-01`, to: `${year}-01-03` }],
  work: [],
  ...change,
});

test("an imported year is listed, holds over files, is audited, and open processes see it at once", async (t) => {
  const env = await emptyRegister(t);
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-calendar-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const own = join(directory, "own");
  mkdirSync(own);
  write("own/2025.json", JSON.stringify(notice(2025)));
  const run = commands(t, { ...env, CALENDAR_DIR: own });
  const db = openDatabase(env.DATABASE_URL, { max: 2 });
  t.after(() => db.destroy());
  const files = loadHolidays(own);
  const origins = async () => {
    const { years, coveredUntil } = documentOf<Listed>(await run(["calendar", "list", "--json"]));
    return [...years.map(({ year, number, origin }) => `${year} ${number} ${origin}`), coveredUntil];
  };

  const shipped2024 = "2024 国办发明电〔2023〕7号 shipped";
  const own2025 = "2025 国办发明电〔2024〕1号 CALENDAR_DIR";
  assert.deepEqual(await origins(), [shipped2024, own2025, "2026 国办发明电〔2025〕7号 shipped", "2026-12-31"]);
  const before = await readWorkCalendar(db, files);
  assert.equal(before.isWorkingDay("2027-01-04"), null);

  const first = write("next.yaml", stringify(notice(2027)));
  const done = await run(["calendar", "import", first, "--json"]);
  assert.deepEqual(documentOf(done), {
    year: 2027,
    number: "国办发明电〔2026〕1号",
    replaces: null,
    coveredUntil: "2027-12-31",
  });
  const after = await readWorkCalendar(db, files);
  assert.equal(after.isWorkingDay("2027-01-04"), true);
  assert.equal(after.coveredUntil("2026-11-23"), "2027-12-31");
  assert.notEqual(after.id, before.id);

  const second = write("again.json", JSON.stringify(notice(2027, { number: "更正", work: ["2027-01-09"] })));
  const again = await run(["calendar", "import", second]);
  assert.equal(
    again.stdout,
    "2027 is imported (更正); the calendar reaches until 2027-12-31\n" +
      "it replaces the year as it was known (国办发明电〔2026〕1号, imported)\n",
    again.stderr,
  );
  assert.equal((await readWorkCalendar(db, files)).isWorkingDay("2027-01-09"), true);
  const shipped = await run(["calendar", "import", write("2026.json", JSON.stringify(notice(2026)))]);
  assert.match(shipped.stdout, /replaces the year as it was known \(国办发明电〔2025〕7号, shipped\)/);
  assert.equal((await readWorkCalendar(db, files)).isWorkingDay("2026-02-14"), false);
  assert.deepEqual(await origins(), [
    shipped2024,
    own2025,
    "2026 国办发明电〔2025〕1号 imported",
    "2027 更正 imported",
    "2027-12-31",
  ]);
  const gap = await run(["calendar", "import", write("2099.json", JSON.stringify(notice(2099)))]);
  assert.match(gap.stdout, /reaches until 2027-12-31\nthe days after 2027-12-31 are not known yet/);
  const past = await run(["calendar", "import", write("2022.json", JSON.stringify(notice(2022)))]);
  assert.equal(past.stdout, "2022 is imported (国办发明电〔2021〕1号); the calendar reaches until 2027-12-31\n");

  const audit = await db.selectFrom("audit").select(["action", "subject", "detail"]).orderBy("id").execute();
  assert.deepEqual(audit.slice(0, 2), [
    {
      action: "calendar import",
      subject: "calendar 2027",
      detail: { number: "国办发明电〔2026〕1号", replaces: null },
    },
    {
      action: "calendar import",
      subject: "calendar 2027",
      detail: { number: "更正", replaces: { number: "国办发明电〔2026〕1号", origin: "imported" } },
    },
  ]);
  assert.equal(audit.length, 5);
  const listed = (await run(["calendar", "list"])).stdout.split("\n");
  assert.equal(listed[2], `2025\t国办发明电〔2024〕1号\t${notice(2025).source}\tCALENDAR_DIR`);
  assert.equal(listed.at(-2), "the calendar reaches until 2027-12-31");
});

test("a file that is no notice changes nothing and is one sentence for each fault", async (t) => {
  const env = await emptyRegister(t);
  const run = commands(t, env);
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-calendar-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const attempt = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return run(["calendar", "import", join(directory, name), "--json"]);
  };
  assertSentence(await attempt("a.json", "year: 2027"), /a\.json: is neither JSON nor, by its name, YAML/);
  assertSentence(await attempt("a.yaml", "year: ["), /a\.yaml: is neither JSON nor, by its name, YAML/);
  assertSentence(
    await attempt("b.yaml", stringify(notice(2027, { work: ["2027-01-04"] }))),
    /b\.yaml: work\.0: expected a Saturday or Sunday, not 2027-01-04/,
  );
  const two = await attempt("c.json", JSON.stringify(notice(2027, { work: ["2027-01-04", "2027-01-02"] })));
  assert.match(two.stderr, /c\.json: work\.0: .*\n.*c\.json: work\.1: expected no day of 元旦/);
  assertSentence(
    await run(["calendar", "import", join(directory, "none.json")]),
    /none\.json: cannot be read \(ENOENT\)/,
  );
  assertSentence(await run(["calendar", "import"]), /missing required argument/, 2);
  const db = openDatabase(env.DATABASE_URL, { max: 1 });
  t.after(() => db.destroy());
  assert.deepEqual(await db.selectFrom("holiday_year").selectAll().execute(), []);
  assert.deepEqual(await db.selectFrom("audit").selectAll().execute(), []);
});

test("a faulty file of CALENDAR_DIR is named", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-calendar-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "2027.json"), JSON.stringify(notice(2028)));
  const run = commands(t, { ...(await emptyRegister(t)), CALENDAR_DIR: directory });
  assertSentence(await run(["calendar", "list"]), /2027\.json: year: expected 2027, as the file is named/);
});
