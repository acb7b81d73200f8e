import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { addDays, daysFrom } from "../../src/calendar.ts";
import { type County, startCounty } from "../support/county.ts";

const CODE = "yunxi-fabu";

async function covered(county: County, part: string): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select day from v_coverage where collector = 'statistics' and account = ${CODE} and part = ${part}
      and state = 'final' order by day desc`.execute(county.db);
  return rows.map(({ day }) => day);
}

test("with ten calls a day the newest days come first, the rest on the days after, and no call is refused", async (t) => {
  const county = await startCounty(t, { accounts: 2, now: "2026-11-10T00:31:00Z" });
  await county.call("settings", {
    dailyQuota: { getarticletotaldetail: 10, getusersummary: 2, getusercumulate: 10 },
  });
  await county.collect([CODE], "profile");
  const first = (await county.collect([CODE])).get(CODE);
  assert.deepEqual([first?.outcome, first?.error?.code], ["failed", "budget"]);
  assert.match(first?.error?.reason ?? "", /\p{Script=Han}/u);
  assert.deepEqual(await covered(county, "articles"), daysFrom("2026-10-31", "2026-11-09").reverse());
  assert.deepEqual((await covered(county, "followers"))[0], "2026-11-09");
  assert.ok((await covered(county, "followers")).length >= 9, "the two newest of five calls");
  assert.equal((await covered(county, "summary")).length, 30);
  const due = await sql<{ due: Date }>`
    select next_due_at as due from visit v join account a on a.id = v.account_id
    where a.code = ${CODE} and collector = 'statistics'`.execute(county.db);
  assert.match(due.rows[0]?.due.toISOString() ?? "", /^2026-11-10T16:[012]/);

  for (let day = "2026-11-11"; day <= "2026-11-20"; day = addDays(day, 1)) {
    const yesterday = addDays(day, -1);
    await county.resetRequests();
    county.clock.now = new Date(`${yesterday}T16:40:00Z`);
    await county.collect(undefined);
    const night = (await county.requests()).getarticletotaldetail ?? 0;
    county.clock.now = new Date(`${day}T00:31:00Z`);
    await county.collect(undefined);
    assert.equal((await covered(county, "articles"))[0], yesterday, `the night left the morning its calls (${night})`);
    assert.equal((await covered(county, "summary"))[0], yesterday);
  }
  const { rows } = (await county.call("requests")) as { rows: { errors: Record<string, number> }[] };
  assert.ok(rows.every(({ errors }) => errors["45009"] === undefined));
  for (const part of ["summary", "articles", "followers"]) {
    const known = new Set(await covered(county, part));
    assert.deepEqual(
      daysFrom("2026-10-11", "2026-11-19").filter((day) => !known.has(day)),
      [],
      `${part}: what was left over stayed wanted when its month was over`,
    );
  }

  const truth = (await county.truth()).find((account) => account.code === CODE);
  const moved = await sql<{ stat_date: string; gained: number | null }>`
    select stat_date, followers_gained as gained from v_account_day where account = ${CODE}
      and stat_date between '2026-10-12' and '2026-11-19' order by 1`.execute(county.db);
  const gained = new Map(truth?.days.map((day) => [day.date, day.gained]));
  assert.deepEqual(
    moved.rows.map((row) => row.gained),
    moved.rows.map((row) => gained.get(row.stat_date)),
  );
});

test("our own repeats are booked as ours, and nobody else is said to have made them", async (t) => {
  const county = await startCounty(t, { accounts: 2, now: "2026-11-10T00:31:00Z" });
  const faults = { getarticletotaldetail: 3, getusersummary: 1, freepublish_batchget: 1 };
  for (const [api, count] of Object.entries(faults)) {
    await county.call("faults", { api, count, fault: { errcode: -1 } });
  }
  await county.collect([CODE]);
  await county.collect([CODE], "publications");
  await county.collect([CODE], "profile");
  const { app_id } = await county.db
    .selectFrom("account")
    .select("app_id")
    .where("code", "=", CODE)
    .executeTakeFirstOrThrow();
  const budgets = await county.db.selectFrom("api_budget").selectAll().where("app_id", "=", app_id).execute();
  assert.deepEqual(
    budgets.filter((row) => row.used_by_others !== 0 && row.asked_at !== null),
    [],
  );
  const { stable_token: _, ...requests } = await county.requests(app_id);
  // Of an API that nobody called the profile asked the quota all the same.
  const called = budgets.filter(({ used }) => used > 0);
  assert.deepEqual(Object.fromEntries(called.map(({ api, used }) => [api, used])), requests);
});
