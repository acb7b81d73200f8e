import assert from "node:assert/strict";
import { test } from "node:test";
import { startExposition } from "../../src/metrics/exposition.ts";
import { readStatus } from "../../src/store/statusPage.ts";
import { statusPage } from "../../src/web/page.ts";
import { assertSentence, commands, countyEnvironment, documentOf } from "../support/cli.ts";
import { startCounty } from "../support/county.ts";
import { HEADER, type ImportReport, openRegister, writer } from "../support/register.ts";

test("importing again updates by code, keeps what is not given, and a new AppID keeps the history", async (t) => {
  const county = await startCounty(t, { accounts: 3 });
  const env = await countyEnvironment(county);
  const run = commands(t, env);
  const write = writer(t);
  await county.collect();
  const [first = "", second = "", third = ""] = [...county.codes].sort();
  const { db } = county;
  const state = async (code: string) => {
    const account = await db.selectFrom("account").selectAll().where("code", "=", code).executeTakeFirstOrThrow();
    const { id } = account;
    const [secret, visit, days] = await Promise.all([
      db.selectFrom("credential").select("app_secret").where("account_id", "=", id).executeTakeFirst(),
      db
        .selectFrom("visit")
        .selectAll()
        .where("account_id", "=", id)
        .where("collector", "=", "statistics")
        .executeTakeFirstOrThrow(),
      db.selectFrom("account_day").selectAll().where("account_id", "=", id).orderBy("stat_date").execute(),
    ]);
    return { account, secret: secret?.app_secret, days, due: visit.next_due_at <= new Date() };
  };
  const before = { first: await state(first), second: await state(second), third: await state(third) };
  assert.ok(before.second.days.length > 5);
  assert.equal(before.second.due, false);

  const department = before.first.account.department_code;
  const file = write(
    "again.csv",
    `${HEADER},app_secret\n${department},,${first},新名字,${before.first.account.app_id},\n` +
      `${before.second.account.department_code},,${second},${before.second.account.name},wxnewnewnew,\n`,
  );
  const done = await run(["account", "import", file, "--json"]);
  assert.deepEqual(documentOf<ImportReport>(done), { dryRun: false, created: 0, updated: 2, unchanged: 0, faults: [] });
  const after = { first: await state(first), second: await state(second), third: await state(third) };
  assert.deepEqual(after.third, before.third, "an absent row stays");
  assert.deepEqual(after.first, {
    ...before.first,
    account: { ...before.first.account, name: "新名字" },
  });
  assert.equal(after.second.account.app_id, "wxnewnewnew");
  assert.equal(after.second.due, true);
  assert.deepEqual(after.second.days, before.second.days);
  assert.equal(after.second.secret, before.second.secret, "an empty secret keeps the stored one");
  const tokens = await db.selectFrom("token").select("app_id").execute();
  assert.ok(!tokens.some((row) => row.app_id === before.second.account.app_id), "the old AppID's token is void");

  const again = await run(["account", "import", file, "--json"]);
  assert.equal(documentOf<ImportReport>(again).unchanged, 2);
});

