import assert from "node:assert/strict";
import { test } from "node:test";
import { type CurveRow, dayBefore, first, type ListRow, type StateArticle, simulate } from "./support.ts";

const cumulativeFields = ["read_user", "share_user", "zaikan_user", "like_user", "comment_count"];

test("Two simulators of one seed tell the same story, another seed another one.", async (t) => {
  const [one, twin, other] = await Promise.all([1, 1, 2].map((seed) => simulate(t, { seed, accounts: 25 })));
  const path = "/_/state?detail=full&from=2026-11-01";
  const texts = await Promise.all([one, twin, other].map(async (each) => (await each?.request("GET", path))?.text));
  assert.ok(texts[0] === texts[1]);
  assert.ok(texts[0] !== texts[2]);
});

test("A later day adds to the history and changes none of it.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const before = await simulation.state();
  await simulation.clock("2026-11-26T10:00:00+08:00");
  const after = await simulation.state();
  assert.deepEqual([before.yesterday, after.yesterday], ["2026-11-22", "2026-11-25"]);
  for (const [position, account] of before.accounts.entries()) {
    const later = first(after.accounts.slice(position, position + 1));
    assert.deepEqual(later.days.slice(0, account.days.length), account.days);
    assert.equal(later.days.length, account.days.length + 3);
    for (const [index, article] of account.articles.entries()) {
      const grown = first(later.articles.slice(index, index + 1));
      const { page } = article;
      assert.deepEqual({ ...grown, page, curve: grown.curve.slice(0, article.curve.length) }, article);
      assert.ok(grown.page.since === page.since || grown.page.since > Date.parse("2026-11-23T10:00:00+08:00") / 1000);
    }
  }
});

test("A simulator started on another day has the same history of a healthy account.", async (t) => {
  const monday = await simulate(t, { days: 30 });
  const thursday = await simulate(t, { days: 37, now: () => new Date("2026-11-26T10:00:00+08:00") });
  const query = `?appid=${first((await monday.state()).accounts.filter((account) => account.special === null)).appid}&to=2026-11-22`;
  const [one, other] = [first((await monday.state(query)).accounts), first((await thursday.state(query)).accounts)];
  assert.deepEqual(other.days.slice(-30), one.days);
  assert.deepEqual(
    other.articles.map((article) => article.msgid).slice(-one.articles.length),
    one.articles.map((article) => article.msgid),
  );
});

test("With a set start day a restart on a later day changes nothing of the history, silent accounts included.", async (t) => {
  const startDay = "2026-11-20";
  const first20 = await simulate(t, { accounts: 20, startDay });
  const restarted = await simulate(t, { accounts: 20, startDay, now: () => new Date("2026-11-26T10:00:00+08:00") });
  const [one, other] = [await first20.state("?to=2026-11-22"), await restarted.state("?to=2026-11-22")];
  for (const [position, account] of one.accounts.entries()) {
    const later = other.accounts[position];
    assert.deepEqual(later?.days, account.days);
    assert.deepEqual(
      later?.articles.map((article) => [article.msgid, article.publish_date]),
      account.articles.map((article) => [article.msgid, article.publish_date]),
    );
  }
  const silent = one.accounts.filter((account) => account.special === "silent");
  const last = silent.map((account) => account.articles.at(-1)?.publish_date);
  assert.deepEqual(last, ["2026-11-11", "2026-11-09", "2026-11-07", "2026-11-04"]);
  await assert.rejects(simulate(t, { startDay: "20 November" }), /^RangeError: startDay: expected YYYY-MM-DD/);
});

function checkCurve(article: StateArticle, yesterday: string): void {
  const { curve } = article;
  const last = dayBefore(article.publish_date, -29);
  assert.equal(curve[0]?.stat_date, article.publish_date);
  assert.equal(curve.at(-1)?.stat_date, last < yesterday ? last : yesterday);
  for (const [position, row] of curve.entries()) {
    const before: CurveRow | undefined = curve[position - 1];
    if (before === undefined) continue;
    assert.equal(dayBefore(row.stat_date, 1), before.stat_date);
    for (const field of cumulativeFields)
      assert.ok(Number(row[field]) >= Number(before[field]), `${article.msgid} ${field}`);
  }
}

test("Curves are cumulative, day by day, for thirty days from publication at most.", async (t) => {
  const simulation = await simulate(t, { days: 45 });
  const { accounts, yesterday } = await simulation.state();
  const articles = accounts.flatMap((account) => account.articles);
  for (const article of articles) checkCurve(article, yesterday);
  assert.ok(articles.some((article) => article.curve.length === 30 && article.publish_date < "2026-10-20"));
});

