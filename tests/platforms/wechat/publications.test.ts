import assert from "node:assert/strict";
import { test } from "node:test";
import { ShapeFault } from "../../../src/platforms/wechat/fields.ts";
import { readPublications } from "../../../src/platforms/wechat/publications.ts";

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
  assert.deepEqual(readPublications(answer(first, second)), {
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
    const [row] = readPublications(answer(item(link))).rows;
    assert.equal(row?.url, LINK, link);
    assert.equal(row?.articleId, "2247490320_1", link);
  }
  const [short] = readPublications(answer(item("http://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw?scene=1#rd"))).rows;
  assert.equal(short?.url, "https://mp.weixin.qq.com/s/8yzT20EvmDg37Jso9nsIIw");
});

test("what is no article link stays as it is and names no article", () => {
  for (const link of ["https://example.org/s?mid=1&idx=1", "", "不是链接"]) {
    const [row] = readPublications(answer(item(link))).rows;
    assert.deepEqual([row?.url, row?.articleId], [link, null]);
  }
  assert.equal(readPublications(answer(item(undefined))).rows[0]?.url, null);
});

test("nothing published comes with an empty list or without one", () => {
  const nothing = { rows: [], objects: 0, total: 0 };
  assert.deepEqual(readPublications({ total_count: 0, item_count: 0 }), nothing);
  assert.deepEqual(readPublications({ total_count: 0, item_count: 0, item: [] }), nothing);
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
    assert.throws(() => readPublications(body), ShapeFault, JSON.stringify(body));
  }
});
