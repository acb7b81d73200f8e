import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { first, type Simulation, type StateAccount, simulate } from "./support.ts";

const batchget = "/cgi-bin/freepublish/batchget";

interface NewsItem {
  title: string;
  content?: string;
  url: string;
  is_deleted: boolean;
}

interface Item {
  article_id: string;
  content: { news_item: NewsItem[] };
  update_time: number;
}

interface List {
  errcode?: number;
  total_count: number;
  item_count: number;
  item?: Item[];
}

async function open(t: TestContext, accounts = 45) {
  const simulation = await simulate(t, { accounts, days: 40 });
  await simulation.control("settings", { dailyQuota: 10_000 });
  const state = async () => (await simulation.state("?detail=brief")).accounts;
  return { simulation, state, accounts: await state() };
}

async function lister(simulation: Simulation, account: StateAccount) {
  const token = String((await simulation.stableToken(account)).json.access_token);
  return async (body: object): Promise<List> =>
    (await simulation.call(token, batchget, { offset: 0, count: 20, no_content: 1, ...body })).json as unknown as List;
}

async function walk(simulation: Simulation, account: StateAccount): Promise<Item[]> {
  const list = await lister(simulation, account);
  const items: Item[] = [];
  for (let total = 1; items.length < total; ) {
    const page = await list({ offset: items.length });
    assert.equal(page.item_count, page.item?.length ?? 0);
    total = page.total_count;
    items.push(...(page.item ?? []));
  }
  return items;
}

const visible = (account: StateAccount) => account.verified && account.special !== "not_allow_listed";
const byUnnotified = (accounts: StateAccount[], unnotified: string) =>
  accounts.filter((account) => account.unnotified === unnotified && visible(account));

/** What a long link names, whatever it is escaped like. */
function msgidOf(url: string): string | null {
  const query = new URL(url.replaceAll("&amp;", "&")).searchParams;
  return query.has("mid") ? `${query.get("mid")}_${query.get("idx")}` : null;
}

test("The list holds what was published without notice, and nothing that was mass-sent.", async (t) => {
  const { simulation, accounts } = await open(t);
  const forms = new Set<string>();
  let several = 0;
  for (const account of accounts.filter(visible)) {
    const items = await walk(simulation, account);
    const truth = new Map(account.publications.map((object) => [object.article_id, object]));
    assert.equal(items.length, truth.size, account.code);
    const silent = [...account.articles, ...account.articles_today].filter((article) => article.publish_type === 1);
    const known = new Map(silent.map((article) => [article.msgid, article]));
    assert.equal(account.publications.flatMap((object) => object.articles).length, known.size);
    for (const item of items) {
      const object = truth.get(item.article_id);
      assert.ok(object, item.article_id);
      assert.equal(item.update_time, object.update_times.at(-1));
      if (object.articles.length > 1) several++;
      for (const [place, news] of item.content.news_item.entries()) {
        const article = known.get(object.articles[place]?.msgid ?? "");
        assert.ok(article);
        assert.deepEqual([news.title, news.is_deleted], [article.title, object.articles[place]?.deleted]);
        assert.equal(news.content, undefined);
        const msgid = msgidOf(news.url);
        assert.equal(msgid, article.links.listed_as === "short" ? null : article.msgid);
        assert.equal(news.url.includes("&amp;"), article.links.listed_as === "escaped");
        if (msgid === null) assert.match(news.url, /^https:\/\/mp\.weixin\.qq\.com\/s\/[\w-]{22}$/);
        forms.add(`${article.links.listed_as} ${new URL(news.url).protocol}`);
      }
    }
  }
  assert.ok(several > 3);
  assert.deepEqual([...forms].sort(), ["escaped http:", "escaped https:", "long http:", "long https:", "short https:"]);
});

