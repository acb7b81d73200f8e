import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOf, busiest, now, reader } from "./commentSupport.ts";
import { first, simulate } from "./support.ts";

test("An account without comments gets some from the day after it is given the function.", async (t) => {
  const simulation = await simulate(t);
  const before = await accountOf(simulation, "housing");
  assert.equal(before.comments.length, 0);
  await simulation.control("account", { appid: before.appid, set: { comments: true } });
  await simulation.clock("2026-11-30T10:00:00+08:00");
  const after = await accountOf(simulation, "housing");
  const begin = Date.parse("2026-11-24T00:00:00+08:00") / 1000;
  assert.ok(after.comments.length > 0 && after.comments.every(({ created_at }) => created_at >= begin));
});

test("A test's comment is counted, answered, edited, stripped of its reply, vanishes and returns, each at its moment.", async (t) => {
  const simulation = await simulate(t, { accounts: 1, days: 45 });
  const account = await accountOf(simulation, "yunxi-fabu");
  const { appid } = account;
  const recent = first(account.articles.slice(-1)).msgid;
  const old = first(account.articles).msgid;
  const at = (minute: number) => new Date((now + minute * 60) * 1000).toISOString();
  const ids: string[] = [];
  for (const [msgid, openid] of [
    [recent, null],
    [old, "oTest"],
  ] as const) {
    const added = await simulation.control("comment", { appid, msgid, openid, content: "几点开门？", at: at(1) });
    ids.push(String(added.user_comment_id));
    assert.equal(added.openid, openid);
  }
  const id = ids[0];
  const comment = { appid, msgid: recent, id };
  await simulation.control("reply", { ...comment, content: "九点", at: at(2) });
  await simulation.control("reply", { ...comment, content: "十点", at: at(3) });
  const seen = async (minute: number) => {
    await simulation.clock(at(minute));
    const { page } = await reader(simulation, account);
    const row = (await page(recent)).comment.find((each) => each.user_comment_id === id);
    return row === undefined ? null : [row.openid, row.reply?.content, row.reply?.create_time];
  };
  assert.deepEqual(
    [await seen(0), await seen(1), await seen(2), await seen(3)],
    [null, [undefined, undefined, undefined], [undefined, "九点", now + 120], [undefined, "十点", now + 180]],
  );
  await simulation.control("reply", { ...comment, remove: true, at: at(4) });
  assert.deepEqual(await seen(4), [undefined, undefined, undefined]);
  await simulation.control("vanish", { ...comment, at: at(5) });
  assert.equal(await seen(5), null);
  const gone = first((await simulation.state("?replies=1")).accounts).comments.find(
    (each) => each.msgid === recent && each.user_comment_id === id,
  );
  const times = [gone?.replied_at, gone?.reply_removed_at, gone?.vanished_at];
  assert.deepEqual(times, [[now + 120, now + 180], now + 240, now + 300]);
  await simulation.control("vanish", { ...comment, gone: false });
  assert.notEqual(await seen(6), null);
  const count = async () => {
    await simulation.clock("2026-11-24T10:00:00+08:00");
    const ask = await simulation.visit(account);
    const detail = first((await ask("getbizsummary", "2026-11-23")).json.list).detail as { comment_count: number };
    return detail.comment_count;
  };
  const counted = await count();
  await simulation.control("comment", { appid, msgid: old, at: at(10) });
  assert.equal(await count(), counted + 1);
  for (const wrong of [
    { ...comment, msgid: "1_1" },
    { ...comment, id: "77" },
    { ...comment, at: "2026-01-01T00:00:00Z" },
  ]) {
    assert.equal((await simulation.post("/_/reply", wrong)).status, 400, JSON.stringify(wrong));
  }
  assert.equal((await simulation.post("/_/comment", { appid, msgid: recent, id })).status, 400);
});

test("The list's traps: it counts what it hides, gives one article's comments for another, shifts between pages.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await accountOf(simulation, "yunxi-fabu");
  const { page, all } = await reader(simulation, account);
  const [msgid, comments] = busiest(account);
  const shown = comments.filter((comment) => comment.vanished_at === null).length;
  const set = (commentTrap: string | null) =>
    simulation.control("account", { appid: account.appid, set: { commentTrap } });
  await set("total_zero");
  const hidden = await page(msgid);
  assert.deepEqual([hidden.total, hidden.comment, hidden.comment_cnt], [0, [], shown]);
  await set("shifting");
  const walk = await all(msgid);
  assert.equal(walk.length, shown);
  assert.ok(new Set(walk.map((row) => row.user_comment_id)).size < shown);
  const days = Map.groupBy(account.articles, (article) => article.publish_date);
  const several = first([...days.values()].filter((articles) => articles.length > 1));
  await set("same_for_day");
  const answers = await Promise.all(several.map((article) => page(article.msgid)));
  for (const answer of answers) assert.deepEqual(answer.comment, answers[0]?.comment);
  await set(null);
  assert.equal((await page(msgid)).total, shown);
  await simulation.control("faults", { api: "comment_list", count: 1, fault: "empty_list" });
  assert.deepEqual(await page(msgid), { errcode: 0, errmsg: "ok", total: 0, comment: [] });
});
