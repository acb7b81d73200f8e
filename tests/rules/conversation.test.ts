import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ConversationMessage, casesOf } from "../../src/rules/conversation.ts";

const DAY = "2026-11-20";

/** `<who> <time> [length]`; who: `c` a citizen, `q` a citizen who asks, `h` a human answer, `r` a robot's. `+1d` after the time is the next day. */
function message(text: string): ConversationMessage {
  const [who = "", time = "", length = "1"] = text.split(" ");
  const [clock = "", days = "0d"] = time.split("+");
  const at = new Date(Date.parse(`${DAY}T${clock}+08:00`) + Number.parseInt(days, 10) * 86_400_000);
  const staff = who === "h" || who === "r";
  if (staff) return { at, staff, automatic: who === "r", length: null, question: null };
  return { at, staff, automatic: false, length: Number(length), question: who === "q" };
}

/** `<received> <question or not> <length> <answered>`. */
function told(messages: readonly ConversationMessage[]): string[] {
  const clock = (at: Date) => {
    const days = Math.floor((at.getTime() - Date.parse(`${DAY}T00:00:00+08:00`)) / 86_400_000);
    const time = new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(11, 19);
    return days === 0 ? time : `${time}+${days}d`;
  };
  return casesOf(messages).map(({ receivedAt, question, length, firstReplyAt }) =>
    [clock(receivedAt), question ? "q" : "-", length, firstReplyAt ? clock(firstReplyAt) : "open"].join(" "),
  );
}

const TABLE: { title: string; messages: string[]; cases: string[] }[] = [
  { title: "nothing was written", messages: [], cases: [] },
  { title: "staff wrote first", messages: ["h 09:00:00"], cases: [] },
  { title: "the first message opens a case", messages: ["q 09:00:00 7"], cases: ["09:00:00 q 7 open"] },
  { title: "who says thanks asks nothing", messages: ["c 09:00:00 2"], cases: ["09:00:00 - 2 open"] },
  { title: "a human answer ends it", messages: ["q 09:00:00", "h 09:05:00"], cases: ["09:00:00 q 1 09:05:00"] },
  {
    title: "the first answer counts, not the latest",
    messages: ["q 09:00:00", "h 09:05:00", "h 09:06:00", "h 15:00:00"],
    cases: ["09:00:00 q 1 09:05:00"],
  },
  { title: "a robot answers nobody", messages: ["q 09:00:00", "r 09:00:02"], cases: ["09:00:00 q 1 open"] },
  {
    title: "a human after the robot does",
    messages: ["q 09:00:00", "r 09:00:02", "h 10:00:00"],
    cases: ["09:00:00 q 1 10:00:00"],
  },
  {
    title: "a robot's text does not make the next message a new case",
    messages: ["c 09:00:00 2", "r 09:00:02", "q 09:01:00 8"],
    cases: ["09:00:00 q 10 open"],
  },
  {
    title: "what is added while nobody answers belongs to the case, and makes it a question",
    messages: ["c 09:00:00 2", "c 09:10:00 3", "q 11:00:00 4", "h 11:30:00"],
    cases: ["09:00:00 q 9 11:30:00"],
  },
  {
    title: "a question after an answer is a new case",
    messages: ["q 09:00:00", "h 09:05:00", "q 09:06:00 5"],
    cases: ["09:00:00 q 1 09:05:00", "09:06:00 q 5 open"],
  },
  {
    title: "thanks after an answer are a case of their own that is no question",
    messages: ["q 09:00:00", "h 09:05:00", "c 09:06:00 2"],
    cases: ["09:00:00 q 1 09:05:00", "09:06:00 - 2 open"],
  },
  {
    title: "an answer to no case opens none, and the next message begins one",
    messages: ["q 09:00:00", "h 09:05:00", "h 12:00:00", "c 12:01:00"],
    cases: ["09:00:00 q 1 09:05:00", "12:01:00 - 1 open"],
  },
  {
    title: "a second before 24 hours of silence the case goes on",
    messages: ["q 09:00:00 3", "q 08:59:59+1d 4"],
    cases: ["09:00:00 q 7 open"],
  },
  {
    title: "24 hours of silence to the second begin a new case",
    messages: ["q 09:00:00 3", "q 09:00:00+1d 4"],
    cases: ["09:00:00 q 3 open", "09:00:00+1d q 4 open"],
  },
  {
    title: "silence is counted from the citizen's newest message, not from the case's start",
    messages: ["q 09:00:00", "c 20:00:00", "c 19:00:00+1d", "c 18:59:59+2d"],
    cases: ["09:00:00 q 4 open"],
  },
  {
    title: "a robot breaks no silence",
    messages: ["q 09:00:00", "r 20:00:00", "c 09:00:00+1d"],
    cases: ["09:00:00 q 1 open", "09:00:00+1d - 1 open"],
  },
  {
    title: "one answer ends all cases that are open",
    messages: ["q 09:00:00", "c 09:00:00+1d", "q 10:00:00+2d", "h 11:00:00+2d"],
    cases: ["09:00:00 q 1 11:00:00+2d", "09:00:00+1d - 1 11:00:00+2d", "10:00:00+2d q 1 11:00:00+2d"],
  },
  {
    title: "in one second the citizen's message comes first",
    messages: ["q 09:00:00", "h 09:00:00"],
    cases: ["09:00:00 q 1 09:00:00"],
  },
  {
    title: "what is asked in the second of an answer is answered by it",
    messages: ["q 09:00:00 3", "q 10:00:00 4", "h 10:00:00"],
    cases: ["09:00:00 q 7 10:00:00"],
  },
  {
    title: "two messages in one second are one case",
    messages: ["c 09:00:00 3", "q 09:00:00 4"],
    cases: ["09:00:00 q 7 open"],
  },
  {
    title: "an answer in the night of the next day",
    messages: ["q 23:59:59", "h 00:00:01+1d"],
    cases: ["23:59:59 q 1 00:00:01+1d"],
  },
];

