import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatisticsSource } from "../../../src/platforms/platform.ts";
import { DAY, failureOf, openSession, platformServer } from "./support.ts";

const NEXT = "2026-03-10";
const list = (...rows: unknown[]) => JSON.stringify({ list: rows, is_delay: false });

async function statisticsOf(t: Parameters<typeof platformServer>[0], answers: Record<string, string>) {
  const lists = Object.fromEntries(Object.entries(answers).map(([api, body]) => [api, [body]]));
  const server = await platformServer(t, lists);
  return { ...server, statistics: openSession({ url: server.url }).statistics };
}

const SUMMARY_ROW = {
  ref_date: DAY,
  detail: {
    read_user: 1633,
    read_user_source: [
      { user_count: 1633, scene_desc: "全部" },
      { user_count: 702, scene_desc: "公众号消息" },
    ],
    share_user: 104,
    zaikan_user: 12,
    like_user: 58,
    comment_count: 7,
    collection_user: 9,
    redirect_ori_page_user: 3,
    send_page_count: 2,
  },
};

test("a day's summary is read with all its figures, and the asked days are sent as they are", async (t) => {
  const { statistics, asked } = await statisticsOf(t, { getbizsummary: list(SUMMARY_ROW) });
  const days = await statistics.summary("2026-03-01", NEXT);
  assert.deepEqual(days, {
    rows: [
      {
        day: DAY,
        readers: 1633,
        sharers: 104,
        likes: 58,
        zaikan: 12,
        comments: 7,
        favourites: 9,
        articlesPublished: 2,
      },
    ],
    delayed: false,
  });
  assert.equal(asked.at(-1)?.body, `{"begin_date":"2026-03-01","end_date":"${NEXT}"}`);
});

test("what the platform leaves out is unknown and never zero", async (t) => {
  const { statistics } = await statisticsOf(t, {
    getbizsummary: list({ ref_date: DAY, detail: { read_user: null, like_user: 0 } }),
    getarticletotaldetail: list(
      { ref_date: DAY, msgid: "1_1", detail_list: [{ stat_date: DAY }] },
      { ref_date: DAY, msgid: "1_2" },
    ),
    getusersummary: list({ ref_date: DAY, user_source: 0, new_user: 3 }),
    getusercumulate: list({ ref_date: DAY }),
  });
  const unknown = { sharers: null, zaikan: null, comments: null, favourites: null };
  assert.deepEqual((await statistics.summary(DAY, DAY)).rows, [
    { day: DAY, readers: null, likes: 0, articlesPublished: null, ...unknown },
  ]);
  const [first, second] = (await statistics.articles(DAY)).rows;
  assert.deepEqual([first?.title, first?.url, first?.notified], [null, null, null]);
  assert.deepEqual(first?.curve, [
    {
      day: DAY,
      readers: null,
      likes: null,
      ...unknown,
      newFollowers: null,
      praiseFen: null,
      deliveryRate: null,
      finishRate: null,
      averageReadSeconds: null,
    },
  ]);
  assert.deepEqual(second?.curve, []);
  assert.deepEqual((await statistics.followers(DAY, DAY)).rows, [{ day: DAY, followers: null, gained: 3, lost: null }]);
});

test("全部 stands for a missing total and is never added to its parts", async (t) => {
  const source = (scene_desc: string, user_count: number) => ({ scene_desc, user_count });
  const { statistics } = await statisticsOf(t, {
    getbizsummary: list(
      { ref_date: DAY, detail: { read_user_source: [source("朋友圈", 4), source("全部", 10), source("新场景", 6)] } },
      { ref_date: NEXT, detail: { read_user_source: [source("朋友圈", 4)] } },
    ),
  });
  const { rows } = await statistics.summary(DAY, NEXT);
  assert.deepEqual(
    rows.map(({ readers }) => readers),
    [10, null],
  );
});

test("an article keeps its cumulative curve in order, with its units converted", async (t) => {
  const row = (stat_date: string, read_user: number) => ({ stat_date, read_user });
  const { statistics } = await statisticsOf(t, {
    getarticletotaldetail: list({
      ref_date: DAY,
      msgid: "2247490311_1",
      publish_type: 0,
      title: "云溪县2026年春季招聘会公告",
      content_url: "http://mp.weixin.qq.com/s?__biz=MzA4&amp;mid=2247490311&idx=1#rd",
      detail_list: [
        row("2026-03-11", 30),
        {
          ...row(DAY, 10),
          praise_money: 150,
          read_subscribe_user: 14,
          read_delivery_rate: 0.0316,
          read_finish_rate: "0.5871",
          read_avg_activetime: 0.83,
          read_jump_position: [{ position: 1, rate: 0.4102 }],
        },
        row(NEXT, 20),
        row(NEXT, 19),
        row("2026-03-08", 99),
        row("2026-04-19", 99),
      ],
    }),
  });
  const [article] = (await statistics.articles(DAY)).rows;
  assert.deepEqual([article?.id, article?.publishDate, article?.notified], ["2247490311_1", DAY, true]);
  assert.equal(article?.title, "云溪县2026年春季招聘会公告");
  assert.equal(article?.url, "http://mp.weixin.qq.com/s?__biz=MzA4&mid=2247490311&idx=1#rd");
  assert.deepEqual(
    article?.curve.map(({ day, readers }) => [day, readers]),
    [
      [DAY, 10],
      [NEXT, 20],
      ["2026-03-11", 30],
    ],
  );
  const [first] = article?.curve ?? [];
  assert.deepEqual([first?.praiseFen, first?.newFollowers, first?.averageReadSeconds], [150, 14, 49.8]);
  assert.deepEqual([first?.deliveryRate, first?.finishRate], [0.0316, 0.5871]);
});

