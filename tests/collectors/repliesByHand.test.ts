import assert from "node:assert/strict";
import { test } from "node:test";
import { startCounty } from "../support/county.ts";
import { viewAt } from "../support/viewAt.ts";

// What only several looks can tell, each expectation worked out by hand as in tests/rules/caseTable.yaml. The days are
// those of Spring Festival 2026: worked Fri 02-13, Sat 02-14, Tue 02-24, Wed 02-25; off 02-15..23.

const CODE = "archives";
const at = (text: string) => new Date(`2026-${text.replace(" ", "T")}+08:00`);
const GREETING = "您好，请描述您的问题";

async function startArchives(t: Parameters<typeof startCounty>[0]) {
  const county = await startCounty(t, { accounts: 2, now: at("02-13 08:40:00").toISOString() });
  const account = (await county.truth()).find(({ code }) => code === CODE);
  const appid = account?.appid ?? "";
  await county.call("account", { appid, set: { customerService: true } });
  await county.collect([CODE]);
  const msgid = account?.articles.at(-1)?.msgid ?? "";
  const say = (what: string, body: object) => county.call(what, { appid, ...body });
  return {
    county,
    comment: (id: string, time: string, openid: string | null = null) =>
      say("comment", { msgid, id, content: "周末可以办理吗？", openid, at: at(time).toISOString() }),
    reply: (id: string, time: string, rest: object = {}) =>
      say("reply", { msgid, id, content: "可以", at: at(time).toISOString(), ...rest }),
    vanish: (id: string, time: string, gone = true) => say("vanish", { msgid, id, at: at(time).toISOString(), gone }),
    message: (openid: string, time: string, text: string, staff = false) =>
      say("message", { openid, text, staff, at: at(time).toISOString() }),
    look: async (time: string) => {
      county.clock.now = at(time);
      const report = (await county.collect([CODE], "replies")).get(CODE);
      assert.equal(report?.outcome, "succeeded", time);
    },
    /** The case received at that time. */
    caseOf: async (received: string) => {
      const rows = (await viewAt(county.db, "v_reply_case", county.clock.now)).filter(
        ({ account, received_at }) => account === CODE && Number(received_at) === at(received).getTime(),
      );
      assert.equal(rows.length, 1, received);
      const [row = {}] = rows;
      return {
        state: row.state,
        reply: row.first_reply_at,
        calendar: row.calendar_seconds,
        working: row.working_seconds,
        days: row.working_days,
      };
    },
  };
}

const answered = (reply: string, calendar: number, working: number, days: number) => ({
  ...{ state: "answered", reply: at(reply), calendar, working, days },
});
const unanswered = (state: string) => ({ state, reply: null, calendar: null, working: null, days: null });