test("Links differ from answer to answer in chksm and scene only.", async (t) => {
  const { simulation, accounts } = await open(t);
  const list = await lister(simulation, first(byUnnotified(accounts, "bursts")));
  const links = async () => (await list({})).item?.flatMap((item) => item.content.news_item.map((news) => news.url));
  const [one, other] = [(await links()) ?? [], (await links()) ?? []];
  const long = one.filter((url) => msgidOf(url) !== null).length;
  assert.ok(long > 10 && one.filter((url, place) => url !== other[place]).length === long);
  assert.deepEqual(one.map(msgidOf), other.map(msgidOf));
});

test("Objects stand by their last update, and a few stand some places too low.", async (t) => {
  const { simulation, accounts } = await open(t);
  let faults = 0;
  let pairs = 0;
  for (const account of accounts.filter(visible)) {
    const items = await walk(simulation, account);
    const sorted = items.map((item) => item.update_time).sort((a, b) => b - a);
    for (const [place, item] of items.entries()) {
      pairs++;
      if (item.update_time < (items[place + 1]?.update_time ?? 0)) faults++;
      assert.ok(place - sorted.indexOf(item.update_time) <= 6, `${account.code} ${place}`);
    }
  }
  assert.ok(faults > 0 && faults < pairs / 10, `${faults} of ${pairs}`);
});

test("An edit moves an object up at its second; a deleted article stays and says so.", async (t) => {
  const { simulation, accounts } = await open(t);
  const account = first(byUnnotified(accounts, "some").filter(({ special }) => special === null));
  const object = first(account.publications.slice(0, 1));
  const { msgid } = first(object.articles);
  await simulation.control("page", { appid: account.appid, msgid, state: "deleted" });
  const stays = (await walk(simulation, account)).find((item) => item.article_id === object.article_id);
  assert.equal(stays?.content.news_item[0]?.is_deleted, true);

  await simulation.clock("2026-12-20T10:00:00+08:00");
  const later = (await simulation.state("?detail=brief")).accounts.filter(visible);
  const edited = later.flatMap((each) => each.publications.map((publication) => ({ each, publication })));
  const { each, publication } = first(
    edited.filter(({ publication: { update_times: at } }) => at.length > 1 && Number(at[1]) > 1_795_400_000),
  );
  const at = Number(publication.update_times[1]);
  const placeAt = async (second: number) => {
    await simulation.clock(new Date(second * 1000).toISOString());
    const items = await walk(simulation, each);
    const place = items.findIndex((item) => item.article_id === publication.article_id);
    return { place, update: items[place]?.update_time };
  };
  const before = await placeAt(at - 1);
  const after = await placeAt(at);
  assert.deepEqual([before.update, after.update], [publication.published_at, at]);
  assert.ok(after.place <= publication.sunk && after.place <= before.place);
});

test("A publication shows minutes after its second, on the same day; what was mass-sent does not.", async (t) => {
  const { simulation } = await open(t);
  await simulation.clock("2026-11-23T23:00:00+08:00");
  const accounts = (await simulation.state("?detail=brief&from=2026-11-23")).accounts.filter(visible);
  const silent = accounts.flatMap((account) => account.publications.map((object) => ({ account, object })));
  assert.ok(silent.length > 5);
  for (const { account, object } of silent.slice(0, 5)) {
    const delay = object.visible_at - object.published_at;
    assert.ok(delay > 0 && delay < 300, String(delay));
    const shows = async (second: number) => {
      await simulation.clock(new Date(second * 1000).toISOString());
      return (await walk(simulation, account)).some((item) => item.article_id === object.article_id);
    };
    assert.deepEqual([await shows(object.visible_at - 1), await shows(object.visible_at)], [false, true]);
  }
  assert.ok(accounts.some((account) => account.articles_today.some((article) => article.publish_type === 0)));

  await simulation.clock("2026-11-23T23:59:50+08:00");
  const account = first(accounts);
  await simulation.control("publish", { appid: account.appid, notified: false });
  const total = (await walk(simulation, account)).length;
  await simulation.control("publish", { appid: account.appid, notified: true });
  await simulation.control("publish", { appid: account.appid, notified: false });
  assert.equal((await walk(simulation, account)).length, total + 1);
});

