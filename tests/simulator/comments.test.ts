import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOf, busiest, byArticle, now, reader } from "./commentSupport.ts";
import { first, type StateAccount, type StateComment, simulate } from "./support.ts";

test("The list holds what the state holds: all comments but the vanished ones, each with its newest reply.", async (t) => {
  const simulation = await simulate(t);
  for (const code of ["yunxi-fabu", "sports", "medical-insurance"]) {
    const account = await accountOf(simulation, code);
    const { all } = await reader(simulation, account);
    for (const [msgid, comments] of [...byArticle(account)].slice(-12)) {
      const expected = comments
        .filter((comment) => comment.vanished_at === null)
        .map(({ user_comment_id, created_at, openid, content, replied_at }) =>
          [user_comment_id, created_at, openid ?? undefined, content, replied_at.at(-1)].join("|"),
        );
      const rows = (await all(msgid)).map((row) =>
        [row.user_comment_id, row.create_time, row.openid, row.content, row.reply?.create_time].join("|"),
      );
      assert.deepEqual(rows.sort(), expected.sort(), msgid);
    }
  }
});

test("As many comments are written on a day as the statistics count, after the publication and before now.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const { accounts } = await simulation.state("?replies=1");
  let days = 0;
  for (const account of accounts) {
    const groups = byArticle(account);
    const dayOf = (seconds: number) => new Date((seconds + 8 * 3600) * 1000).toISOString().slice(0, 10);
    for (const article of account.articles) {
      const comments = groups.get(article.msgid) ?? [];
      assert.ok(comments.every(({ created_at }) => created_at > article.published_at && created_at <= now));
      for (const [age, row] of article.curve.entries()) {
        const increment = Number(row.comment_count) - Number(article.curve[age - 1]?.comment_count ?? 0);
        const written = comments.filter(({ created_at }) => dayOf(created_at) === row.stat_date);
        assert.equal(written.length, increment, `${article.msgid} ${row.stat_date}`);
        days++;
      }
    }
  }
  assert.ok(days > 1000);
});

test("Comments are of every kind, some without an openid, with replies of every habit, edits and vanished spam.", async (t) => {
  const simulation = await simulate(t);
  const { accounts, marker, openid_prefix } = await simulation.state("?replies=1&detail=brief");
  const comments = accounts.flatMap((account) => account.comments);
  assert.ok(comments.length > 5000);
  const kinds = new Set(comments.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [
    "complaint",
    "emoji",
    "praise",
    "question",
    "spam",
    "thanks",
    "unmarked_question",
  ]);
  assert.ok(comments.every(({ content }) => content.includes(marker)));
  assert.ok(
    comments.every(({ openid }) => openid === null || (openid.startsWith(openid_prefix) && openid.length === 28)),
  );
  const share = (of: StateComment[], is: (comment: StateComment) => boolean) => of.filter(is).length / of.length;
  const anonymous = share(comments, ({ openid }) => openid === null);
  assert.ok(anonymous > 0.08 && anonymous < 0.16, String(anonymous));
  const spam = comments.filter(({ kind, created_at }) => kind === "spam" && created_at < now - 5 * 86_400);
  assert.ok(share(spam, ({ vanished_at }) => vanished_at !== null) > 0.6);
  assert.ok(comments.some(({ replied_at }) => replied_at.length === 3));
  const habits = Map.groupBy(accounts, ({ functions }) => functions.replying);
  const median = (habit: string) => {
    const answered = (habits.get(habit) ?? [])
      .flatMap((account) => account.comments)
      .filter((c) => c.replied_at.length);
    const waits = answered.map((comment) => first(comment.replied_at) - comment.created_at).sort((a, b) => a - b);
    return waits[Math.floor(waits.length / 2)] ?? Number.POSITIVE_INFINITY;
  };
  assert.equal(median("never"), Number.POSITIVE_INFINITY);
  assert.ok(median("tireless") < 5_400 && median("slow") > 2 * 86_400, `${median("tireless")} ${median("slow")}`);
  assert.ok(median("tireless") < median("prompt") && median("prompt") < median("mornings"));
});

