import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { visitInstallation } from "../../src/collectors/chore.ts";
import { figures } from "../../src/collectors/figures.ts";
import { ensureChores } from "../../src/store/visit.ts";
import { type County, startCounty } from "../support/county.ts";
import { assertAccounts, assertCases, assertFigures, assertMetrics, expectedOf } from "../support/replyCompare.ts";
import { inWindow } from "../support/replyFigures.ts";
import { watchLooks } from "../support/replyLooks.ts";
import { type ReplyAccount, stateOf } from "../support/replyTruth.ts";
import { report, rounds } from "../support/rounds.ts";

const HOUR_MS = 3_600_000;
const secondsOf = (time: Date) => time.getTime() / 1000;

async function replyAccounts(county: County): Promise<ReplyAccount[]> {
  const state = (await county.call("state?replies=1&detail=brief")) as { accounts: ReplyAccount[] };
  return state.accounts;
}

/** Statistics and publications each morning, replies whenever they are due. */
async function passUntil(county: County, end: Date): Promise<void> {
  for (;;) {
    for (const collector of ["statistics", "publications", "replies"]) await county.collect(undefined, collector);
    if (county.clock.now >= end) return;
    county.clock.now = new Date(Math.min(county.clock.now.getTime() + HOUR_MS, end.getTime()));
  }
}

/** At every article and at two weeks of conversations. */
async function lookAgain(county: County): Promise<void> {
  await county.db.deleteFrom("comment_look").execute();
  await county.db.updateTable("reply_channel").set({ until: null }).execute();
  county.clock.now = new Date(county.clock.now.getTime() + HOUR_MS);
  const reports = await county.collect(county.codes, "replies");
  assert.ok([...reports.values()].filter(({ outcome }) => outcome === "succeeded").length > 8);
}

async function versions(county: County) {
  const tables = ["reply_case", "reply_message", "reply_greeting"];
  const all = await Promise.all(
    tables.map((table) =>
      sql`select xmin::text as version, x.* from ${sql.table(table)} x order by x::text`.execute(county.db),
    ),
  );
  return all.map(({ rows }) => rows);
}

test("cases, figures and metrics of the county equal those of the simulator's own state, and a second pass changes no case", async (t) => {
  const county = await startCounty(t, { accounts: rounds(14, 45), now: "2026-11-16T12:20:00Z" });
  const looksOf = watchLooks(county);
  await passUntil(county, new Date(rounds(Date.parse("2026-11-17T01:20:00Z"), Date.parse("2026-11-19T06:20:00Z"))));
  const { signal } = new AbortController();
  await ensureChores(county.db, [figures], county.clock.now);
  assert.equal((await visitInstallation(county.context, figures, { signal })).outcome, "succeeded");

  const expected = expectedOf(await replyAccounts(county), looksOf);
  const compared = await assertCases(county, expected);
  await assertAccounts(county, expected);
  const percentiles = await assertFigures(county, expected);
  await assertMetrics(t, county, expected);
  const all = expected.flatMap(({ cases }) => cases);
  const counted = inWindow(all, secondsOf(county.clock.now));
  assert.ok(counted.length < all.length, "some are older than the window");
  const states = Map.groupBy(counted, (one) => stateOf(one, secondsOf(county.clock.now)));
  for (const state of ["answered", "open", "overdue", "excluded"] as const) assert.ok(states.has(state), state);
  assert.ok(percentiles > 10);
  report(t, "replies: cases equal to the simulator's state", String(compared), "all");
  report(t, "replies: pairs of percentiles equal to the state's own", String(percentiles), "all");

  // With the platform's time standing still, what a look sees for the second time is what it saw before.
  await county.call("clock", { now: county.clock.now.toISOString(), frozen: true });
  await lookAgain(county);
  const before = await versions(county);
  await county.resetRequests();
  await lookAgain(county);
  const requests = await county.requests();
  assert.ok((requests.comment_list ?? 0) > 200 && (requests.getmsglist ?? 0) > 20, JSON.stringify(requests));
  assert.deepEqual(await versions(county), before);
});
