import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMENTS_PER_CALL, readComments } from "../../../src/platforms/wechat/comments.ts";
import { type Fields, ShapeFault } from "../../../src/platforms/wechat/fields.ts";
import { errorBody, failureOf, openPlatform, openSession, platformServer } from "./support.ts";

const NOW = new Date("2026-03-10T10:00:00Z");
const NOW_SECONDS = NOW.getTime() / 1000;
const RECEIVED = 1773105271;
const ARTICLE = "2247490098_2";

const read = (body: Fields, { begin = 0, leaveOut = assert.fail as (fault: ShapeFault) => void } = {}) =>
  readComments(body, begin, { now: NOW, leaveOut });

const comment = (rest: object = {}) => ({
  ...{ user_comment_id: "3", openid: "oV5Crj-a1", create_time: RECEIVED, content: "周末办理吗？", comment_type: 1 },
  ...rest,
});
const replied = (seconds: unknown, content: unknown = "周六上午可以办理。") =>
  comment({ reply: { content, create_time: seconds } });
const page = (...comments: unknown[]) => ({ errcode: 0, errmsg: "ok", total: comments.length, comment: comments });
const manyOf = (count: number) => Array.from({ length: count }, (_, id) => comment({ user_comment_id: String(id) }));

test("comments come with their times, the one reply's time and whatever is known of who wrote them", () => {
  const open = { user_comment_id: "4", create_time: 1773106002, content: "停车方便吗", comment_type: 0 };
  assert.deepEqual(read({ ...page(replied(1773108170), open), total: 182 }), {
    entries: 2,
    total: 182,
    rows: [
      {
        id: "3",
        receivedAt: new Date(RECEIVED * 1000),
        person: "oV5Crj-a1",
        text: "周末办理吗？",
        repliedAt: new Date(1773108170 * 1000),
      },
      { id: "4", receivedAt: new Date(1773106002 * 1000), person: null, text: "停车方便吗", repliedAt: null },
    ],
  });
});

test("an article is asked for by its number with all its digits and its place counted from 0", async (t) => {
  const { url, asked } = await platformServer(t, {
    list: ['{"errcode":0,"total":1,"comment":[{"user_comment_id":9223372036854775807,"create_time":1773105271}]}'],
  });
  const { comments } = openSession({ url });
  const answer = await comments.list("9223372036854775807_8", 49);
  assert.deepEqual(
    answer?.rows.map(({ id, text }) => [id, text]),
    [["9223372036854775807", ""]],
  );
  await comments.list(ARTICLE, 0);
  assert.deepEqual(
    asked.filter(({ api }) => api === "list").map(({ body }) => body),
    [
      '{"msg_data_id":9223372036854775807,"index":7,"begin":49,"count":49,"type":0}',
      '{"msg_data_id":2247490098,"index":1,"begin":0,"count":49,"type":0}',
    ],
  );
  for (const odd of ["2247490098", "2247490098_0", "a_1", "1_1;"]) assert.equal(await comments.list(odd, 0), null);
  assert.equal(asked.filter(({ api }) => api === "list").length, 2, "what has no such name has no comments");
  assert.equal(openPlatform({ url }).limits.comments, 49);
});

test("an article that the platform does not know or withholds has no comments to tell", async (t) => {
  const observed: (string | null)[] = [];
  const { url } = await platformServer(t, { list: [errorBody(88001), errorBody(88002)] });
  const { comments } = openSession({ url, observe: ({ errorClass }) => observed.push(errorClass) });
  assert.equal(await comments.list(ARTICLE, 0), null);
  assert.equal(await comments.list(ARTICLE, 0), null);
  assert.deepEqual(new Set(observed), new Set([null]));
});

test("an account without comments is no fault of anybody, and a refused count is ours", async (t) => {
  const { url, count } = await platformServer(t, { list: [errorBody(88000), errorBody(88010), errorBody(48001)] });
  const { comments } = openSession({ url });
  const absent = await failureOf(comments.list(ARTICLE, 0));
  assert.deepEqual([absent.name, absent.scope, absent.retry], ["CommentsAbsent", "function", "never"]);
  assert.match(absent.reason, /没有留言功能.*无需处理/);
  const ours = await failureOf(comments.list(ARTICLE, 0));
  assert.deepEqual([ours.scope, ours.retry, /程序问题/.test(ours.reason)], ["request", "later", true]);
  assert.equal((await failureOf(comments.list(ARTICLE, 0))).scope, "permission");
  assert.equal(count("list"), 3);
});