test("an article told twice is one article with both curves", async (t) => {
  const article = (stat_date: string, read_user: number, more = {}) => ({
    ref_date: DAY,
    msgid: "7_1",
    detail_list: [{ stat_date, read_user }],
    ...more,
  });
  const { statistics } = await statisticsOf(t, {
    getarticletotaldetail: list(article(NEXT, 20, { publish_type: 1, title: "a" }), article(DAY, 10)),
  });
  const { rows } = await statistics.articles(DAY);
  assert.equal(rows.length, 1);
  assert.deepEqual([rows[0]?.notified, rows[0]?.title], [false, "a"]);
  assert.deepEqual(
    rows[0]?.curve.map(({ readers }) => readers),
    [10, 20],
  );
});

test("ids above 2^53 keep every digit", async (t) => {
  const { statistics } = await statisticsOf(t, {
    getarticletotaldetail: list({ ref_date: DAY, msgid: "9223372036854775807_2", title: "n" }).replace(
      '"n"',
      '"n","msg_data_id":9223372036854775807',
    ),
  });
  assert.equal((await statistics.articles(DAY)).rows[0]?.id, "9223372036854775807_2");
});

const LINK = "http://mp.weixin.qq.com/s?__biz=MzA4OTk5MDEyMw==&mid=7&idx=1#rd";

test("a link is kept as a browser takes it, and only one to an article", async (t) => {
  const row = (msgid: string, content_url: string) => ({ ref_date: DAY, msgid, title: "t", content_url });
  const { statistics } = await statisticsOf(t, {
    getarticletotaldetail: list(
      row("7_1", LINK.replaceAll("&", "&amp;")),
      row("7_2", "javascript:alert(1)"),
      row("7_3", "https://mp.weixin.qq.com@127.0.0.1:1/s?mid=7"),
    ),
  });
  const links = (await statistics.articles(DAY)).rows.map((article) => [article.id, article.url]);
  assert.deepEqual(links.sort(), [
    ["7_1", LINK],
    ["7_2", null],
    ["7_3", null],
  ]);
});

test("a title without a character is unknown, and does not replace one that is known", async (t) => {
  const row = (title: string, content_url: string) => ({ ref_date: DAY, msgid: "7_1", title, content_url });
  const { statistics } = await statisticsOf(t, { getarticletotaldetail: list(row("停水通知", LINK), row("", " ")) });
  const [article] = (await statistics.articles(DAY)).rows;
  assert.deepEqual([article?.title, article?.url], ["停水通知", LINK]);
});

test("text that the database would refuse is mended", async (t) => {
  const { statistics } = await statisticsOf(t, {
    getarticletotaldetail: String.raw`{"list":[{"ref_date":"${DAY}","msgid":"1_1","title":"a\u0000b\ud83dc","content_url":"x"}]}`,
  });
  assert.equal((await statistics.articles(DAY)).rows[0]?.title, "ab\ufffdc");
});

test("followers: movements of all sources add up, a source told twice counts once, totals stand beside them, days stay apart", async (t) => {
  const moved = (ref_date: string, user_source: number, new_user: number, cancel_user: number) => ({
    ref_date,
    user_source,
    new_user,
    cancel_user,
  });
  const { statistics } = await statisticsOf(t, {
    getusersummary: list(
      moved(DAY, 0, 3, 5),
      moved(DAY, 30, 41, 0),
      moved(DAY, 30, 41, 0),
      moved("2026-03-11", 1, 1, 1),
    ),
    getusercumulate: list(
      { ref_date: NEXT, user_source: 0, cumulate_user: 58_212 },
      { ref_date: DAY, cumulate_user: "58211" },
    ),
  });
  assert.deepEqual((await statistics.followers(DAY, "2026-03-11")).rows, [
    { day: DAY, followers: 58_211, gained: 44, lost: 5 },
    { day: NEXT, followers: 58_212, gained: null, lost: null },
    { day: "2026-03-11", followers: null, gained: 1, lost: 1 },
  ]);
});

