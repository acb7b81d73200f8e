import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { assertSentence, commands, countyEnvironment, documentOf, emptyRegister } from "../support/cli.ts";
import { databaseText } from "../support/dump.ts";
import { startMessages, TEXT } from "../support/messages.ts";

const GREETING = `${TEXT}您好，请问有什么可以帮您？`;

interface Entry {
  id: number;
  account: string;
  automatic: boolean;
  learned: boolean;
  decided: boolean | null;
  decidedBy: string | null;
  uses: number;
  persons: number;
  fastShare: number | null;
  medianSeconds: number | null;
  lastUsedAt: string | null;
}

/** An account whose robot greeted `persons` within two seconds, each of whom had asked one thing. */
async function greeted(t: Parameters<typeof startMessages>[0], persons: number) {
  const messages = await startMessages(t, { masterKey: randomBytes(32).toString("base64") });
  for (let index = 0; index < persons; index++) {
    const at = Date.parse("2026-11-20T01:00:00Z") + index * 60_000;
    await messages.write(`p${index}`, new Date(at));
    await messages.write(`p${index}`, new Date(at + 2_000), GREETING, true);
  }
  await messages.visit();
  const run = commands(t, await countyEnvironment(messages.county));
  const list = async () => documentOf<{ greetings: Entry[] }>(await run(["greeting", "list", "--json"])).greetings;
  const open = async () => (await messages.cases()).filter((text) => text.endsWith("open")).length;
  return { messages, run, list, open };
}

test("greetings are listed as they were learned, and what somebody decides overrules it at once", async (t) => {
  const { messages, run, list, open } = await greeted(t, 5);
  for (const person of ["slow1", "slow2"]) {
    await messages.write(person, "2026-11-20T03:45:00Z", `${TEXT}谢谢`);
    await messages.write(person, "2026-11-20T03:46:00Z", `${TEXT}不客气`, true);
  }
  messages.pass(3 * 3_600_000);
  await messages.visit();
  const [learned, ...others] = await list();
  assert.deepEqual(others, [], "what nobody got within seconds is remembered, but not listed");
  assert.ok(learned);
  assert.deepEqual(learned, {
    ...{ id: learned.id, account: "archives", automatic: true, learned: true, decided: null, decidedBy: null },
    ...{ uses: 5, persons: 5, fastShare: 1, medianSeconds: 2, lastUsedAt: "2026-11-20T01:04:02.000Z" },
  });
  assert.equal(await open(), 5);
  const line = (await run(["greeting", "list", "--account", "archives"])).stdout;
  assert.equal(line, `${learned.id}\tarchives\tautomatic\tlearned\t5\t5\t100%\t2\t2026-11-20 09:04:02\n`);
  assert.equal((await run(["greeting", "list", "--account", "yunxi-fabu"])).stdout, "");

  const set = (word: string) => run(["greeting", "set", String(learned.id), word]);
  assert.equal((await set("human")).stdout, `greeting ${learned.id} of archives is human\n`);
  assert.equal(await open(), 0);
  const [decided] = await list();
  assert.deepEqual([decided?.automatic, decided?.learned, decided?.decided], [false, true, false]);
  assert.ok(decided?.decidedBy);
  const answered = await messages.db.selectFrom("reply_case").selectAll().execute();
  assert.ok(
    answered.every((row) => row.working_days === 0 && row.judged_by !== null),
    "judged with it",
  );

  messages.pass(3 * 3_600_000);
  await messages.visit();
  assert.equal(await open(), 0, "a look does not learn it again");
  assert.equal((await set("learned")).code, 0);
  assert.equal(await open(), 5);
  assert.equal((await set("automatic")).code, 0);
  assert.equal(await open(), 5);
  const audited = await messages.db.selectFrom("audit").selectAll().where("action", "=", "greeting set").execute();
  assert.deepEqual(
    audited.map(({ subject, detail }) => [subject, detail]),
    [false, null, true].map((automatic) => [`greeting ${learned.id}`, { account: "archives", automatic }]),
  );
});

test("a text that is too rare to be learned can be added from stdin, and is stored as a hash only", async (t) => {
  const { messages, run, list, open } = await greeted(t, 1);
  assert.deepEqual([await list(), await open()], [[], 0]);
  const added = await run(["greeting", "add", "--account", "archives", "--json"], { stdin: `${GREETING}\n` });
  assert.deepEqual([added.code, await open()], [0, 1]);
  const { greeting } = documentOf<{ greeting: number }>(added);
  const [entry] = await list();
  assert.deepEqual([entry?.id, entry?.automatic, entry?.learned, entry?.uses], [greeting, true, false, 1]);
  await run(["greeting", "add", "--account", "archives"], { stdin: GREETING });
  assert.equal((await list()).length, 1);
  await run(["greeting", "add", "--account", "archives"], { stdin: `${TEXT}从未发过` });
  const unused = (await list()).find(({ uses }) => uses === 0);
  assert.deepEqual([unused?.automatic, unused?.fastShare, unused?.lastUsedAt], [true, null, null]);
  assert.doesNotMatch(await databaseText(messages.county.url), new RegExp(TEXT));
});

test("a text can be named human before a robot is seen in it", async (t) => {
  const { messages, run, list, open } = await greeted(t, 4);
  assert.equal(await open(), 0);
  const added = await run(["greeting", "add", "--account", "archives", "--as", "human"], { stdin: GREETING });
  assert.match(added.stdout, /^greeting \d+ of archives is human\n$/);
  await messages.write("p9", "2026-11-20T01:30:00Z");
  await messages.write("p9", "2026-11-20T01:30:02Z", GREETING, true);
  messages.pass(3 * 3_600_000);
  await messages.db
    .updateTable("reply_channel")
    .set({ until: new Date("2026-11-20T01:00:00Z") })
    .execute();
  await messages.visit();
  const [entry] = await list();
  assert.deepEqual([entry?.automatic, entry?.learned, entry?.decided, entry?.persons], [false, true, false, 5]);
  assert.equal(await open(), 0);
});

test("a master key that opens no stored secret makes no key for hashes", async (t) => {
  const messages = await startMessages(t, { masterKey: randomBytes(32).toString("base64") });
  const env = await countyEnvironment(messages.county);
  const run = commands(t, { ...env, MASTER_KEY: randomBytes(32).toString("base64") });
  assertSentence(await run(["greeting", "add", "--account", "archives"], { stdin: "x" }), /MASTER_KEY is not the one/);
  assert.deepEqual(await messages.db.selectFrom("hash_key").selectAll().execute(), []);
});

test("every fault is one sentence", async (t) => {
  const run = commands(t, await emptyRegister(t));
  assertSentence(await run(["greeting", "set", "7", "human"]), /no greeting 7: see/);
  assertSentence(
    await run(["greeting", "set", "7", "toString"]),
    /toString: expected one of automatic, human, learned/,
    2,
  );
  assertSentence(await run(["greeting", "set", "x", "human"]), /x: expected a number/, 2);
  assertSentence(await run(["greeting", "list", "--account", "nobody"]), /no account nobody: see/);
  assertSentence(await run(["greeting", "add", "--account", "nobody", "--json"], { stdin: "x" }), /no account nobody/);
  assert.equal((await run(["greeting", "add", "--account", "nobody", "--as", "learned"], { stdin: "x" })).code, 2);
  assert.deepEqual(documentOf(await run(["greeting", "list", "--json"])), { greetings: [] });
});