test("A large county holds every habit: most accounts mass-send only, one publishes a lot at once, some never notify.", async (t) => {
  const { accounts } = await open(t, 200);
  const count = (unnotified: string) => accounts.filter((account) => account.unnotified === unnotified).length;
  assert.ok(count("never") > 100);
  for (const unnotified of ["some", "most", "always", "bursts"]) assert.ok(count(unnotified) >= 3, unnotified);
  for (const account of accounts.filter((each) => each.unnotified === "always")) {
    assert.ok(account.articles.length > 0 && account.articles.every((article) => article.publish_type === 1));
  }
  for (const account of accounts.filter((each) => each.unnotified === "never"))
    assert.deepEqual(account.publications, []);
  const busy = first(accounts.filter((account) => account.code === "media-centre")).publications;
  assert.ok(busy.length > 100);
  const seconds = busy.map((object) => object.published_at);
  const begin = seconds.findIndex((second, place) => place > 0 && second - Number(seconds[place - 1]) > 5 * 86_400);
  assert.ok(begin > 0 && Number(seconds[begin + 21]) - Number(seconds[begin]) < 3 * 3_600);
});

test("The list without anything in it comes with an empty item for some accounts and with none for others.", async (t) => {
  const { simulation, accounts } = await open(t);
  const forms = new Set<string>();
  for (const account of byUnnotified(accounts, "never").slice(0, 8))
    forms.add(JSON.stringify(await (await lister(simulation, account))({})));
  assert.deepEqual([...forms].sort(), [
    '{"total_count":0,"item_count":0,"item":[]}',
    '{"total_count":0,"item_count":0}',
  ]);
});

test("Counts beyond 20, accounts without permission and the quota of a hundred are refused.", async (t) => {
  const { simulation, accounts } = await open(t, 20);
  const account = first(accounts);
  const list = await lister(simulation, account);
  for (const wrong of [{ count: 0 }, { count: 21 }, { offset: -1 }, { offset: "0" }, { no_content: 2 }])
    assert.equal((await list(wrong)).errcode, 47001, JSON.stringify(wrong));
  const unverified = first(accounts.filter(({ special }) => special === "unverified"));
  assert.equal((await (await lister(simulation, unverified))({})).errcode, 48001);
  await simulation.control("account", { appid: account.appid, set: { permissions: { publications: false } } });
  assert.equal((await list({})).errcode, 48001);
  await simulation.control("account", { appid: account.appid, set: { permissions: { publications: true } } });

  await simulation.control("settings", { dailyQuota: {}, foreignCalls: { [account.appid]: { [batchget]: 70 } } });
  const token = String((await simulation.stableToken(account)).json.access_token);
  const quota = async () => (await simulation.call(token, "/cgi-bin/openapi/quota/get", { cgi_path: batchget })).json;
  assert.deepEqual((await quota()).quota, { daily_limit: 100, used: 76, remain: 24 });
  for (let call = 0; call < 24; call++) assert.ok((await list({})).total_count > 0);
  assert.equal((await list({})).errcode, 45009);
  assert.deepEqual((await quota()).quota, { daily_limit: 100, used: 100, remain: 0 });
});

test("One object can be asked for with its content, and faults reach the list in its own shape.", async (t) => {
  const { simulation, accounts } = await open(t, 20);
  const account = first(byUnnotified(accounts, "always"));
  const token = String((await simulation.stableToken(account)).json.access_token);
  const get = async (id: string) =>
    (await simulation.call(token, "/cgi-bin/freepublish/getarticle", { article_id: id })).json;
  const object = first(account.publications);
  const { news_item: items } = (await get(object.article_id)) as unknown as { news_item: NewsItem[] };
  assert.equal(items.length, object.articles.length);
  assert.match(String(items[0]?.content), /[\u4e00-\u9fff]/);
  assert.equal((await get("nothing")).errcode, 53600);
  await simulation.control("faults", { api: "freepublish_batchget", count: 1, fault: "empty_list" });
  const list = await lister(simulation, account);
  assert.deepEqual(await list({}), { total_count: 0, item_count: 0, item: [] });
  assert.ok((await list({})).total_count > 0);
});
