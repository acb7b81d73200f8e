import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { openDatabase } from "../../src/store/database.ts";
import { addAccount } from "../metrics/county.ts";
import { assertSentence, commands, documentOf, emptyRegister } from "../support/cli.ts";

const HOUR_MS = 3_600_000;

interface Listed {
  cases: { id: number; account: string; channel: string; receivedAt: string; state: string; dueAt: string | null }[];
}

/** A case of each state: open, overdue, answered and vanished, and a message that is no question and past its time. */
async function start(t: TestContext) {
  const env = await emptyRegister(t);
  const db = openDatabase(env.DATABASE_URL, { max: 2 });
  t.after(() => db.destroy());
  await db.insertInto("department").values({ code: "rsj", name: "云溪县人力资源和社会保障局" }).execute();
  const rsj = await addAccount(db, { code: "rsj", name: "云溪人社", department: "rsj" });
  const jiuye = await addAccount(db, { code: "jiuye", name: "云溪就业", department: "rsj" });
  const measurable = { channel: "comment" as const, state: "measurable" as const };
  await db
    .insertInto("reply_channel")
    .values({ account_id: rsj, ...measurable })
    .execute();
  const past = new Date(Date.now() - HOUR_MS);
  const future = new Date(Date.now() + HOUR_MS);
  const comment = (hour: number) => ({
    account_id: rsj,
    channel: "comment" as const,
    received_at: new Date(Date.UTC(2026, 1, 13, 9 + hour, 30)),
    msgid: "2247483650_1",
    comment_id: String(hour),
    length: 12,
    question: true,
    first_reply_at: null,
    first_seen_at: past,
  });
  const rows = await db
    .insertInto("reply_case")
    .values([
      { ...comment(0), due_at: past },
      { ...comment(1), due_at: future },
      { ...comment(2), due_at: past, first_reply_at: new Date("2026-02-14T01:00:00Z") },
      { ...comment(3), due_at: past, vanished_at: past },
      {
        ...{ ...comment(4), account_id: jiuye, channel: "message", question: false, due_at: past },
        ...{ msgid: null, comment_id: null, person: "00112233445566778899aabbccddeeff" },
      },
    ])
    .returning("id")
    .execute();
  return { db, run: commands(t, env), ids: rows.map(({ id }) => id) };
}

test("cases are listed with their times in Beijing and their state, by account and by state", async (t) => {
  const { run, ids } = await start(t);
  const all = documentOf<Listed>(await run(["case", "list", "--json"]));
  assert.deepEqual(
    all.cases.map(({ id, state }) => [id, state]),
    ids.map((id, index) => [id, ["overdue", "open", "answered", "excluded", "open"][index]]),
  );
  const first = all.cases[0];
  assert.deepEqual([first?.account, first?.channel, first?.receivedAt], ["rsj", "comment", "2026-02-13T09:30:00.000Z"]);
  const one = await run(["case", "list", "--account", "jiuye"]);
  assert.match(one.stdout, new RegExp(`^${ids[4]}\tjiuye\tmessage\t-\t2026-02-13 21:30\t-\t[-0-9: ]{16}\topen\n$`));
  const overdue = await run(["case", "list", "--state", "overdue", "--account", "rsj"]);
  assert.match(
    overdue.stdout,
    /^\d+\trsj\tcomment\t2247483650_1\t2026-02-13 17:30\tquestion\t[-0-9: ]{16}\toverdue\n$/,
  );
  assert.equal((await run(["case", "list", "--state", "answered", "--account", "jiuye"])).stdout, "");
  assert.match((await run(["case", "list", "--state", "excluded"])).stdout, /\texcluded \(vanished\)\n$/);
  assertSentence(await run(["case", "list", "--account", "nobody"]), /no account nobody/);
  assert.equal((await run(["case", "list", "--state", "late"])).code, 2);
});

test("spam is excluded for a reason and taken back, each once in the audit and as often as one says it", async (t) => {
  const { db, run, ids } = await start(t);
  const [id] = ids;
  const stateOf = async () =>
    (
      await sql<{ state: string; reason: string | null }>`
        select state, excluded_reason as reason from v_reply_case where id = ${id}`.execute(db)
    ).rows[0];
  const since = async () =>
    await db
      .selectFrom("reply_case")
      .select("excluded_at")
      .where("id", "=", id ?? 0)
      .executeTakeFirst();

  const done = documentOf<object>(await run(["case", "exclude", `${id}`, "--reason", " 广告 ", "--json"]));
  assert.deepEqual(done, { case: id, account: "rsj", excluded: true, reason: "广告" });
  assert.deepEqual(await stateOf(), { state: "excluded", reason: "广告" });
  const at = await since();
  assert.equal((await run(["case", "exclude", `${id}`, "--reason", "广告"])).code, 0);
  assert.equal((await run(["case", "exclude", `${id}`, "--reason", "辱骂"])).code, 0);
  assert.deepEqual(await stateOf(), { state: "excluded", reason: "辱骂" });
  assert.deepEqual(await since(), at);
  assert.equal((await run(["case", "include", `${id}`])).stdout, `case ${id} of rsj counts\n`);
  assert.equal((await run(["case", "include", `${id}`])).code, 0);
  assert.deepEqual(await stateOf(), { state: "overdue", reason: null });

  const audit = await db.selectFrom("audit").select(["action", "subject", "detail"]).orderBy("at").execute();
  assert.deepEqual(
    audit.map(({ action, subject, detail }) => [action, subject, detail]),
    [
      ["case exclude", `case ${id}`, { account: "rsj", reason: "广告" }],
      ["case exclude", `case ${id}`, { account: "rsj", reason: "辱骂" }],
      ["case include", `case ${id}`, { account: "rsj" }],
    ],
  );
});

test("a vanished comment stays excluded, and what cannot be excluded is refused in one sentence", async (t) => {
  const { run, ids } = await start(t);
  const vanished = await run(["case", "include", `${ids[3]}`]);
  assert.match(vanished.stdout, /stays excluded, because it has vanished/);
  assertSentence(await run(["case", "exclude", "999999", "--reason", "广告"]), /no case 999999: see .*case list/);
  assertSentence(await run(["case", "include", "999999", "--json"]), /no case 999999/);
  assertSentence(await run(["case", "exclude", "rsj", "--reason", "广告"]), /rsj: expected a number/, 2);
  for (const reason of ["", "  ", "长".repeat(201), "两\n行"]) {
    assertSentence(await run(["case", "exclude", `${ids[0]}`, "--reason", reason]), /1 to 200 characters/, 2);
  }
  assert.equal((await run(["case", "exclude", `${ids[0]}`, "--reason", "𠮷".repeat(200)])).code, 0);
  assert.equal((await run(["case", "exclude", `${ids[0]}`])).code, 2);
});
