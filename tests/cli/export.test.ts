import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { exportView } from "../../src/store/export.ts";
import { commandsOn, query, smallDatabase, temporaryDirectory } from "../support/backups.ts";
import { assertSentence, documentOf, startCommand } from "../support/cli.ts";

const TITLES = ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "＝1", "－1", "正文=1", 'a,"b"\nc', "🏮", ""];

test("a view is exported as spreadsheets read it, with no text that they would run", async (t) => {
  const url = await smallDatabase(t);
  for (const [index, title] of [...TITLES, null].entries()) {
    const literal = title === null ? "null" : `e'${title.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}'`;
    await query(
      url,
      `insert into article (account_id, msgid, publish_date, title, first_seen_at)
       values (1, '${100 - index}_1', '2026-11-02', ${literal}, '2026-11-02 00:30:00+00')`,
    );
  }
  await query(
    url,
    "insert into account_day (account_id, stat_date, readers, first_seen_at) values (1, '2026-11-02', -5, now())",
  );
  const file = join(temporaryDirectory(t), "v_article.csv");
  const run = commandsOn(t, url);
  const done = await run(["export", "v_article", "--csv", file, "--json"]);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(documentOf(done), { view: "v_article", file, rows: TITLES.length + 1 });
  assert.equal(statSync(file).mode & 0o777, 0o600);

  const csv = readFileSync(file, "utf8");
  assert.equal(csv.charCodeAt(0), 0xfeff);
  const rows = parse(csv, { bom: true, columns: true }) as Record<string, string>[];
  const keys = rows.map((row) => row.article ?? "");
  assert.deepEqual(keys, keys.toSorted());
  const expected = [...TITLES.map((title) => (/^[=+\-@\t＝－]/.test(title) ? `'${title}` : title)), ""];
  assert.deepEqual(rows.map((row) => row.title ?? "").sort(), expected.sort());
  assert.equal(rows[0]?.first_seen_at, "2026-11-02 08:30:00+08");

  const day = await run(["export", "v_account_day", "--csv", "-"]);
  assert.equal(day.code, 0, day.stderr);
  const [row] = parse(day.stdout, { bom: true, columns: true }) as Record<string, string>[];
  assert.equal(row?.readers, "-5", "figures stay figures");
  assert.equal(row?.followers, "", "unknown stays empty");
});

test("every view that the reader may read can be exported, and no other", async (t) => {
  const url = await smallDatabase(t);
  await query(url, "create view v_own as select * from credential", "create view own as select 1 as a, 2 as b, 3 as c");
  const granted =
    "select table_name as name from information_schema.role_table_grants where grantee = 'govmatrix_reader'";
  const views = (await query(url, `${granted} order by 1`)).map(({ name }) => String(name));
  assert.ok(views.length > 5);
  const header = async (view: string): Promise<string> => {
    const output = new PassThrough();
    const [first] = await Promise.all([buffer(output), exportView(url, view, output, new AbortController().signal)]);
    return first.toString().split("\n")[0] ?? "";
  };
  for (const view of views) assert.match(await header(view), /^\uFEFF\w+(,\w+)*\r?$/, view);
  const expected = `expected one of ${views.join(", ")}`;
  for (const view of ["v_own", "own", "account", "v_account; drop view v_account"]) {
    await assert.rejects(header(view), { name: "UserError", message: `no view ${view}: ${expected}` });
  }
});

test("an export that cannot be made says why, and leaves no file", async (t) => {
  const url = await smallDatabase(t);
  const directory = temporaryDirectory(t);
  const run = commandsOn(t, url);
  assertSentence(await run(["export", "v_account", "--csv", join(directory, "no/x")]), /cannot be written \(ENOENT\)/);
  assertSentence(await run(["export", "v_none", "--csv", join(directory, "x")]), /no view v_none/);
  assertSentence(await run(["export", "v_account", "--csv", "-", "--json"]), /both want stdout/, 2);
  assertSentence(await run(["export", "v_account"]), /required option '--csv <file>' not specified/, 2);
  assert.deepEqual(readdirSync(directory), []);
  const away = commandsOn(t, "postgres://nobody@127.0.0.1:1/none");
  assertSentence(await away(["export", "v_account", "--csv", "-"]), /Postgres cannot be used \(ECONNREFUSED\)/);
});

test("who stops reading an export ends it without a fault", async (t) => {
  const url = await smallDatabase(t);
  await query(
    url,
    `insert into article (account_id, msgid, publish_date, title, first_seen_at)
     select 1, n, '2026-11-02', repeat('云', 100), now() from generate_series(1, 20000) n`,
  );
  const exporting = startCommand(t, ["export", "v_article", "--csv", "-"], { env: { DATABASE_URL: url } });
  await exporting.output(/v?account,department/);
  exporting.child.stdout?.destroy();
  assert.deepEqual([(await exporting.exit).code, exporting.stderr()], [0, ""]);
});
