import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../src/store/database.ts";
import { saveRawAnswers } from "../../src/store/raw.ts";
import { assertSentence, commands, countyEnvironment, documentOf, emptyRegister } from "../support/cli.ts";
import { startCounty } from "../support/county.ts";
import { databaseText } from "../support/dump.ts";

interface Entry {
  id: number;
  at: string;
  account: string | null;
  api: string;
  fault: string;
  bytes: number;
}

const CANARY = "张三丰 oGZUI0egBJY1zhBYw2KhdUfwVJJE";

test("an answer that was not understood is listed and shown without personal data", async (t) => {
  const county = await startCounty(t, {
    accounts: 1,
    edit({ api, answer }) {
      if (api !== "getbizsummary") return;
      for (const row of answer.list ?? []) {
        Object.assign(row, { ref_date: row.ref_date.replaceAll("-", "/"), commenter: { [CANARY]: CANARY } });
      }
    },
  });
  const run = commands(t, await countyEnvironment(county));
  const [code = ""] = county.codes;
  const report = (await county.collect()).get(code);
  assert.equal(report?.error?.code, "unexpected_shape");

  const { answers } = documentOf<{ answers: Entry[] }>(await run(["raw", "list", "--json"]));
  assert.ok(answers.length > 0 && answers.length <= 3);
  const [entry] = answers;
  assert.ok(entry);
  assert.deepEqual([entry.account, entry.api], [code, "getbizsummary"]);
  assert.match(entry.fault, /^getbizsummary: .*list\[0\]\.ref_date is not a day/);
  assert.ok(entry.bytes > 1_000);
  const at = new Date(entry.at).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
  const listed = (await run(["raw", "list"])).stdout.split("\n")[0];
  assert.equal(listed, [entry.id, at, code, "getbizsummary", entry.fault, entry.bytes].join("\t"));

  const shown = await run(["raw", "show", String(entry.id)]);
  assert.match(shown.stdout, /"ref_date": "9999\/99\/99"/);
  assert.match(shown.stdout, /"send_page_count": \d+/);
  assert.match(shown.stdout, /"\(32\)": "\(32 characters\)"/);
  const { answer } = documentOf<{ answer: Entry & { body: string } }>(
    await run(["raw", "show", String(entry.id), "--json"]),
  );
  assert.equal(`${answer.body}\n`, shown.stdout);
  assert.doesNotMatch(await databaseText(county.url), /张三丰|oGZUI/);
});

test("an id that is not there is one sentence, and what is no id is wrong usage", async (t) => {
  const run = commands(t, await emptyRegister(t));
  assertSentence(await run(["raw", "show", "7"]), /no raw answer 7/);
  assertSentence(await run(["raw", "show", "7", "--json"]), /no raw answer 7/);
  assertSentence(await run(["raw", "show", "x"]), /expected a number/, 2);
  assert.deepEqual(documentOf(await run(["raw", "list", "--json"])), { answers: [] });
});

test("a flood of answers is bounded for each API, and goes on the next day", async (t) => {
  const { DATABASE_URL: url } = await emptyRegister(t);
  const db = openDatabase(url);
  t.after(() => db.destroy());
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  const base = { platform: "wechat", rule_set: "national-2019", lifecycle: "running", created_at: new Date() } as const;
  const { id: accountId } = await db
    .insertInto("account")
    .values({ ...base, code: "a", name: "a", department_code: "d", app_id: "wx" })
    .returning("id")
    .executeTakeFirstOrThrow();
  const at = new Date("2026-11-20T03:00:00Z");
  const save = (api: string, when: Date, count: number) => {
    const answer = { api, fault: "fault", bytes: 1, body: "{}" };
    return saveRawAnswers(
      db,
      { accountId, platform: "wechat", at: when },
      Array.from({ length: count }, () => answer),
    );
  };
  const kept = async () => {
    const rows = await db
      .selectFrom("raw_answer")
      .select(["api", (eb) => eb.fn.countAll().as("n")])
      .groupBy("api")
      .execute();
    return Object.fromEntries(rows.map((row) => [row.api, Number(row.n)]));
  };
  await save("getbizsummary", at, 130);
  await save("getusersummary", at, 2);
  assert.deepEqual(await kept(), { getbizsummary: 100, getusersummary: 2 });
  await save("getbizsummary", new Date(at.getTime() + 86_400_000), 3);
  assert.deepEqual(await kept(), { getbizsummary: 103, getusersummary: 2 });
});