for (const { title, messages, cases } of TABLE) {
  test(title, () => {
    assert.deepEqual(told(messages.map(message)), cases);
    assert.deepEqual(told(messages.map(message).reverse()), cases, "whatever their order");
  });
}

const anyMessage = fc
  .record({
    at: fc.integer({ min: 0, max: 200 }).map((half) => new Date(Date.parse(DAY) + half * 1_800_000)),
    who: fc.constantFrom("citizen", "asks", "human", "robot"),
    length: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ at, who, length }): ConversationMessage => {
    if (who === "human" || who === "robot") {
      return { at, staff: true, automatic: who === "robot", length: null, question: null };
    }
    return { at, staff: false, automatic: false, length, question: who === "asks" };
  });

const shuffled = fc
  .array(anyMessage, { maxLength: 30 })
  .chain((messages) => fc.tuple(fc.constant(messages), fc.shuffledSubarray(messages, { minLength: messages.length })));

test("the order in which messages become known changes no case", () => {
  fc.assert(fc.property(shuffled, ([messages, other]) => assert.deepEqual(casesOf(other), casesOf(messages))));
});

test("every character is in one case, no answer comes before its case, and only robots are without effect", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 30 }), (messages) => {
      const cases = casesOf(messages);
      const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
      assert.equal(sum(cases.map(({ length }) => length)), sum(messages.map(({ length }) => length ?? 0)));
      for (const { receivedAt, firstReplyAt } of cases) assert.ok(firstReplyAt === null || firstReplyAt >= receivedAt);
      assert.deepEqual(casesOf(messages.filter(({ automatic }) => !automatic)), cases);
    }),
  );
});

test("a text that turns out to be a robot's takes answers away and never gives one earlier", () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 30 }), (messages) => {
      const humans = messages.map((one) => ({ ...one, automatic: false }));
      const before = casesOf(humans);
      for (const { receivedAt, firstReplyAt } of casesOf(messages)) {
        const same = before.find((one) => one.receivedAt.getTime() === receivedAt.getTime());
        assert.ok(same, "what was a start for want of a robot stays one only if it was one");
        assert.ok(firstReplyAt === null || (same.firstReplyAt !== null && same.firstReplyAt <= firstReplyAt));
      }
    }),
  );
});
