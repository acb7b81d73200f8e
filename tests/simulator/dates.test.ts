import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBefore, first, type ListRow, simulate } from "./support.ts";

const spans: [string, number][] = [
  ["getbizsummary", 30],
  ["getarticletotaldetail", 1],
  ["getarticleread", 1],
  ["getarticleshare", 1],
  ["getusersummary", 7],
  ["getusercumulate", 7],
];

test("Every endpoint allows its own span, up to yesterday in Shanghai.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  // Still the 22nd in UTC.
  await simulation.clock("2026-11-23T00:30:00+08:00");
  await simulation.control("settings", { readyAt: "00:00" });
  const ask = await simulation.visit(first(await simulation.special("lead")));
  for (const [api, days] of spans) {
    const code = async (begin: string, end: string) => (await ask(api, begin, end)).json.errcode ?? 0;
    assert.equal(await code(dayBefore("2026-11-22", days - 1), "2026-11-22"), 0, `${api}: longest span`);
    assert.equal(await code(dayBefore("2026-11-22", days), "2026-11-22"), 61501, `${api}: a day more`);
    assert.equal(await code("2026-11-23", "2026-11-23"), 61501, `${api}: today`);
    assert.equal(await code("2026-11-22", "2026-11-21"), 61501, `${api}: turned round`);
    assert.equal(await code("20261122", "20261122"), 61500, `${api}: other format`);
    assert.equal(await code("2026-02-30", "2026-02-30"), 61500, `${api}: no such day`);
  }
});

test("Article statistics before November 2025 are empty.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const ask = await simulation.visit(first(await simulation.special("lead")));
  assert.deepEqual((await ask("getbizsummary", "2025-10-31", "2025-11-05")).json, { list: [], is_delay: false });
  assert.deepEqual((await ask("getusersummary", "2025-10-30")).json, { list: [] });
});

test("Unknown paths are a real 404, retired endpoints answer 47009.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  const ask = await simulation.visit(first(await simulation.special("lead")));
  assert.equal((await simulation.post("/cgi-bin/datacube/getbizsummary", {})).status, 404);
  const summary = await simulation.request("GET", "/datacube/getbizsummary?access_token=x");
  assert.equal(summary.json.errcode, 43002);
  const retired = [
    "getarticlesummary",
    "getarticletotal",
    "getuserread",
    "getuserreadhour",
    "getusershare",
    "getusersharehour",
  ];
  for (const api of retired) {
    const wire = await ask(api, "2026-11-22");
    assert.deepEqual([wire.status, wire.json.errcode], [200, 47009], api);
    assert.match(String(wire.json.errmsg), /^this api is offline, please use the new api rid: /);
  }
});

test("Before the ready time yesterday is refused with 61503, and older days are given.", async (t) => {
  const simulation = await simulate(t, { accounts: 1 });
  await simulation.clock("2026-11-23T07:59:59+08:00");
  const ask = await simulation.visit(first(await simulation.special("lead")));
  for (const [api] of spans) {
    assert.equal((await ask(api, "2026-11-22")).json.errcode, 61503, api);
    assert.ok((await ask(api, "2026-11-21")).json.list, api);
  }
  const older = first((await ask("getarticletotaldetail", "2026-11-20")).json.list);
  const detail = older.detail_list as { stat_date: string }[];
  assert.deepEqual(
    detail.map((row) => row.stat_date),
    ["2026-11-20", "2026-11-21"],
  );
  await simulation.clock("2026-11-23T08:00:00+08:00");
  for (const [api] of spans) assert.ok((await ask(api, "2026-11-22")).json.list, api);
});

function dates(list: ListRow[] | undefined): string[] {
  return (list ?? []).map((row) => row.ref_date);
}

test("In the other mode yesterday is late: missing for some accounts, incomplete for others, and said so.", async (t) => {
  const simulation = await simulate(t, { accounts: 45 });
  await simulation.control("settings", { notReady: "is_delay" });
  const { accounts } = await simulation.state();
  const daily = accounts.filter((account) => account.articles.some((article) => article.publish_date === "2026-11-22"));
  const visible = daily.filter((account) => account.special === null || account.special === "lead");
  const seen = { missing: 0, partial: 0 };
  for (const account of visible) {
    await simulation.clock("2026-11-23T07:30:00+08:00");
    const ask = await simulation.visit(account);
    const early = (await ask("getbizsummary", "2026-11-20", "2026-11-22")).json;
    assert.equal(early.is_delay, true);
    assert.equal((await ask("getbizsummary", "2026-11-20", "2026-11-21")).json.is_delay, false);
    assert.equal((await ask("getarticletotaldetail", "2026-11-10")).json.is_delay, true);
    const earlyFollowers = await ask("getusercumulate", "2026-11-20", "2026-11-22");
    assert.deepEqual(dates(earlyFollowers.json.list), ["2026-11-20", "2026-11-21"]);

    await simulation.clock("2026-11-23T09:00:00+08:00");
    const final = (await ask("getbizsummary", "2026-11-20", "2026-11-22")).json;
    assert.equal(final.is_delay, false);
    const figure = (list: ListRow[] | undefined, date: string, name: string) =>
      (list?.find((row) => row.ref_date === date)?.detail as Record<string, number> | undefined)?.[name] ?? null;
    const readers = (list: ListRow[] | undefined, date: string) => figure(list, date, "read_user");
    assert.equal(readers(early.list, "2026-11-21"), readers(final.list, "2026-11-21"));
    const earlyReaders = readers(early.list, "2026-11-22");
    if (earlyReaders === null) seen.missing++;
    else {
      seen.partial++;
      const published = (list: ListRow[] | undefined) => figure(list, "2026-11-22", "send_page_count");
      assert.ok(Number(published(early.list)) < Number(published(final.list)), account.code);
      assert.ok(earlyReaders < Number(readers(final.list, "2026-11-22")), account.code);
    }
  }
  assert.ok(seen.missing > 0 && seen.partial > 0, JSON.stringify(seen));
});

test("With a jitter the accounts become ready one after the other.", async (t) => {
  const simulation = await simulate(t, { accounts: 30 });
  await simulation.control("settings", { readyJitterMinutes: 60 });
  const { accounts } = await simulation.state("?from=2026-11-22");
  const healthy = accounts.filter((account) => account.special === null);
  const readyAt = async (minute: string) => {
    await simulation.clock(`2026-11-23T08:${minute}:00+08:00`);
    const codes = healthy.map(
      async (account) => (await (await simulation.visit(account))("getbizsummary", "2026-11-22")).json.errcode,
    );
    return (await Promise.all(codes)).filter((code) => code === undefined).length;
  };
  const half = await readyAt("30");
  assert.ok(half > 0 && half < healthy.length, `${half} of ${healthy.length}`);
  assert.equal(await readyAt("59"), healthy.length);
});