test("nobody commented, with an empty list or without one", () => {
  const nothing = { rows: [], entries: 0, total: 0 };
  assert.deepEqual(read({ total: 0 }), nothing);
  assert.deepEqual(read({ total: 0, comment: [], comment_cnt: 0 }), nothing);
  assert.deepEqual(read({ comment: [] }), nothing);
});

test("an answer that hides its comments, or has another shape, is no empty list", () => {
  for (const body of [
    {},
    { comment: null },
    { total: 0, comment: [], comment_cnt: 182 },
    { comment: [], comment_cnt: "7" },
    { total: -1, comment: [] },
    { total: "many", comment: [] },
    { total: 1, comment: {} },
    page(null),
    page(comment({ user_comment_id: undefined })),
    page(comment({ user_comment_id: "openid" })),
    page(comment({ create_time: undefined })),
    page(comment({ content: { text: "x" } })),
  ]) {
    assert.throws(() => read(body), ShapeFault, JSON.stringify(body));
  }
});

test("a total that is absent or less than what was seen gives way to it, and a full page promises another", () => {
  const full = manyOf(COMMENTS_PER_CALL);
  const totals = [
    [{ comment: full }, 0, 50],
    [{ comment: full }, 49, 99],
    [{ comment: manyOf(3) }, 49, 52],
    [{ comment: full, total: 1 }, 0, 50],
    [{ comment: full, total: 49 }, 0, 49],
    [{ comment: [], total: 48 }, 49, 48],
    [{ comment: [], total: 182, comment_cnt: 182 }, 0, 182],
  ] as const;
  for (const [body, begin, total] of totals) assert.equal(read(body, { begin }).total, total);
});

test("a reply's time is never before the comment's, and a reply without text and time is none", () => {
  const replyOf = (body: object) => read(page(body)).rows[0]?.repliedAt ?? null;
  const none = [comment(), comment({ reply: null }), comment({ reply: {} }), replied(0, ""), replied(null, " ")];
  for (const one of none) assert.equal(replyOf(one), null, JSON.stringify(one));
  const times = [
    [RECEIVED, RECEIVED],
    [RECEIVED + 1, RECEIVED + 1],
    [RECEIVED - 1, RECEIVED],
    [RECEIVED - 600, RECEIVED],
    [String(RECEIVED + 9), RECEIVED + 9],
  ] as const;
  for (const [told, seconds] of times) assert.equal(replyOf(replied(told))?.getTime(), seconds * 1000, String(told));
});

test("a comment that is not understood, or whose times cannot be, is left out and still counted", () => {
  for (const [path, odd] of [
    ["comment[0]", "text"],
    ["comment[0].user_comment_id", comment({ user_comment_id: {} })],
    ["comment[0].openid", comment({ openid: ["oV5Crj"] })],
    ["comment[0].create_time", comment({ create_time: 0 })],
    ["comment[0].create_time", comment({ create_time: NOW_SECONDS + 601 })],
    ["comment[0].create_time", comment({ create_time: RECEIVED * 1000 })],
    ["comment[0].create_time", comment({ create_time: Date.parse("2012-07-31T15:59:59Z") / 1000 })],
    ["comment[0].reply", comment({ reply: "已回复" })],
    ["comment[0].reply.create_time", replied(undefined)],
    ["comment[0].reply.create_time", replied(0)],
    ["comment[0].reply.create_time", replied(RECEIVED - 601)],
    ["comment[0].reply.create_time", replied(NOW_SECONDS + 601)],
  ] as const) {
    const faults: string[] = [];
    const answer = read(page(odd, comment({ user_comment_id: "9" })), {
      leaveOut: ({ message }) => faults.push(message),
    });
    assert.deepEqual([answer.rows.map(({ id }) => id), answer.entries, answer.total], [["9"], 2, 2], path);
    assert.equal(faults.length, 1);
    assert.ok(faults[0]?.startsWith(`${path} is not `), faults[0]);
  }
  assert.equal(read(page(comment({ create_time: NOW_SECONDS + 600 }))).rows.length, 1);
});
