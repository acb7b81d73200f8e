import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readRegisterFile } from "../../src/cli/registerFile.ts";
import { assertSentence, documentOf } from "../support/cli.ts";
import { HEADER, type ImportReport, openRegister } from "../support/register.ts";

/** As Excel on a Chinese Windows saves it. */
function gb18030(text: string): Uint8Array {
  const decoder = new TextDecoder("gb18030");
  const bytesOf = new Map<string, number[]>();
  for (let lead = 0xb0; lead <= 0xf7; lead++) {
    for (let trail = 0xa1; trail <= 0xfe; trail++) {
      bytesOf.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
    }
  }
  return Uint8Array.from([...text].flatMap((sign) => bytesOf.get(sign) ?? [sign.charCodeAt(0)]));
}

test("every faulty row is reported with its line and column, and none is imported", async (t) => {
  const { importFile, accounts, db } = await openRegister(t);
  assert.equal((await importFile("first.csv", `${HEADER}\noffice,办公室,first,甲,wx0001\n`)).code, 0);
  const columns = "department_code,account_code,account_name,app_id,kind,lifecycle,rule_set,opened_on,contact_target";
  const done = await importFile(
    "faulty.csv",
    [
      columns,
      "office,good,好,wx0100,,,,,",
      "office,Bad Code,乙,wx0101,,,,,",
      ",no-department,丙,wx0102,,,,,",
      "office,no-app,丁,,,,,,",
      "office,twice,戊,wx0103,,,,,",
      "office,twice,己,wx0104,,,,,",
      "office,same-app,庚,wx0103,,,,,",
      "office,taken-app,辛,wx0001,,,,,",
      "office,kind,壬,wx0105,newspaper,,,,",
      "office,lifecycle,癸,wx0106,,asleep,,,",
      "office,rules,子,wx0107,,,no-such-rules,,",
      "office,date,丑,wx0108,,,,2026-02-30,",
      "",
      "office,target,寅,wx0109,,,,,https://example.invalid/robot?key=s3cret",
      "office,three,卯,wx01 10,fax,,,yesterday,",
      ",,,,,,,,",
      'office,"new\nline",辰,wx0111,,,,,',
      "office,too-long,巳,wx0112,,,,,,extra",
    ].join("\n"),
  );
  assert.equal(done.code, 1);
  const report = documentOf<ImportReport>(done);
  const found = report.faults.map(({ line, column }) => `${line} ${column}`).sort();
  assert.deepEqual(
    found,
    [
      ...["3 account_code", "4 department_code", "5 app_id", "7 account_code", "8 app_id", "9 app_id", "10 kind"],
      ...["11 lifecycle", "12 rule_set", "13 opened_on", "15 contact_target"],
      ...["16 app_id", "16 kind", "16 opened_on", "18 account_code", "20 column 10"],
    ].sort(),
  );
  const messageAt = (line: number) => report.faults.find((fault) => fault.line === line)?.message ?? "";
  assert.match(messageAt(7), /line 6/);
  assert.match(messageAt(9), /first/);
  assert.match(messageAt(12), /national-2019/);
  for (const line of [3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 20]) {
    assert.match(done.stderr, new RegExp(`faulty\\.csv: line ${line}: `));
  }
  assert.doesNotMatch(done.stderr + done.stdout, /s3cret/, "a value may be a secret in the wrong column");
  assert.deepEqual(
    (await accounts()).map((account) => account.code),
    ["first"],
  );
  assert.equal((await db.selectFrom("department").selectAll().execute()).length, 1);
});

test("files that hold no register are refused with one sentence", async (t) => {
  const { run, write, accounts } = await openRegister(t);
  const directory = join(write("x.csv", ""), "..");
  const cases: [string, RegExp][] = [
    [write("empty.csv", ""), /empty\.csv: .*no account/],
    [write("header.csv", `${HEADER}\r\n`), /header\.csv: .*no account/],
    [write("open-quote.csv", `${HEADER}\noffice,"办公室,a,甲,wx1\n`), /open-quote\.csv: line \d+: not a CSV row/],
    [write("book.xlsx", Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 10, 13, 44)), /book\.xlsx: .*CSV/],
    [write("list.yaml", "- a\n- b\n"), /list\.yaml: expected/],
    [write("twice.csv", `${HEADER},App_Id\n`), /twice\.csv: line 1: the column app_id stands there twice/],
    [write("text.yaml", "accounts:\n  - a\n"), /text\.yaml: line 2: expected accounts with/],
    [write("broken.yaml", "accounts: [\n"), /broken\.yaml: line \d+: not YAML/],
    [join(directory, "absent.csv"), /absent\.csv: cannot be read \(ENOENT\)/],
    [directory, /cannot be read \(EISDIR\)/],
  ];
  for (const [file, expected] of cases) {
    assert.throws(() => readRegisterFile(file), { name: "UserError", message: expected });
  }
  const [[empty, expected] = ["", /./]] = cases;
  assertSentence(await run(["account", "import", empty]), expected);
  assert.equal((await accounts()).length, 0);
});

