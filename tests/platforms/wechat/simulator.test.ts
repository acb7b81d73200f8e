import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays } from "../../../src/calendar.ts";
import type { PlatformError } from "../../../src/errors.ts";
import { startSimulator } from "../../../src/simulator/index.ts";
import { failureOf, openPlatform, somePorts } from "./support.ts";

interface Figures {
  read_user: number;
  share_user: number;
  like_user: number;
  zaikan_user: number;
  comment_count: number;
  collection_user?: number;
}

interface Held {
  appid: string;
  registered_secret: string;
  special: string | null;
  days: {
    date: string;
    summary: (Figures & { send_page_count: number }) | null;
    followers: number;
    gained: number;
    lost: number;
  }[];
  articles: {
    msgid: string;
    publish_date: string;
    publish_type: number;
    title: string;
    curve: (Figures & { stat_date: string })[];
  }[];
}

const NOW = new Date("2026-11-23T10:00:00+08:00");
const YESTERDAY = "2026-11-22";

async function county(t: { after(close: () => Promise<void>): void }) {
  const simulator = await startSimulator({ now: () => NOW });
  t.after(() => simulator.close());
  const answer = await fetch(`${simulator.url}/_/state`);
  const { accounts } = (await answer.json()) as { accounts: Held[] };
  const platform = openPlatform({ url: simulator.url });
  const open = ({ appid, registered_secret: secret }: Held) =>
    platform.open({ code: appid, appId: appid }, somePorts({ secret: async () => secret, now: () => NOW })).statistics;
  const control = async (path: string, body: object) => {
    const reply = await fetch(simulator.url + path, { method: "POST", body: JSON.stringify(body) });
    assert.equal(reply.ok, true, await reply.text());
  };
  const calls = async (appid: string): Promise<Record<string, number>> => {
    const reply = (await (await fetch(`${simulator.url}/_/requests`)).json()) as {
      rows: Record<string, string | number>[];
    };
    const own = reply.rows.filter((row) => row.appid === appid);
    return Object.fromEntries(own.map((row) => [row.api, Number(row.calls)]));
  };
  return { accounts, open, control, calls };
}

const figuresOf = (held: Figures) => ({
  readers: held.read_user,
  sharers: held.share_user,
  likes: held.like_user,
  zaikan: held.zaikan_user,
  comments: held.comment_count,
  favourites: held.collection_user ?? null,
});

test("what the platform holds of a healthy account arrives whole", async (t) => {
  const { accounts, open } = await county(t);
  for (const held of accounts.filter(({ special }) => special === null).slice(0, 6)) {
    const statistics = open(held);
    const month = addDays(YESTERDAY, -29);
    const { rows } = await statistics.summary(month, YESTERDAY);
    assert.deepEqual(
      rows.map(({ day, readers, likes, articlesPublished }) => [day, readers, likes, articlesPublished]),
      held.days
        .filter(({ date, summary }) => date >= month && summary)
        .map(({ date, summary }) => [date, summary?.read_user, summary?.like_user, summary?.send_page_count]),
    );

    const published = held.articles.filter(({ publish_date }) => publish_date >= month);
    for (const publishDate of new Set(published.map(({ publish_date }) => publish_date))) {
      const articles = (await statistics.articles(publishDate)).rows;
      assert.deepEqual(
        articles.map(({ id, title, notified, curve }) => [
          id,
          title,
          notified,
          curve.map(({ day, readers, sharers, likes, zaikan, comments, favourites }) => ({
            day,
            ...{ readers, sharers, likes, zaikan, comments, favourites },
          })),
        ]),
        published
          .filter(({ publish_date }) => publish_date === publishDate)
          .map(({ msgid, title, publish_type, curve }) => [
            msgid,
            title,
            publish_type === 0,
            curve.map((row) => ({ day: row.stat_date, ...figuresOf(row) })),
          ]),
      );
    }

    const week = addDays(YESTERDAY, -6);
    const followers = (await statistics.followers(week, YESTERDAY)).rows;
    for (const { day, followers: total, gained, lost } of followers) {
      const truth = held.days.find(({ date }) => date === day);
      assert.deepEqual([total, gained ?? 0, lost ?? 0], [truth?.followers, truth?.gained, truth?.lost], day);
    }
    assert.equal(followers.length, 7);
  }
});

test("each faulty account shows its own fault and no other", async (t) => {
  const { accounts, open } = await county(t);
  const codes: Record<string, string[]> = {};
  for (const held of accounts.filter(({ special }) => special !== null)) {
    const statistics = open(held);
    const code = async (call: Promise<unknown>) =>
      await call.then(
        () => "ok",
        (error: PlatformError) => error.code,
      );
    const answers = [
      await code(statistics.summary(YESTERDAY, YESTERDAY)),
      await code(statistics.articles(YESTERDAY)),
      await code(statistics.followers(YESTERDAY, YESTERDAY)),
    ];
    if (answers.some((answer) => answer !== "ok")) codes[held.special ?? ""] = answers;
  }
  assert.deepEqual(Object.values(codes).map(String).sort(), [
    "40125,40125,40125",
    "40164,40164,40164",
    "48001,48001,48001",
    "ok,ok,48001",
  ]);
});

test("days that are not asked for rightly, or not ready, are told apart", async (t) => {
  const { accounts, open, control } = await county(t);
  const held = accounts.find(({ special }) => special === null);
  assert.ok(held);
  const statistics = open(held);
  assert.equal((await failureOf(statistics.summary(YESTERDAY, addDays(YESTERDAY, 1)))).code, "61501");
  assert.equal((await failureOf(statistics.summary("2026-10-01", YESTERDAY))).code, "61501");
  assert.deepEqual((await statistics.summary("2025-10-01", "2025-10-02")).rows, []);
  for (const notReady of ["61503", "is_delay"]) {
    await control("/_/settings", { readyAt: "11:00", notReady });
    assert.equal((await statistics.summary(addDays(YESTERDAY, -3), YESTERDAY)).delayed, true, notReady);
  }
});

test("a token that the platform has forgotten is replaced without anybody noticing", async (t) => {
  const { accounts, open, control, calls } = await county(t);
  const held = accounts.find(({ special }) => special === null);
  assert.ok(held);
  const statistics = open(held);
  const before = await statistics.summary(YESTERDAY, YESTERDAY);
  await control("/_/clock", { now: "2026-11-23T12:30:00+08:00" });
  assert.deepEqual(await statistics.summary(YESTERDAY, YESTERDAY), before);
  assert.deepEqual(await calls(held.appid), { stable_token: 2, getbizsummary: 3 });
});
