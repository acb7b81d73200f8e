import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, startOf, timeOn } from "../../src/calendar.ts";
import { dueArticles, INCOMPLETE, INCOMPLETE_AGAIN, paceOf } from "../../src/collectors/replies/commentPlan.ts";
import { lastSlot } from "../../src/collectors/replies/slots.ts";
import type { WatchedArticle } from "../../src/store/comments.ts";

const TODAY = "2026-11-20";
const NOW = timeOn(TODAY, "14:59");
const CODE = "health";
const ago = (days: number) => addDays(TODAY, -days);

const article = (days: number, changes: Partial<WatchedArticle> = {}): WatchedArticle => ({
  ...{ msgid: `${1000 + days}_1`, publishDate: ago(days), lookedAt: null, found: null, code: null },
  ...{ gone: false, newestOpenAt: null, openQuestion: false },
  ...changes,
});
const openSince = (days: number) => ({ newestOpenAt: timeOn(ago(days), "23:59") });
const due = (articles: WatchedArticle[], missedOn: string | null = null, now = NOW) =>
  dueArticles(CODE, { articles, missedOn }, now).map(({ msgid }) => msgid);

test("an article's pace falls with its age, and its newest open case keeps it up", () => {
  const paces = [
    ...([0, 3, 4, 14, 15, 60, 61, 300] as const).map((days) => [days, null] as const),
    ...([0, 3, 4, 14, 60, 61, 300] as const).map((days) => [days, 0] as const),
    ...([10, 61, 300] as const).map((days) => [days, 10] as const),
    ...([3, 14, 15, 60, 61] as const).map((days) => [days, 11] as const),
    ...([3, 15, 61] as const).map((days) => [days, 30] as const),
    ...([3, 14, 15, 61, 399] as const).map((days) => [days, 31] as const),
  ].map(([days, open]) => paceOf(article(days, open === null ? {} : openSince(open)), TODAY));
  assert.deepEqual(paces, [
    ...["threeHourly", "threeHourly", "daily", "daily", "weekly", "weekly", null, null],
    ...["hourly", "hourly", "hourly", "hourly", "hourly", "hourly", "hourly"],
    ...["hourly", "hourly", "hourly"],
    ...["threeHourly", "daily", "daily", "daily", "daily"],
    ...["threeHourly", "daily", "daily"],
    ...["threeHourly", "daily", "weekly", "weekly", "weekly"],
  ]);
});

test("an article is due when the newest slot of its pace came after its last look", () => {
  const paces = [
    ["threeHourly", article(1)],
    ["daily", article(9)],
    ["weekly", article(33)],
    ["hourly", article(90, openSince(2))],
    ["daily", article(90, openSince(20))],
    ["weekly", article(90, openSince(40))],
  ] as const;
  for (const [pace, one] of paces) {
    const slot = lastSlot(CODE, pace, NOW, one.publishDate);
    const justBefore = new Date(slot.getTime() - 1);
    assert.deepEqual(due([one]), [one.msgid], `${pace}: never looked at`);
    assert.deepEqual(due([{ ...one, lookedAt: justBefore }]), [one.msgid], pace);
    assert.deepEqual(due([{ ...one, lookedAt: slot }]), [], pace);
    const earlier = new Date(slot.getTime() - 2);
    const seen = { ...one, lookedAt: earlier };
    assert.deepEqual(due([seen], null, earlier), [], `${pace}: the slot is yet to come`);
    assert.deepEqual(due([{ ...one, lookedAt: slot }], null, justBefore), [one.msgid], `${pace}: of a clock ahead`);
  }
  assert.deepEqual(due([article(61), article(61, { msgid: "1_1", lookedAt: startOf(ago(50)) })]), []);
});

test("a day with more comments than are known makes every article due that was not looked at since", () => {
  const end = startOf(ago(0));
  const earlier = { lookedAt: new Date(end.getTime() - 1) };
  const articles = [
    article(8, { ...earlier, lookedAt: timeOn(TODAY, "14:50") }),
    article(60, earlier),
    article(59, { lookedAt: end }),
    article(61, { ...earlier, ...openSince(40) }),
  ].map((one, index) => ({ ...one, msgid: `${index}_1` }));
  const weekly = lastSlot(CODE, "weekly", NOW, ago(60));
  assert.ok(weekly < earlier.lookedAt, "not due by its pace");
  assert.deepEqual(due(articles, ago(1)), ["1_1"]);
  assert.deepEqual(due(articles, ago(2)), []);
  assert.deepEqual(due(articles), []);
});

test("an incomplete look is made up for at the next slot, a second one waits for the article's own", () => {
  const lookedAt = timeOn(TODAY, "13:59");
  assert.deepEqual(due([article(20, { lookedAt, code: INCOMPLETE })]), ["1020_1"]);
  assert.deepEqual(due([article(20, { lookedAt: NOW, code: INCOMPLETE })]), []);
  assert.deepEqual(due([article(20, { lookedAt, code: INCOMPLETE_AGAIN })]), []);
});

test("articles under which somebody waits come first, then the newest, and those whose last look failed at the end", () => {
  const articles = [
    article(2, { code: "-1" }),
    article(1, { code: "incomplete" }),
    article(6, { code: "unexpected_shape", openQuestion: true }),
    article(0, { code: "unknown_article" }),
    article(40, { openQuestion: true }),
    article(5, { openQuestion: true, code: "incomplete_again" }),
  ];
  assert.deepEqual(due(articles), ["1005_1", "1040_1", "1000_1", "1001_1", "1006_1", "1002_1"]);
});

test("by hand also what was looked at since its last slot is due, but for articles that change seldom", () => {
  const articles = [article(2), article(5), article(20), article(50, openSince(1))].map((seen) => ({
    ...seen,
    lookedAt: NOW,
  }));
  assert.deepEqual(due(articles), []);
  const byHand = dueArticles(CODE, { articles, missedOn: null }, NOW, true).map(({ msgid }) => msgid);
  assert.deepEqual(byHand, ["1002_1", "1050_1"]);
});