test("Readers are heavy-tailed, and both kinds of publication occur.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state();
  const articles = accounts.flatMap((account) => account.articles);
  const readers = articles.map((article) => article.curve.at(-1)?.read_user ?? 0).sort((a, b) => a - b);
  const median = readers[Math.floor(readers.length / 2)] ?? 0;
  const top = readers.at(-1) ?? 0;
  assert.ok(top > 100 * median, `${top} against ${median}`);
  const unnotified = articles.filter((article) => article.publish_type === 1).length;
  assert.ok(unnotified > articles.length / 20 && unnotified < articles.length / 2);
  const idx = articles.map((article) => Number(article.msgid.split("_")[1]));
  assert.ok(Math.min(...idx) === 1 && Math.max(...idx) >= 3);
});

test("What the wire gives is what the state holds, and a day's overview agrees with its articles.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const { accounts } = await simulation.state("?detail=full");
  for (const account of accounts.filter((candidate) => candidate.special === null).slice(0, 6)) {
    const ask = await simulation.visit(account);
    const overview = (await ask("getbizsummary", "2026-10-24", "2026-11-22")).json.list ?? [];
    const truth = account.days.filter((day) => day.date >= "2026-10-24" && day.summary !== null);
    assert.deepEqual(
      overview,
      truth.map((day) => ({ ref_date: day.date, detail: day.summary })),
    );
    for (const date of ["2026-10-30", "2026-11-20", "2026-11-22"]) {
      const published = account.articles.filter((article) => article.publish_date === date);
      const list = (await ask("getarticletotaldetail", date)).json.list ?? [];
      assert.deepEqual(
        list,
        published.map(({ msgid, publish_type, title, url, curve }) => ({
          ref_date: date,
          msgid,
          publish_type,
          title,
          content_url: url,
          detail_list: curve,
        })),
      );
    }
    for (const day of account.days.slice(-25)) {
      const summary = day.summary ?? { send_page_count: 0, comment_count: 0, read_user: 0 };
      const published = account.articles.filter((article) => article.publish_date === day.date);
      assert.equal(summary.send_page_count, published.length);
      const fresh = published.map((article) => Number(article.curve[0]?.read_user));
      assert.ok(Number(summary.read_user) >= Math.max(0, ...fresh), `${account.code} ${day.date}`);
    }
  }
});

test("A day's shares, likes and comments are what its articles gained on that day.", async (t) => {
  const simulation = await simulate(t, { accounts: 20, days: 45 });
  const { accounts } = await simulation.state();
  const fields = ["share_user", "zaikan_user", "like_user", "comment_count"];
  for (const { code, days, articles } of accounts.filter((account) => account.special === null)) {
    for (const { date, summary } of days.slice(-14)) {
      for (const field of fields) {
        const gained = articles.map(({ curve }) => {
          const position = curve.findIndex((row) => row.stat_date === date);
          return position < 0 ? 0 : Number(curve[position]?.[field] ?? 0) - Number(curve[position - 1]?.[field] ?? 0);
        });
        const sum = gained.reduce((total, gain) => total + gain, 0);
        assert.equal(Number(summary?.[field] ?? 0), sum, `${code} ${date} ${field}`);
      }
    }
  }
});

test("Readers by source hold the total and parts that stay below it; every published time lies within its day.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const { accounts } = await simulation.state("?detail=full&from=2026-11-15");
  const scenes = new Set<string>();
  for (const article of accounts.flatMap((account) => account.articles)) {
    assert.equal(dayBefore(new Date((article.published_at + 8 * 3600) * 1000).toISOString(), 0), article.publish_date);
    for (const row of article.curve) {
      const sources = row.read_user_source as unknown as { user_count: number; scene_desc: string }[];
      const [all, ...parts] = sources;
      assert.deepEqual(all, { user_count: row.read_user, scene_desc: "全部" });
      assert.ok(parts.reduce((sum, part) => sum + part.user_count, 0) <= Number(row.read_user));
      for (const part of parts) scenes.add(part.scene_desc);
    }
  }
  const all = ["公众号消息", "聊天会话", "朋友圈", "公众号主页", "其他", "推荐", "搜一搜"];
  assert.deepEqual([...scenes].sort(), all.sort());
});

test("Readers and sharers of one day name the articles that moved, and never add up to the totals.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = first(await simulation.special("lead"));
  const ask = await simulation.visit(account);
  const reads = (await ask("getarticleread", "2026-11-22")).json.list ?? [];
  const known = new Map(account.articles.map((article) => [article.msgid, article]));
  const readers = (row: ListRow) => (row.detail as { read_user: number }).read_user;
  let repeated = 0;
  for (const row of reads) {
    const curve = known.get(String(row.msgid))?.curve ?? [];
    const fresh = Number(curve.at(-1)?.read_user) - Number(curve.at(-2)?.read_user ?? 0);
    assert.ok(readers(row) >= fresh && fresh > 0, String(row.msgid));
    if (readers(row) > fresh) repeated++;
  }
  assert.ok(repeated > 0);
  const shares = (await ask("getarticleshare", "2026-11-22")).json.list ?? [];
  assert.ok(shares.length > 0 && shares.length < reads.length);
  for (const row of shares) assert.ok((row.detail as { share_user: number }).share_user > 0);
});