test("by hand: replies that are edited or taken back, comments that vanish and return", async (t) => {
  const archives = await startArchives(t);
  const { comment, reply, vanish, look, caseOf } = archives;
  await comment("1", "02-13 10:00:00");
  await comment("2", "02-13 10:05:00");
  await comment("3", "02-13 10:06:00");
  await comment("4", "02-13 10:07:00");
  await comment("5", "02-13 10:08:00");
  await comment("6", "02-13 10:09:00", "oGmSimHand");
  await comment("7", "02-13 10:09:30", "oGmSimHand");
  await reply("2", "02-13 11:00:00");
  await look("02-13 12:00:00");
  // 55 min; the office is open.
  assert.deepEqual(await caseOf("02-13 10:05:00"), answered("02-13 11:00:00", 3300, 3300, 0));
  assert.deepEqual(await caseOf("02-13 10:06:00"), unanswered("open"));

  await reply("2", "02-13 15:00:00", { remove: true });
  await reply("5", "02-13 22:30:00");
  await look("02-13 22:10:00");
  assert.deepEqual(
    await caseOf("02-13 10:05:00"),
    answered("02-13 11:00:00", 3300, 3300, 0),
    "what was answered stays so",
  );

  await reply("5", "02-13 23:30:00");
  await reply("6", "02-14 07:00:00");
  await vanish("3", "02-14 12:00:00");
  await vanish("4", "02-14 12:00:00");
  await look("02-14 08:30:00");
  // The first reply came and was edited between two looks: the platform tells the edit only. 13 h 22 min; 10:08 to 12 and
  // 14 to 18 are 5 h 52 min.
  assert.deepEqual(await caseOf("02-13 10:08:00"), answered("02-13 23:30:00", 48_120, 21_120, 0));
  // 20 h 51 min; 5 h 51 min on Friday, and none before nine on Saturday, which is worked.
  assert.deepEqual(await caseOf("02-13 10:09:00"), answered("02-14 07:00:00", 75_060, 21_060, 1));
  assert.deepEqual(await caseOf("02-13 10:09:30"), unanswered("open"), "the other comment of the same person waits");

  await look("02-14 13:00:00");
  assert.deepEqual(await caseOf("02-13 10:06:00"), unanswered("excluded"));
  assert.deepEqual(await caseOf("02-13 10:07:00"), unanswered("excluded"));

  await vanish("4", "02-24 12:00:00", false);
  await look("02-24 13:00:00");
  assert.deepEqual(await caseOf("02-13 10:06:00"), unanswered("excluded"));
  assert.deepEqual(await caseOf("02-13 10:07:00"), unanswered("open"), "it is back");

  await reply("1", "02-25 10:00:00");
  await reply("7", "02-25 10:30:00");
  await comment("8", "02-25 11:00:00");
  await look("02-25 12:00:00");
  // 12 d; 6 h + 7 h + 7 h + 1 h; the 14th, 24th and 25th.
  assert.deepEqual(await caseOf("02-13 10:00:00"), answered("02-25 10:00:00", 1_036_800, 75_600, 3));
  // 12 d 20 min 30 s; on Friday 5 h 50 min 30 s, then 7 h, 7 h and 1 h 30 min.
  assert.deepEqual(await caseOf("02-13 10:09:30"), answered("02-25 10:30:00", 1_038_030, 76_830, 3));
  await reply("7", "02-24 10:00:00");
  await reply("1", "02-25 16:00:00");
  await reply("8", "02-25 16:30:00");
  await look("02-25 18:30:00");
  assert.deepEqual(
    await caseOf("02-13 10:00:00"),
    answered("02-25 10:00:00", 1_036_800, 75_600, 3),
    "an edit is no reply",
  );
  // The earliest that was ever told: 11 d less 9 min 30 s; 5 h 50 min 30 s, 7 h and 1 h.
  assert.deepEqual(await caseOf("02-13 10:09:30"), answered("02-24 10:00:00", 949_830, 49_830, 2));
  assert.deepEqual(await caseOf("02-25 11:00:00"), answered("02-25 16:30:00", 19_800, 12_600, 0));
  // The tenth working day after 13 February is 5 March.
  archives.county.clock.now = at("03-05 23:59:59");
  assert.deepEqual(await caseOf("02-13 10:07:00"), unanswered("open"));
  archives.county.clock.now = at("03-06 00:00:00");
  assert.deepEqual(await caseOf("02-13 10:07:00"), unanswered("overdue"));
});

test("by hand: a greeting is a reply until it is learned, and then the cases that it ended are open again", async (t) => {
  const { message, look, caseOf } = await startArchives(t);
  for (const person of [1, 2, 3, 4]) {
    await message(`oGmSimHand${person}`, `02-13 09:0${person}:00`, "怎么办理身份证");
    await message(`oGmSimHand${person}`, `02-13 09:0${person}:02`, GREETING, true);
  }
  await message("oGmSimHand1", "02-13 20:00:00", "有人吗？");
  await look("02-13 22:10:00");
  assert.deepEqual(await caseOf("02-13 09:01:00"), answered("02-13 09:01:02", 2, 2, 0));
  assert.deepEqual(await caseOf("02-13 20:00:00"), unanswered("open"), "it follows what counts as an answer");

  await message("oGmSimHand5", "02-14 09:00:00", "怎么办理身份证");
  await message("oGmSimHand5", "02-14 09:00:10", GREETING, true);
  await message("oGmSimHand1", "02-24 09:30:00", "请带户口簿", true);
  await look("02-14 13:00:00");
  for (const received of ["02-13 09:01:00", "02-13 09:04:00", "02-14 09:00:00"])
    assert.deepEqual(await caseOf(received), unanswered("open"), received);
  await assert.rejects(caseOf("02-13 20:00:00"), /0 !== 1/, "nobody answered before it: it belongs to the first case");

  await look("02-24 13:00:00");
  // 11 d 29 min; Friday from 09:01 7 h less 1 min, Saturday 7 h, Tuesday half an hour; the 14th and the 24th.
  assert.deepEqual(await caseOf("02-13 09:01:00"), answered("02-24 09:30:00", 952_140, 52_140, 2));
  assert.deepEqual(await caseOf("02-13 09:02:00"), unanswered("open"));
});
