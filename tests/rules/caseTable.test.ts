import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import { createWorkCalendar } from "../../src/calendar/working.ts";
import { judgeCases } from "../../src/collectors/replies/judge.ts";
import { casesOf } from "../../src/rules/conversation.ts";
import { caseTimes } from "../../src/rules/reply.ts";
import { DEFAULT_RULE_SET, loadRuleSets, type RuleSets } from "../../src/rules/sets.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrated } from "../support/migrated.ts";
import { viewAt } from "../support/viewAt.ts";

type Ends = [string | null, string | null, string | null, string | null];

interface ExpectedCase {
  received: string;
  question: boolean;
  length?: number;
  reply: string | null;
  calendar: number;
  working: number | null;
  days: number | null;
  ends: Ends;
  state: string;
}

interface Row {
  title: string;
  rules?: "other";
  talk: string[];
  marks?: ("vanished" | "excluded")[];
  now: string;
  note: string;
  cases: ExpectedCase[];
}

const rows = parse(readFileSync(join(import.meta.dirname, "caseTable.yaml"), "utf8")) as Row[];
const calendar = createWorkCalendar(loadHolidays());

const OTHER = `
id: other
name: other hours and days
effective_from: 2026-01-01
source: a test
update_interval_days: 14
replies:
  office_hours: [{ from: "08:30", to: "12:00" }, { from: "14:30", to: "17:30" }]
  days: { warn: 1, amber: 2, red: 3, overdue: 5 }
`;

function ruleSets(): RuleSets {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-rules-"));
  try {
    writeFileSync(join(directory, "other.yaml"), OTHER);
    return loadRuleSets(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const sets = ruleSets();
const ruleSetOf = (row: Row) => row.rules ?? DEFAULT_RULE_SET;
const instant = (text: string) => new Date(`${text.replace(" ", "T")}+08:00`);
const instantOrNull = (text: string | null) => (text === null ? null : instant(text));
const endOf = (day: string | null) =>
  day === null ? null : new Date(instant(`${day} 00:00:00`).getTime() + 86_400_000);

/** `2026-03-10 09:30:00 asks 12`: time, who, and the length of a citizen's text, 1 when it does not matter. */
function messageOf(line: string) {
  const [, time = "", who = "", length] = /^(\S+ \S+) (asks|says|human|robot)(?: (\d+))?$/.exec(line) ?? [];
  assert.ok(who, line);
  const staff = who === "human" || who === "robot";
  return {
    at: instant(time),
    staff,
    automatic: who === "robot",
    question: staff ? null : who === "asks",
    length: staff ? null : Number(length ?? 1),
  };
}

test("the table holds what it promises", () => {
  assert.ok(rows.length >= 40);
  assert.equal(new Set(rows.map(({ title }) => title)).size, rows.length);
  const dates = rows.flatMap(({ talk }) => talk.map((line) => line.slice(0, 10)));
  for (const day of ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"])
    assert.ok(dates.includes(day), day);
});

for (const row of rows) {
  test(`by hand: ${row.title}`, () => {
    const talk = row.talk.map(messageOf);
    for (const messages of [talk, talk.toReversed()]) {
      const cases = casesOf(messages);
      assert.deepEqual(
        cases.map(({ receivedAt, firstReplyAt, question }) => ({ receivedAt, firstReplyAt, question })),
        row.cases.map(({ received, reply, question }) => ({
          receivedAt: instant(received),
          firstReplyAt: instantOrNull(reply),
          question,
        })),
      );
      for (const [index, { length }] of row.cases.entries())
        if (length !== undefined) assert.equal(cases[index]?.length, length);
    }
    const rules = sets.get(ruleSetOf(row))?.replies;
    assert.ok(rules);
    for (const expected of row.cases) {
      const subject = { receivedAt: instant(expected.received), firstReplyAt: instantOrNull(expected.reply) };
      const [warnAt, amberAt, redAt, dueAt] = expected.ends.map(endOf);
      assert.deepEqual(caseTimes(subject, rules, calendar, instant(row.now)), {
        ...{ calendarSeconds: expected.calendar, workingSeconds: expected.working, workingDays: expected.days },
        ...{ warnAt, amberAt, redAt, dueAt },
      });
    }
  });
}

test("stored and seen through v_reply_case, every case of the table has the state and the numbers worked out by hand", async (t) => {
  const { url } = await migrated.create(t);
  const db = openDatabase(url, { max: 2 });
  t.after(() => db.destroy());
  await db.insertInto("department").values({ code: "office", name: "office" }).execute();
  for (const [index, row] of rows.entries()) {
    const account = await db
      .insertInto("account")
      .values({
        ...{ code: `row-${index}`, name: row.title, department_code: "office", platform: "wechat" },
        ...{ app_id: `wx${index}`, lifecycle: "running", rule_set: ruleSetOf(row), created_at: new Date(0) },
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    const channel = { account_id: account.id, channel: "message" as const, state: "measurable" as const };
    await db.insertInto("reply_channel").values(channel).execute();
    for (const expected of row.cases) {
      const at = instant(row.now);
      await db
        .insertInto("reply_case")
        .values({
          ...{ account_id: account.id, channel: "message", person: "p", length: 1, question: expected.question },
          ...{ received_at: instant(expected.received), first_reply_at: instantOrNull(expected.reply) },
          first_seen_at: at,
          vanished_at: row.marks?.includes("vanished") ? at : null,
          excluded_at: row.marks?.includes("excluded") ? at : null,
        })
        .execute();
    }
  }
  const judge = () => db.transaction().execute((trx) => judgeCases(trx, null, calendar, sets));
  const cases = rows.reduce((sum, row) => sum + row.cases.length, 0);
  assert.equal(await judge(), cases);
  assert.equal(await judge(), 0, "judged once, they stay as they are");
  for (const [index, row] of rows.entries()) {
    const seen = (await viewAt(db, "v_reply_case", instant(row.now)))
      .filter(({ account }) => account === `row-${index}`)
      .sort((a, b) => Number(a.received_at) - Number(b.received_at));
    const expected = row.cases.map((one) => ({
      state: one.state,
      received_at: instant(one.received),
      first_reply_at: instantOrNull(one.reply),
      // Of an open case no time is stored: it would grow.
      calendar_seconds: one.reply === null ? null : one.calendar,
      working_seconds: one.reply === null ? null : one.working,
      working_days: one.reply === null ? null : one.days,
      ends: one.ends.map(endOf),
    }));
    assert.deepEqual(
      seen.map((one) => ({
        state: one.state,
        received_at: one.received_at,
        first_reply_at: one.first_reply_at,
        calendar_seconds: one.calendar_seconds,
        working_seconds: one.working_seconds,
        working_days: one.working_days,
        ends: [one.warn_at, one.amber_at, one.red_at, one.due_at],
      })),
      expected,
      row.title,
    );
  }
});
