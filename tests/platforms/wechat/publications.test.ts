import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, ShapeFault } from "../../../src/platforms/wechat/fields.ts";
import { readPublications } from "../../../src/platforms/wechat/publications.ts";
import { openSession, platformServer } from "./support.ts";

const NOW = new Date("2026-03-09T10:00:00Z");
const NOW_SECONDS = NOW.getTime() / 1000;
const read = (body: Fields, leaveOut: (fault: ShapeFault) => void = assert.fail) =>
  readPublications(body, { now: NOW, leaveOut });

const LINK = "https://mp.weixin.qq.com/s?__biz=MzA4OTk5MDEyMw%3D%3D&mid=2247490320&idx=1&sn=77aa";

const item = (url: string | undefined, rest: object = {}) => ({
  title: "停水通知",
  author: "云溪县水务局",
  ...(url === undefined ? {} : { url }),
  is_deleted: false,
  ...rest,
});
const answer = (...items: object[]) => ({
  total_count: 37,
  item_count: 1,
  item: [{ article_id: "ErD0wyba7Qv2pLx0-mN1", content: { news_item: items }, update_time: 1773049325 }],
});

test("an object's articles keep their places, and its update time is a second", () => {
  const first = item("http://mp.weixin.qq.com/s?__biz=MzA4OTk5MDEyMw==&mid=2247490320&idx=1&sn=77aa&chksm=9e1d#rd");
  const second = item("https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw", { title: "通知二", is_deleted: true });
  assert.deepEqual(read(answer(first, second)), {
    objects: 1,
    total: 37,
    rows: [
      {
        objectId: "ErD0wyba7Qv2pLx0-mN1",
        position: 1,
        title: "停水通知",
        url: LINK,
        articleId: "2247490320_1",
        updatedAt: new Date("2026-03-09T09:42:05Z"),
        deleted: false,
      },
      {
        objectId: "ErD0wyba7Qv2pLx0-mN1",
        position: 2,
        title: "通知二",
        url: "https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw",
        articleId: null,
        updatedAt: new Date("2026-03-09T09:42:05Z"),
        deleted: true,
      },
    ],
  });
});

test("whatever varies from answer to answer is not part of a link, so that the same article keeps the same one", () => {
  const links = [
    "http://mp.weixin.qq.com/s?__biz=MzA4OTk5MDEyMw==&mid=2247490320&idx=1&sn=77aa&chksm=9e1d#rd",
    "https://mp.weixin.qq.com/s?__biz=MzA4OTk5MDEyMw==&amp;mid=2247490320&amp;idx=1&amp;sn=77aa&amp;chksm=00ff&amp;scene=27#wechat_redirect",
    "//mp.weixin.qq.com/s?scene=126&sn=77aa&idx=1&mid=2247490320&__biz=MzA4OTk5MDEyMw==",
  ];
  for (const link of links) {
    const [row] = read(answer(item(link))).rows;
    assert.equal(row?.url, LINK, link);
    assert.equal(row?.articleId, "2247490320_1", link);
  }
  const [short] = read(answer(item("http://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw?scene=1#rd"))).rows;
  assert.equal(short?.url, "https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw");
});

test("what is no article link stays as it is and names no article", () => {
  for (const link of ["https://example.org/s?mid=1&idx=1", "不是链接"]) {
    const [row] = read(answer(item(link))).rows;
    assert.deepEqual([row?.url, row?.articleId], [link, null]);
  }
  for (const none of [undefined, "", " "]) assert.equal(read(answer(item(none))).rows[0]?.url, null);
});

test("nothing published comes with an empty list or without one", () => {
  const nothing = { rows: [], objects: 0, total: 0 };
  assert.deepEqual(read({ total_count: 0, item_count: 0 }), nothing);
  assert.deepEqual(read({ total_count: 0, item_count: 0, item: [] }), nothing);
});

test("an answer of another shape is no empty list", () => {
  const [good] = answer(item(LINK)).item;
  for (const body of [
    {},
    { item: "none" },
    { total_count: -1, item: [] },
    { total_count: 1, item: [null] },
    { total_count: 1, item: [{ ...good, article_id: "" }] },
    { total_count: 1, item: [{ ...good, update_time: 0 }] },
    { total_count: 1, item: [{ ...good, content: { news_item: [{ title: 7 }] } }] },
    { total_count: 1, item: [{ ...good, content: { news_item: {} } }] },
  ]) {
    assert.throws(() => read(body), ShapeFault, JSON.stringify(body));
  }
});

test("an object that is not understood, or is not of this time, is left out, and the others of the page stand", () => {
  const [good] = answer(item(LINK)).item;
  for (const [path, odd] of [
    ["item[0]", null],
    ["item[0].article_id", { ...good, article_id: 7 }],
    ["item[0].update_time", { ...good, update_time: undefined }],
    ["item[0].update_time", { ...good, update_time: Date.parse("2012-07-31T15:59:59Z") / 1000 }],
    ["item[0].update_time", { ...good, update_time: NOW_SECONDS + 601 }],
    ["item[0].update_time", { ...good, update_time: Date.parse("2037-07-10T00:00:00Z") / 1000 }],
    ["item[0].content.news_item[0].is_deleted", { ...good, content: { news_item: [item(LINK, { is_deleted: 2 })] } }],
  ] as const) {
    const faults: string[] = [];
    const list = read({ total_count: 2, item: [odd, good] }, (fault) => faults.push(fault.message));
    assert.deepEqual([list.rows.map((row) => row.articleId), list.objects], [["2247490320_1"], 2], path);
    assert.equal(faults.length, 1);
    assert.ok(faults[0]?.startsWith(`${path} is not `), faults[0]);
  }
  for (const time of [Date.parse("2012-08-01T00:00:00+08:00") / 1000, NOW_SECONDS + 600]) {
    assert.equal(read({ item: [{ ...good, update_time: time }] }).rows[0]?.updatedAt.getTime(), time * 1000);
  }
});

test("0 and 1 are no and yes, and a title without a character is none", () => {
  const rows = read(answer(item(LINK, { is_deleted: 0, title: "" }), item(LINK, { is_deleted: 1, title: " " }))).rows;
  assert.deepEqual(
    rows.map(({ deleted, title }) => [deleted, title]),
    [
      [false, null],
      [true, null],
    ],
  );
});

test("an answer of which a part was left out is kept once", async (t) => {
  const [good] = answer(item(LINK)).item;
  const body = JSON.stringify({ total_count: 3, item: [null, { ...good, update_time: 0 }, good] });
  const whole = JSON.stringify({ total_count: 1, item: [good] });
  const { url } = await platformServer(t, { batchget: [body, whole] });
  const kept: object[] = [];
  const session = openSession({ url, ports: { keepRaw: (entry) => kept.push(entry) } });
  assert.equal((await session.publications.list(0)).rows.length, 1);
  assert.equal((await session.publications.list(0)).rows.length, 1);
  assert.deepEqual(kept, [
    {
      api: "freepublish_batchget",
      fault: "freepublish_batchget: answer has an unexpected shape (unexpected_shape): item[0] is not an object",
      body,
    },
  ]);
});
