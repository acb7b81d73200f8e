import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { type County, startCounty } from "../support/county.ts";
import { type NeededReplies, neededReplies, type ReplySpan } from "../support/neededReplies.ts";
import { type Looks, watchLooks } from "../support/replyLooks.ts";
import type { ReplyAccount } from "../support/replyTruth.ts";
import { report, rounds } from "../support/rounds.ts";

const DAY_MS = 86_400_000;
/** The planner's own. */
const STEP_MS = 30_000;
const SLACK_SECONDS = 600;
/** 12:20 in Asia/Shanghai. */
const START = "2026-10-12T04:20:00Z";
const DAYS = rounds(2, 30);
const APIS = ["comment_list", "getmsglist", "getupstreammsg"] as const;
/** One of each kind: without comments, answered slowly, refusing what is published without notice, with a robot. */
const FEW = ["data-bureau", "civil-affairs", "justice", "tcm-hospital", "tax"];
const MORE = ["archives", "town-liushu", "sports", "market", "agriculture", "maternity-hospital", "first-school"];
const REST = ["second-school", "vocational-school", "kindergarten", "culture-tourism", "town-qinglong", "fire"];
const CODES = new Set(rounds(0, 1) === 0 ? FEW : [...FEW, ...MORE, ...REST]);
/** Its own server takes what citizens write. */
const WITH_SERVER = "tax";

/** What the planner does: each visit soon after it is due. */
async function passUntil(county: County, end: Date): Promise<void> {
  while (county.clock.now < end) {
    for (const collector of ["statistics", "publications", "replies"]) await county.collect(undefined, collector);
    const { rows } = await sql<{ next: Date | null }>`
      select min(next_due_at) as next from visit where account_id is not null`.execute(county.db);
    const next = Math.max(rows[0]?.next?.getTime() ?? 0, county.clock.now.getTime() + 1);
    county.clock.now = new Date(Math.min(Math.ceil(next / STEP_MS) * STEP_MS, end.getTime()));
  }
}

async function chosenAccounts(county: County): Promise<ReplyAccount[]> {
  const state = (await county.call("state?replies=1&detail=brief")) as { accounts: ReplyAccount[] };
  return state.accounts.filter(({ code }) => CODES.has(code));
}

const firstAfter = (looks: number[], at: number) => looks.find((look) => look >= at) ?? Number.POSITIVE_INFINITY;

/** How many cases of the account were found, and which of them after the first look that the rules prescribe. */
async function lateCases(county: County, { code, comments }: ReplyAccount, needed: NeededReplies) {
  const { rows } = await sql<{ channel: string; msgid: string | null; received: number; seen: number }>`
    select c.channel, c.msgid, extract(epoch from c.received_at)::float8 as received,
      extract(epoch from c.first_seen_at)::float8 as seen
    from reply_case c join account a on a.id = c.account_id where a.code = ${code}`.execute(county.db);
  const late = rows.filter(({ channel, msgid, received, seen }) => {
    const looks = channel === "message" ? needed.messageLooks : (needed.looks.get(msgid ?? "") ?? []);
    return seen > firstAfter(looks, received) + SLACK_SECONDS;
  });
  // Of those that a prescribed look shows, none may be missing.
  const known = new Set(rows.map(({ msgid, received }) => `${msgid} ${received}`));
  const missing = comments.filter(({ msgid, created_at, vanished_at }) => {
    const look = firstAfter(needed.looks.get(msgid) ?? [], created_at);
    const shown = look < Number.POSITIVE_INFINITY && (vanished_at === null || look < vanished_at);
    return shown && !known.has(`${msgid} ${created_at}`);
  });
  return { found: rows.length, late: [...late, ...missing].map((one) => JSON.stringify({ code, ...one, text: null })) };
}

/** Prescribed looks that nobody took. */
function missedLooks(taken: Looks, needed: NeededReplies): string[] {
  const missed = (looks: number[], at: number) => firstAfter(looks, at) > at + SLACK_SECONDS;
  const messages = taken.messages.map(({ at }) => at);
  return [
    // An article whose comments the platform does not know is not noted.
    ...[...needed.looks].flatMap(([msgid, looks]) =>
      looks.filter((at) => missed(taken.comments.get(msgid) ?? looks, at)).map((at) => `${msgid} ${at}`),
    ),
    ...needed.messageLooks.filter((at) => missed(messages, at)).map((at) => `messages ${at}`),
  ];
}

test("replies are asked for when the rules prescribe it and hardly more often, and no case is found later than they allow", async (t) => {
  const county = await startCounty(t, { days: 35, now: START });
  for (const { appid, code } of await county.truth()) {
    const set = { verifiedUntil: "2027-12-31T00:00:00Z", ...(code === WITH_SERVER ? { callback: true } : {}) };
    if (CODES.has(code)) await county.call("account", { appid, set });
  }
  await sql`
    delete from visit using account a where a.id = account_id
      and (a.code <> all(${[...CODES]}) or collector not in ('statistics', 'publications', 'replies'))`.execute(
    county.db,
  );
  const looksOf = watchLooks(county);
  await passUntil(county, new Date(Date.parse(START) + DAYS * DAY_MS));

  const seconds = (ms: number) => ms / 1000;
  const span: ReplySpan = {
    from: seconds(Date.parse(START)),
    to: seconds(Date.parse(START) + DAYS * DAY_MS - STEP_MS),
    step: seconds(STEP_MS),
  };
  const made: Record<string, number> = {};
  const prescribed: Record<string, number> = {};
  const late: string[] = [];
  const missed: string[] = [];
  let cases = 0;
  for (const account of await chosenAccounts(county)) {
    const needed = neededReplies(account, span);
    const requests = await county.requests(account.appid);
    for (const api of APIS) {
      made[api] = (made[api] ?? 0) + (requests[api] ?? 0);
      prescribed[api] = (prescribed[api] ?? 0) + needed.calls[api];
    }
    missed.push(...missedLooks(looksOf(account.code), needed));
    const of = await lateCases(county, account, needed);
    late.push(...of.late);
    cases += of.found;
  }
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, calls) => total + calls, 0);
  t.diagnostic(JSON.stringify({ made, prescribed }));
  const size = `${DAYS} days, ${CODES.size} accounts`;
  report(t, `replies, ${size}: requests made / prescribed`, (sum(made) / sum(prescribed)).toFixed(3), "≤ 1.05");
  report(t, `replies, ${size}: cases found late, of ${cases}`, String(late.length), "0");
  report(t, `replies, ${size}: prescribed looks not taken within ten minutes`, String(missed.length), "≤ 0.1 %");
  assert.ok(missed.length <= 0.001 * sum(prescribed), missed.slice(0, 20).join(", "));
  assert.deepEqual(late.slice(0, 20), []);
  for (const api of APIS) {
    const [calls, allowed] = [made[api] ?? 0, prescribed[api] ?? 0];
    assert.ok(calls <= 1.05 * allowed, `${api}: ${calls} made, ${allowed} prescribed`);
  }
});
