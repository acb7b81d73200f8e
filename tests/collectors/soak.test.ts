import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { addDays, daysFrom, startOf } from "../../src/calendar.ts";
import { type County, startCounty } from "../support/county.ts";
import { rounds } from "../support/rounds.ts";

const START = "2026-10-20";
const DAYS = rounds(5, 20);
/** Seen by nobody, so there is nothing to compare. */
const BLIND = new Set(["unverified", "rotated_secret", "not_allow_listed"]);
const FAULTS = [
  { errcode: -1 },
  { errcode: 45011 },
  { errcode: 99999 },
  { status: 502, html: true },
  "html",
  "truncated",
  "garbage",
  "empty_list",
  "is_delay",
  "reset",
];
const APIS = ["getbizsummary", "getarticletotaldetail", "getusersummary", "getusercumulate"];

/** One day as it passes in a county: the morning in steps of ten minutes, the rest in hours. */
async function passDay(county: County, day: string): Promise<void> {
  const times = [
    ...Array.from({ length: 27 }, (_, step) => 8 * 60 + step * 10),
    ...Array.from({ length: 11 }, (_, hour) => (13 + hour) * 60),
  ];
  for (const minutes of times) {
    county.clock.now = new Date(startOf(day).getTime() + minutes * 60_000 + 59_000);
    await county.collect();
  }
}

test(`over ${DAYS} days with faults of every kind nothing is lost and no verdict is wrong`, async (t) => {
  const county = await startCounty(t, { accounts: 24, days: 31, now: `${START}T04:00:00Z` });
  for (const api of APIS) {
    for (const fault of FAULTS) await county.call("faults", { api, probability: 0.003, fault });
  }
  for (const day of daysFrom(START, addDays(START, DAYS - 1))) {
    await passDay(county, day);
    const truth = await county.truth();
    const { rows } = await sql<{ account: string; last: string | null; data: Date | null }>`
      select account, (last_published_at at time zone 'Asia/Shanghai' - interval '1 day')::date::text as last,
        statistics_as_of as data from v_account`.execute(county.db);
    for (const { account, last, data } of rows) {
      const published =
        truth.find((row) => row.code === account)?.articles.map((article) => article.publish_date) ?? [];
      assert.ok(last === null || published.includes(last), `${account} ${day}: nothing was published on ${last}`);
      if (data === null) continue;
      const newest =
        published
          .filter((date) => startOf(date) < data)
          .sort()
          .at(-1) ?? null;
      assert.ok(
        newest === null || (last !== null && last >= newest),
        `${account} ${day}: data reach ${data.toISOString()} but ${newest} is not known`,
      );
    }
  }

  await fetch(`${county.simulator.url}/_/faults`, { method: "DELETE" });
  county.clock.now = new Date(startOf(addDays(START, DAYS)).getTime() + 9 * 3_600_000);
  await county.collect();
  const yesterday = addDays(START, DAYS - 1);
  for (const account of (await county.truth()).filter((row) => !BLIND.has(row.special ?? ""))) {
    const { rows: days } = await sql<{ stat_date: string; readers: number; provisional: boolean; followers: number }>`
      select stat_date, readers, provisional, followers from v_account_day
      where account = ${account.code} order by stat_date`.execute(county.db);
    const stored = new Map(days.map((row) => [row.stat_date, row]));
    for (const day of account.days.filter((row) => row.date >= addDays(START, -28) && row.date <= yesterday)) {
      const row = stored.get(day.date);
      assert.deepEqual(
        [row?.provisional, row?.readers],
        [false, day.summary?.read_user ?? 0],
        `${account.code} ${day.date}`,
      );
      if (account.permissions.followers) assert.equal(row?.followers, day.followers, `${account.code} ${day.date}`);
    }
    const { rows: articles } = await sql<{ article: string }>`
      select article from v_article where account = ${account.code}`.execute(county.db);
    const expected = account.articles.filter((article) => article.publish_date >= addDays(START, -28));
    const known = new Set(articles.map((row) => row.article));
    assert.deepEqual(
      expected.filter((article) => !known.has(article.msgid)).map((article) => article.msgid),
      [],
      account.code,
    );
  }
});
