import assert from "node:assert/strict";
import { test } from "node:test";
import { habitsOf, type TextUses } from "../../src/store/greetings.ts";
import { startMessages } from "../support/messages.ts";

interface Row {
  person: string;
  at: Date;
  staff: boolean;
  text_hash: string;
}

const TEXTS = ["one", "two", "three"];

/** The same many messages each time: of seven persons, within an hour, often several in one second. */
function someMessages(): Row[] {
  let state = 7;
  const next = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const rows = Array.from({ length: 400 }, () => {
    const staff = next(2) === 0;
    const at = new Date(Date.parse("2026-11-20T01:00:00Z") + next(3_600) * 1000);
    // The last one never writes.
    const person = `p${next(staff ? 7 : 6)}`;
    return { person, at, staff, text_hash: staff ? (TEXTS[next(3)] ?? "") : "" };
  });
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

function expectedOf(rows: Row[], text: string, rule: number, widest: number): TextUses {
  const uses = rows.filter(({ text_hash }) => text_hash === text);
  const waits = uses.flatMap(({ person, at }) => {
    const asked = rows.filter((row) => !row.staff && row.person === person && row.at <= at);
    const newest = Math.max(...asked.map((row) => row.at.getTime()));
    return asked.length === 0 ? [] : [{ person, seconds: (at.getTime() - newest) / 1000 }];
  });
  const within = (limit: number) => waits.filter(({ seconds }) => seconds <= limit);
  const personsOf = (some: { person: string }[]) => new Set(some.map(({ person }) => person)).size;
  const sorted = waits.map(({ seconds }) => seconds).sort((one, other) => one - other);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return {
    textHash: text,
    uses: uses.length,
    answers: waits.length,
    withinSeconds: within(rule).length,
    persons: personsOf(within(rule)),
    widestPersons: personsOf(within(widest)),
    medianSeconds: Math.round((low + high) / 2),
    lastUsedAt: new Date(Math.max(...uses.map(({ at }) => at.getTime()))),
  };
}

test("how texts are used equals what the messages say one by one, in whatever order they came in", async (t) => {
  const { db, account } = await startMessages(t);
  const rows = someMessages();
  const store = async (some: Row[]) => {
    await db.deleteFrom("reply_message").execute();
    for (const row of some) {
      const rest = row.staff ? { length: null, question: null } : { length: 3, question: true };
      await db
        .insertInto("reply_message")
        .values({ account_id: account.id, ...row, ...rest })
        .execute();
    }
  };
  for (const some of [rows, [...rows].reverse()]) {
    await store(some);
    for (const [rule, widest] of [
      [2, 30],
      [60, 300],
    ] as const) {
      const habits = await habitsOf(db, account.id, [...TEXTS, "never"], rule, widest);
      const byText = new Map(habits.map((habit) => [habit.textHash, habit]));
      assert.equal(byText.size, TEXTS.length, "a text without uses is left out");
      for (const text of TEXTS) assert.deepEqual(byText.get(text), expectedOf(rows, text, rule, widest));
    }
  }
});

test("a text that was only sent unasked has uses, but no answer and no median", async (t) => {
  const { db, account } = await startMessages(t);
  const at = new Date("2026-11-20T01:00:00Z");
  const row = { account_id: account.id, at, staff: true, length: null, question: null };
  await db
    .insertInto("reply_message")
    .values({ ...row, person: "a", text_hash: "one" })
    .execute();
  const none = { answers: 0, withinSeconds: 0, persons: 0, widestPersons: 0, medianSeconds: null };
  const expected = { textHash: "one", uses: 1, ...none, lastUsedAt: at };
  assert.deepEqual(await habitsOf(db, account.id, ["one"], 10, 300), [expected]);
});