test("Ids begin anew with every article on most accounts and pass 2^53 on others, in the question and the answer.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state("?replies=1&detail=brief");
  const ids = (account: StateAccount) => account.comments.map((comment) => comment.user_comment_id);
  const large = accounts.filter((account) => ids(account).some((id) => BigInt(id) > 2n ** 53n));
  assert.ok(large.length > 5 && large.length < 20);
  for (const account of large) assert.equal(new Set(ids(account)).size, ids(account).length, account.code);
  const lead = first(accounts);
  assert.ok(new Set(ids(lead)).size < ids(lead).length, "no id is met twice");
  for (const account of accounts) {
    for (const comments of byArticle(account).values()) {
      assert.equal(new Set(comments.map((comment) => comment.user_comment_id)).size, comments.length);
    }
  }
  const exotic = accounts.find((account) =>
    account.comments.some(({ msgid }) => BigInt(msgid.split("_")[0] ?? 0) > 2n ** 53n),
  );
  assert.ok(exotic !== undefined);
  const { page } = await reader(simulation, exotic);
  const [msgid, comments] = busiest(exotic);
  assert.equal((await page(msgid)).total, comments.filter((comment) => comment.vanished_at === null).length);
});

test("The list stands in no order of time and shifts when somebody is answered.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = await accountOf(simulation, "yunxi-fabu");
  const { page } = await reader(simulation, account);
  const [msgid] = busiest(account);
  const before = await page(msgid);
  assert.equal(before.comment.length, 49);
  const times = before.comment.map((row) => row.create_time);
  assert.notDeepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.notDeepEqual(
    times,
    times.toSorted((a, b) => b - a),
  );
  const second = await page(msgid, { begin: 49 });
  const open = first(second.comment.filter((row) => row.reply === undefined));
  await simulation.control("reply", { appid: account.appid, msgid, id: open.user_comment_id, content: "好的" });
  const after = await page(msgid);
  assert.equal(after.comment[0]?.user_comment_id, open.user_comment_id);
  assert.deepEqual(after.comment[0]?.reply, { content: "好的", create_time: now });
  assert.deepEqual(
    after.comment.slice(1).map((row) => row.user_comment_id),
    before.comment.slice(0, 48).map((row) => row.user_comment_id),
  );
  const types = await Promise.all([0, 1, 2].map((type) => page(msgid, { type })));
  const [all, ordinary, elected] = types.map(({ total }) => total);
  assert.equal(Number(ordinary) + Number(elected), all);
  assert.ok(types[2]?.comment.every((row) => row.comment_type === 1));
});

test("Wrong counts, unknown articles and accounts without the function are refused each with its own code.", async (t) => {
  const simulation = await simulate(t);
  const account = await accountOf(simulation, "yunxi-fabu");
  const { page } = await reader(simulation, account);
  const [msgid] = busiest(account);
  const code = async (id: string, more: object = {}) => (await page(id, more)).errcode;
  assert.deepEqual(
    [await code(msgid, { count: 0 }), await code(msgid, { count: 50 }), await code(msgid, { count: 49 })],
    [88010, 88010, 0],
  );
  assert.deepEqual(
    [await code("1_1"), await code(msgid, { index: 7 }), await code(msgid, { begin: "0" })],
    [88001, 88001, 47001],
  );
  const { appid } = account;
  await simulation.control("account", { appid, set: { comments: false } });
  assert.equal(await code(msgid), 88000);
  await simulation.control("account", { appid, set: { comments: true, permissions: { comments: false } } });
  assert.equal(await code(msgid), 48001);
  const none = await accountOf(simulation, "housing");
  assert.equal(none.functions.comments, false);
  assert.equal((await (await reader(simulation, none)).page(first(none.articles).msgid)).errcode, 88000);
  const { accounts } = await simulation.state();
  const deaf = accounts.filter((each) => !each.functions.silent_comments && each.functions.comments);
  const silent = first(
    deaf.flatMap((each) => each.articles.filter((one) => one.publish_type === 1).map((one) => [each, one] as const)),
  );
  assert.equal((await (await reader(simulation, silent[0])).page(silent[1].msgid)).errcode, 88001);
  assert.equal(silent[1].curve.at(-1)?.comment_count, 0);
});