test("movements whose source is not named are different ones", async (t) => {
  const { statistics } = await statisticsOf(t, {
    getusersummary: list(
      { ref_date: DAY, new_user: 3, cancel_user: 1 },
      { ref_date: DAY, new_user: 3, cancel_user: 0 },
    ),
  });
  assert.deepEqual((await statistics.followers(DAY, DAY)).rows, [{ day: DAY, followers: null, gained: 6, lost: 1 }]);
});

test("followers are delayed when either half is, and fail with either half", async (t) => {
  const { statistics } = await statisticsOf(t, {
    getusersummary: '{"list":[]}',
    getusercumulate: `{"list":[{"ref_date":"${DAY}","cumulate_user":5}],"is_delay":true}`,
  });
  assert.deepEqual(await statistics.followers(DAY, DAY), {
    rows: [{ day: DAY, followers: 5, gained: null, lost: null }],
    delayed: true,
  });
  const other = await statisticsOf(t, { getusercumulate: '{"errcode":48001,"errmsg":"api unauthorized"}' });
  const error = await failureOf(other.statistics.followers(DAY, DAY));
  assert.deepEqual([error.code, error.scope, error.api], ["48001", "permission", "getusercumulate"]);
  assert.equal(other.count("getusersummary"), 1);
});

test("a delayed answer says so and keeps the days it has", async (t) => {
  const { statistics } = await statisticsOf(t, {
    getbizsummary: JSON.stringify({ list: [SUMMARY_ROW], is_delay: true }),
  });
  const { rows, delayed } = await statistics.summary(DAY, NEXT);
  assert.deepEqual([rows.length, delayed], [1, true]);
});

const article = (changes: object) => list({ ref_date: DAY, msgid: "1_1", detail_list: [], ...changes });
const curveRow = (changes: object) => article({ detail_list: [{ stat_date: DAY }, { stat_date: NEXT, ...changes }] });
type Call = (statistics: StatisticsSource) => Promise<unknown>;
const summary: Call = (statistics) => statistics.summary(DAY, NEXT);
const articles: Call = (statistics) => statistics.articles(DAY);
const followers: Call = (statistics) => statistics.followers(DAY, NEXT);

const SHAPES: [string, Call, string][] = [
  ["list", summary, "{}"],
  ["list", summary, '{"list":null}'],
  ["list", articles, '{"list":{}}'],
  ["is_delay", articles, '{"list":[],"is_delay":"yes"}'],
  ["list[0]", articles, '{"list":[7]}'],
  ["list[0].detail", summary, list({ ref_date: DAY, read_user: 3 })],
  ["list[1].detail.read_user", summary, list(SUMMARY_ROW, { ref_date: NEXT, detail: { read_user: -1 } })],
  ["list[0].detail.like_user", summary, list({ ref_date: DAY, detail: { like_user: 1.5 } })],
  ["list[0].detail.like_user", summary, list({ ref_date: DAY, detail: { like_user: "many" } })],
  ["list[0].detail.send_page_count", summary, list({ ref_date: DAY, detail: { send_page_count: true } })],
  ["list[0].detail.share_user", summary, list({ ref_date: DAY, detail: { share_user: 1e10 } })],
  [
    "list[0].detail.read_user_source[0].user_count",
    summary,
    list({ ref_date: DAY, detail: { read_user_source: [{ scene_desc: "全部", user_count: "?" }] } }),
  ],
  ["list[0].ref_date", summary, list({ ref_date: "20260309", detail: {} })],
  ["list[0].ref_date", summary, list({ ref_date: "2026-02-30", detail: {} })],
  ["list[0].ref_date", summary, list({ ref_date: "2026-03-11", detail: {} })],
  ["list[0].ref_date", articles, article({ ref_date: NEXT })],
  ["list[0].msgid", articles, article({ msgid: "2247490311" })],
  ["list[0].msgid", articles, article({ msgid: undefined })],
  ["list[0].publish_type", articles, article({ publish_type: "sent" })],
  ["list[0].title", articles, article({ title: ["a"] })],
  ["list[0].detail_list", articles, article({ detail_list: "none" })],
  ["list[0].detail_list[1]", articles, article({ detail_list: [{ stat_date: DAY }, null] })],
  ["list[0].detail_list[1].stat_date", articles, curveRow({ stat_date: "2026-03-09 00:00:00" })],
  ["list[0].detail_list[1].read_user", articles, curveRow({ read_user: {} })],
  ["list[0].detail_list[1].read_finish_rate", articles, curveRow({ read_finish_rate: -0.1 })],
  ["list[0].new_user", followers, list({ ref_date: DAY, new_user: "x" })],
];

test("an answer that is not understood is an error that names the field and not its value", async (t) => {
  for (const [path, call, body] of SHAPES) {
    const { statistics } = await statisticsOf(t, {
      getbizsummary: body,
      getarticletotaldetail: body,
      getusersummary: body,
    });
    const error = await failureOf(call(statistics));
    assert.deepEqual([error.code, error.retry, error.scope], ["unexpected_shape", "later", "request"], path);
    assert.ok(error.message.includes(`(unexpected_shape): ${path} is not `), `${error.message} names ${path}`);
  }
});
