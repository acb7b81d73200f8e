import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { addDays, startOf } from "../../src/calendar.ts";
import type { Session } from "../../src/platforms/platform.ts";
import { assertEqualsTruth, BLIND } from "../support/compare.ts";
import { type County, startCounty } from "../support/county.ts";
import { type AskedAccount, neededOf, REPLY_APIS, type Span } from "../support/needed.ts";
import { report, rounds } from "../support/rounds.ts";

const START = "2026-08-01";
const START_AT = "2026-08-01T04:00:00Z";
const ACCOUNTS = rounds(7, 200);
const DAYS = rounds(5, 60);
const MINUTE = 60_000;
/** Not asked as the others are: refused, or seen in part. */
const UNUSUAL = new Set([...BLIND, "no_follower_permission"]);
const FAULTS = [{ errcode: -1 }, { status: 502, html: true }, "truncated", "garbage", "reset"];

/** Visits everything when it is due, minute by minute where something is. */
async function passUntil(county: County, end: Date, pause: { from: Date; to: Date } | undefined): Promise<void> {
  while (county.clock.now < end) {
    await county.collectAll();
    const { rows } = await sql<{ next: Date | null }>`
      select min(next_due_at) as next from visit where account_id is not null`.execute(county.db);
    const next = Math.max(rows[0]?.next?.getTime() ?? 0, county.clock.now.getTime() + MINUTE);
    county.clock.now = new Date(Math.min(Math.ceil(next / (5 * MINUTE)) * 5 * MINUTE, end.getTime()));
    if (pause && county.clock.now >= pause.from && county.clock.now < pause.to) county.clock.now = pause.to;
  }
}

/** Counts the rows of curves that come in. */
function countCurveRows(county: County): () => number {
  let rows = 0;
  const platform = county.context.platforms.wechat;
  assert.ok(platform);
  const counted = (session: Session): Session => ({
    ...session,
    statistics: {
      ...session.statistics,
      async articles(day) {
        const answer = await session.statistics.articles(day);
        rows += answer.rows.reduce((sum, article) => sum + article.curve.length, 0);
        return answer;
      },
    },
  });
  county.context.platforms.wechat = { ...platform, open: (account, ports) => counted(platform.open(account, ports)) };
  return () => rows;
}

/** Requests made and needed of the usual accounts, by API. */
async function compare(county: County, span: Span) {
  const made: Record<string, number> = {};
  const needed: Record<string, number> = {};
  for (const account of ((await county.truth()) as AskedAccount[]).filter(
    ({ special }) => !UNUSUAL.has(special ?? ""),
  )) {
    for (const [api, calls] of Object.entries(await county.requests(account.appid)))
      made[api] = (made[api] ?? 0) + calls;
    for (const [api, calls] of Object.entries(neededOf(account, span))) needed[api] = (needed[api] ?? 0) + calls;
  }
  const tokens = made.stable_token ?? 0;
  for (const api of ["stable_token", ...REPLY_APIS]) delete made[api];
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, calls) => total + calls, 0);
  return { made, needed, tokens, ratio: sum(made) / sum(needed) };
}

async function newCurveRows(county: County): Promise<number> {
  const { rows } = await sql<{ rows: number }>`select count(*)::integer as rows from article_day`.execute(county.db);
  return rows[0]?.rows ?? 0;
}

interface Scene {
  title: string;
  limit: number;
  /** Share of the answers that are spoilt. */
  faults?: number;
  /** Nothing runs from the one to the other. */
  pause?: { from: string; to: string };
}

async function play(t: TestContext, { title, limit, faults, pause }: Scene): Promise<void> {
  const county = await startCounty(t, { accounts: ACCOUNTS, days: 40, now: START_AT });
  for (const { appid, verified_until } of await county.truth()) {
    if (verified_until !== null)
      await county.call("account", { appid, set: { verifiedUntil: "2027-12-31T00:00:00Z" } });
  }
  const curveRows = countCurveRows(county);
  for (const fault of faults ? FAULTS : []) {
    await county.call("faults", { probability: (faults ?? 0) / FAULTS.length, fault });
  }
  // So that it is known from the start which functions an account has, and whose quotas are worth a question. Their
  // further visits have a test of their own.
  await county.collect();
  await county.collect(undefined, "replies");
  await county.db.deleteFrom("visit").where("collector", "=", "replies").execute();
  const end = new Date(startOf(addDays(START, DAYS)).getTime() + 10 * 3_600_000);
  const off = pause && { from: new Date(pause.from), to: new Date(pause.to) };
  await passUntil(county, end, off);
  await fetch(`${county.simulator.url}/_/faults`, { method: "DELETE" });

  const seconds = (time: Date) => time.getTime() / 1000;
  const span: Span = {
    from: seconds(new Date(START_AT)),
    to: seconds(end),
    ...(off ? { pause: { from: seconds(off.from), to: seconds(off.to) } } : {}),
  };
  const { made, needed, tokens, ratio } = await compare(county, span);
  t.diagnostic(JSON.stringify({ made, needed, tokens }));
  const size = `${DAYS} days, ${ACCOUNTS} accounts`;
  report(t, `${title}, ${size}: requests made / needed`, ratio.toFixed(3), `≤ ${limit}`);
  const received = curveRows() / (await newCurveRows(county));
  report(t, `${title}, ${size}: rows of curves received / new`, received.toFixed(2), "≤ 2.2");
  assert.ok(ratio <= limit, `${ratio} requests for each that is needed`);
  if (!faults) assert.ok(received <= 2.2, `${received} rows received for each new one`);
  await assertEqualsTruth(county, { from: addDays(START, -30) });
}

test("undisturbed, the county is asked hardly more than it needs, and nothing is missing", async (t) => {
  await play(t, { title: "undisturbed", limit: 1.02 });
});

test("with one answer in a hundred spoilt, hardly more is asked, and nothing is missing", async (t) => {
  await play(t, { title: "1 % faults", limit: 1.1, faults: 0.01 });
});

test("after three days off, all is caught up in the fewest calls", async (t) => {
  await play(t, {
    title: "three days off",
    limit: 1.02,
    pause: { from: "2026-08-02T01:00:00Z", to: "2026-08-05T01:00:00Z" },
  });
});