test("account set changes single fields, takes a secret from stdin only, and close ends the account", async (t) => {
  const county = await startCounty(t, { accounts: 3 });
  const run = commands(t, await countyEnvironment(county));
  const [code = "", other = ""] = county.codes;

  const set = await run(["account", "set", code, "name=改名", "opened_on=2026-01-02", "app_secret=-", "--json"], {
    stdin: "new-canary-secret\n",
  });
  assert.equal(set.code, 0, set.stderr);
  assert.doesNotMatch(set.stdout + set.stderr, /canary/);
  const listed = documentOf<{ accounts: Record<string, unknown>[] }>(await run(["account", "list", "--json"]));
  const row = listed.accounts.find((account) => account.code === code);
  assert.deepEqual([row?.name, row?.openedOn], ["改名", "2026-01-02"]);
  assert.equal(listed.accounts.length, 3);
  const failed = await run(["collect", "--account", code, "--json"]);
  assert.equal(failed.code, 1);
  assert.equal(documentOf<{ visits: { code: string }[] }>(failed).visits[0]?.code, "40125", "the new secret is in use");

  const inArguments = await run(["account", "set", code, "app_secret=abc123"]);
  assertSentence(inArguments, /stdin/, 2);
  assert.doesNotMatch(inArguments.stderr, /abc123/);
  const taken = await county.db.selectFrom("account").select("app_id").where("code", "=", other).executeTakeFirst();
  const refused: [string[], RegExp, number][] = [
    [[code, "colour=red"], /colour/, 2],
    [[code, "kind=newspaper"], /kind: expected one of/, 2],
    [[code, "original_id=nonsense"], /original_id: expected an original ID/, 2],
    [["absent", "name=a"], /no account absent/, 1],
    [[code, "department_code=absent"], /no department absent/, 1],
    [[code, `app_id=${taken?.app_id}`], /app_id: belongs to another/, 1],
  ];
  await Promise.all(
    refused.map(async ([args, expected, exitCode]) =>
      assertSentence(await run(["account", "set", ...args]), expected, exitCode),
    ),
  );

  assert.equal((await run(["account", "close", other])).code, 0);
  const exposition = startExposition({ db: county.db, log: county.context.log, now: () => new Date() });
  t.after(() => exposition.close());
  await exposition.refresh();
  const page = Buffer.concat([...exposition.page().text]).toString("utf8");
  assert.doesNotMatch(page, new RegExp(`account="${other}"`));
  assert.equal(page.match(/^govmatrix_account_info\{/gm)?.length, 2);
  await county.db
    .updateTable("visit")
    .set({ next_due_at: new Date(0) })
    .execute();
  const { visits } = documentOf<{ visits: { account: string }[] }>(await run(["collect", "--json"]));
  const visited = new Set(visits.map((visit) => visit.account).filter((account) => account !== null));
  assert.deepEqual([...visited].sort(), county.codes.filter((name) => name !== other).sort());
  assertSentence(await run(["collect", "--account", other]), /closed/);
  const audit = await county.db.selectFrom("audit").select(["action", "subject", "actor"]).execute();
  assert.ok(audit.some((entry) => entry.action === "account close" && entry.subject === `account ${other}`));
  assert.ok(audit.every((entry) => entry.actor !== ""));
});

test("departments can be named and merged; their history follows the accounts", async (t) => {
  const county = await startCounty(t, { accounts: 3 });
  const run = commands(t, await countyEnvironment(county));
  await county.collect();
  const account = await county.db.selectFrom("account").selectAll().orderBy("code").executeTakeFirstOrThrow();
  const sums = async (department: string) => {
    const day = await county.db
      .selectFrom("v_department_day" as never)
      .selectAll()
      .where("department" as never, "=", department as never)
      .execute();
    return (day as { readers: number }[]).reduce((sum, row) => sum + row.readers, 0);
  };
  const before = await sums(account.department_code);
  assert.ok(before > 0);
  assert.equal((await run(["department", "set", "merged", "name=合并后的单位"])).code, 0);
  const merged = await run(["department", "merge", account.department_code, "merged", "--json"]);
  assert.equal(documentOf<{ accounts: number }>(merged).accounts >= 1, true);
  assert.equal(await sums("merged"), before);
  assert.equal(await sums(account.department_code), 0);
  const { departments } = documentOf<{ departments: { code: string; name: string; accounts: number }[] }>(
    await run(["department", "list", "--json"]),
  );
  assert.ok(!departments.some((row) => row.code === account.department_code));
  assert.deepEqual(
    departments.find((row) => row.code === "merged"),
    { code: "merged", name: "合并后的单位", accounts: documentOf<{ accounts: number }>(merged).accounts },
  );
  const audit = await county.db.selectFrom("audit").selectAll().where("action", "=", "department merge").execute();
  assert.equal(audit[0]?.detail?.into, "merged");
  assertSentence(await run(["department", "merge", "absent", "merged"]), /no department absent/);
  assertSentence(await run(["department", "set", "merged", "title=x"]), /expected name=/, 2);
});

test("poisoned names pass unharmed through the register, /metrics and the status page", async (t) => {
  const { importFile, run, db } = await openRegister(t);
  const names = [
    'quote " and \\ back',
    "<script>alert(1)</script>",
    "😀 旗 👨‍👩‍👧 \u202e",
    "'; drop table account; --",
    `{"json": [1]},=SUM(A1)`,
    "长".repeat(65_536),
  ];
  const rows = names.map((name, index) => `office,办公室,n${index},"${name.replaceAll('"', '""')}",wx${index}`);
  const done = await importFile("names.csv", `${HEADER}\n${rows.join("\n")}\n`);
  assert.equal(documentOf<ImportReport>(done).created, names.length, done.stderr);
  const { accounts } = documentOf<{ accounts: { name: string }[] }>(await run(["account", "list", "--json"]));
  assert.deepEqual(
    accounts.map((account) => account.name),
    names,
  );
  const html = statusPage(await readStatus(db), new Date(), { webhook: false, routes: false });
  assert.ok(!html.includes("<script>alert"));
  assert.ok(html.includes("&lt;script&gt;alert(1)&lt;/script&gt;"));
  const exposition = startExposition({ db, log: { warn() {}, error() {} } as never, now: () => new Date() });
  t.after(() => exposition.close());
  await exposition.refresh();
  const infos = Buffer.concat([...exposition.page().text])
    .toString("utf8")
    .split("\n")
    .filter((line) => line.startsWith("govmatrix_account_info{"));
  const exposed = infos.map((line) => {
    const label = /[{,]name="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? "";
    return label.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
  });
  assert.deepEqual(exposed, names);
});