test("Followers gained less lost make the difference of two days, and sources without movement are missing.", async (t) => {
  const simulation = await simulate(t);
  const { accounts } = await simulation.state();
  for (const { code, days, opened_on } of accounts) {
    for (const [position, day] of days.entries()) {
      assert.ok(day.gained >= 0 && day.lost >= 0, code);
      const before = position === 0 ? (opened_on === null ? null : 0) : days[position - 1]?.followers;
      if (before !== null) assert.equal(day.followers - Number(before), day.gained - day.lost, `${code} ${day.date}`);
    }
  }
  const account = first(accounts);
  const ask = await simulation.visit(account);
  const rows = (await ask("getusersummary", "2026-11-16", "2026-11-22")).json.list ?? [];
  for (const day of account.days.slice(-7)) {
    const ofDay = rows.filter((row) => row.ref_date === day.date);
    const sum = (field: string) => ofDay.reduce((total, row) => total + Number(row[field]), 0);
    assert.deepEqual([sum("new_user"), sum("cancel_user")], [day.gained, day.lost]);
    for (const row of ofDay) assert.ok(Number(row.new_user) + Number(row.cancel_user) > 0);
  }
  const cumulated = (await ask("getusercumulate", "2026-11-16", "2026-11-22")).json.list ?? [];
  assert.deepEqual(
    cumulated.map((row) => row.cumulate_user),
    account.days.slice(-7).map((day) => day.followers),
  );
  const quiet = await Promise.all(
    accounts
      .slice(14)
      .map(async (each) => (await (await simulation.visit(each))("getusersummary", "2026-11-22")).json.list),
  );
  assert.ok(quiet.some((list) => list?.length === 0));
});

test("A correction takes readers back from a day on, and only then.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = first(await simulation.special("lead"));
  await simulation.control("account", {
    appid: account.appid,
    set: { correction: { from: "2026-11-21", factor: 0.5 } },
  });
  const after = first((await simulation.state(`?appid=${account.appid}`)).accounts);
  const article = first(account.articles.filter((candidate) => candidate.publish_date === "2026-11-10"));
  const corrected = first(after.articles.filter((candidate) => candidate.msgid === article.msgid));
  const readersOn = (curve: CurveRow[], date: string) => curve.find((row) => row.stat_date === date)?.read_user ?? 0;
  assert.equal(readersOn(corrected.curve, "2026-11-20"), readersOn(article.curve, "2026-11-20"));
  assert.ok(readersOn(corrected.curve, "2026-11-21") < readersOn(corrected.curve, "2026-11-20"));
});

test("Article answers have the documented fields, the odd content types and a byte order mark here and there.", async (t) => {
  const simulation = await simulate(t, { accounts: 20 });
  const account = first(await simulation.special("lead"));
  const ask = await simulation.visit(account);
  const total = await ask("getarticletotaldetail", "2026-11-20");
  const row = first(total.json.list);
  assert.deepEqual(Object.keys(row), ["ref_date", "msgid", "publish_type", "title", "content_url", "detail_list"]);
  assert.match(
    String(row.content_url),
    /^http:\/\/mp\.weixin\.qq\.com\/s\?__biz=[\w=]+&mid=\d+&idx=1&sn=[0-9a-f]{32}&chksm=[0-9a-f]+#rd$/,
  );
  assert.match(String(row.title), /[\u4e00-\u9fff]/);
  const detail = first(row.detail_list as Record<string, unknown>[]);
  const rates = detail.read_jump_position as { position: number; rate: number }[];
  assert.deepEqual(
    rates.map((rate) => rate.position),
    [1, 2, 3, 4, 5],
  );
  assert.ok(Math.abs(rates.reduce((sum, rate) => sum + rate.rate, 0) - 1) < 0.001);
  for (const field of [
    ...cumulativeFields,
    "collection_user",
    "praise_money",
    "read_subscribe_user",
    "read_delivery_rate",
    "read_finish_rate",
    "read_avg_activetime",
  ]) {
    assert.equal(typeof detail[field], "number", field);
  }
  assert.equal(total.contentType, "application/json; encoding=utf-8");
  assert.equal((await ask("getusersummary", "2026-11-20")).contentType, "text/plain");
  assert.ok(!total.text.startsWith("\uFEFF"));
  assert.ok((await ask("getarticleshare", "2026-11-20")).text.startsWith("\uFEFF"));
});