test("registers are read as spreadsheets save them: BOM, GB 18030, CRLF, quoted commas, absent columns", async (t) => {
  const { importFile, accounts, db } = await openRegister(t);
  const bom = await importFile(
    "bom.csv",
    `\ufeff${HEADER}\r\noffice,"云溪县政府, 办公室",lead,"云溪""发布"", 头条",wx1\r\n\r\n`,
  );
  assert.equal(documentOf<ImportReport>(bom).created, 1, bom.stderr);
  const excel = gb18030(`${HEADER},colour\r\noffice,,water,云溪水务,wx2,\r\nhealth,卫生健康局,clinic,卫生院,wx3,\r\n`);
  assert.equal(documentOf<ImportReport>(await importFile("excel.csv", excel)).created, 2);
  const minimal = await importFile(
    "minimal.csv",
    "app_id, Account_Name ,account_code,department_code\nwx4,税务,tax,tax",
  );
  assert.equal(documentOf<ImportReport>(minimal).created, 1, minimal.stderr);

  const rows = await accounts();
  assert.deepEqual(
    rows.map((row) => [row.code, row.name, row.lifecycle, row.platform, row.rule_set]),
    [
      ["clinic", "卫生院", "running", "wechat", "national-2019"],
      ["lead", '云溪"发布", 头条', "running", "wechat", "national-2019"],
      ["tax", "税务", "running", "wechat", "national-2019"],
      ["water", "云溪水务", "running", "wechat", "national-2019"],
    ],
  );
  const departments = await db.selectFrom("department").selectAll().orderBy("code").execute();
  assert.deepEqual(departments, [
    { code: "health", name: "卫生健康局" },
    { code: "office", name: "云溪县政府, 办公室" },
    { code: "tax", name: "tax" },
  ]);

  const unknown = await importFile("unknown.csv", `${HEADER},app_secrt\noffice,,new,新,wx5,abc\n`);
  assert.equal(unknown.code, 1);
  assert.deepEqual(
    documentOf<ImportReport>(unknown).faults.map((fault) => fault.column),
    ["app_secrt"],
  );
});

test("an AppID that moves within one file is refused, and nothing is imported", async (t) => {
  const { importFile, accounts } = await openRegister(t);
  const rows = (first: string, second: string) => `${HEADER}\no,O,a,甲,${first}\no,O,b,乙,${second}\n`;
  assert.equal((await importFile("first.csv", rows("wx1", "wx2"))).code, 0);
  assertSentence(await importFile("moved.csv", rows("wx2", "wx3")), /app_id: .*next import/);
  assert.deepEqual(
    (await accounts()).map((account) => account.app_id),
    ["wx1", "wx2"],
  );
});

test("a dry run reports what would happen and writes nothing", async (t) => {
  const { importFile, accounts, db } = await openRegister(t);
  const done = await importFile("register.csv", `${HEADER},app_secret\noffice,办公室,a,甲,wx1,s1\n`, "--dry-run");
  assert.deepEqual(documentOf<ImportReport>(done), { dryRun: true, created: 1, updated: 0, unchanged: 0, faults: [] });
  assert.equal(done.code, 0);
  assert.equal((await accounts()).length, 0);
  for (const table of ["department", "credential", "audit"] as const) {
    assert.equal((await db.selectFrom(table).selectAll().execute()).length, 0, table);
  }
});

test("YAML registers may nest accounts under departments or list them flat", async (t) => {
  const { importFile, accounts, db } = await openRegister(t);
  const nested = `departments:
  - code: office
    name: 办公室
    accounts:
      - code: lead
        name: 发布
        app_id: wx1
        app_secret: 00123456789012345678901234567890
        opened_on: 2026-01-31
  - {code: water, name: 水务局}
accounts:
  - {account_code: flat, account_name: 水务, department_code: water, app_id: wx2}
`;
  const done = await importFile("register.yaml", nested);
  assert.equal(documentOf<ImportReport>(done).created, 2, done.stderr);
  assert.deepEqual(
    (await accounts()).map((row) => [row.code, row.department_code, row.opened_on]),
    [
      ["flat", "water", null],
      ["lead", "office", "2026-01-31"],
    ],
  );
  assert.equal((await db.selectFrom("credential").selectAll().execute()).length, 1);
  const faulty = await importFile("faulty.yml", "accounts:\n  - code: lead\n    app_id: wx1\n\n  - code: UPPER\n");
  assert.equal(faulty.code, 1);
  const lines = new Set(documentOf<ImportReport>(faulty).faults.map((fault) => fault.line));
  assert.deepEqual([...lines], [2, 5]);
});
