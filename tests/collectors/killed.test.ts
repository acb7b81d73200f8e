import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { dayOf } from "../../src/calendar.ts";
import { countyEnvironment } from "../support/cli.ts";
import { type County, startCounty } from "../support/county.ts";
import { startProcess } from "../support/process.ts";
import { report, rounds } from "../support/rounds.ts";

const KILLS = rounds(4, 100);
const ACCOUNTS = rounds(12, 200);
/** Each as often as the other: the first leaves pages to the second. */
const COMMANDS = [["collect"], ["collect", "--collector", "pages"]];
const CLI = join(import.meta.dirname, "../../src/cli/main.ts");
/** Moments of the run itself, and what is decided by them. */
const TIMES = ["first_seen_at", "page_fetched_at", "page_due_at", "page_tried_at", "fetched_at", "account_id"];
const TABLES = ["account_day", "article", "article_day", "followers", "publication", "profile"];

/** All rows by account code, times aside: each as often as it stands there. What came while the test ran is left out. */
async function figures(county: County, moving: ReadonlySet<string>): Promise<string[]> {
  const parts = TABLES.map(
    (table) => sql<{ row: string; article: string }>`
      select ${sql.lit(table)} || ' ' || a.code || ' ' || (to_jsonb(t) - ${TIMES}::text[])::text as row,
        a.code || ' ' || coalesce(to_jsonb(t) ->> 'msgid', '') as article
      from ${sql.table(table)} t join account a on a.id = t.account_id`,
  );
  const { rows } = await sql<{ row: string; article: string }>`
    ${sql.join(parts, sql` union all `)} order by 1`.execute(county.db);
  return rows.filter((row) => !moving.has(row.article)).map((row) => row.row);
}

/** Articles that were published, edited or taken down while the test ran. */
async function movedSince(county: County, start: number): Promise<Set<string>> {
  const moved = new Set<string>();
  for (const { code, articles, articles_today: today, publications } of await county.truth()) {
    for (const article of [...articles, ...today]) {
      if (article.page.since >= start || article.publish_date >= dayOf(new Date(start * 1000))) {
        moved.add(`${code} ${article.msgid}`);
      }
    }
    for (const { update_times: times, articles: of } of publications) {
      if (times.some((time) => time >= start)) for (const { msgid } of of) moved.add(`${code} ${msgid}`);
    }
  }
  return moved;
}

async function progress(county: County): Promise<number> {
  const { rows } = await sql<{ done: number }>`
    select ((select count(*) from coverage) +
      (select count(*) from article where page_fetched_at is not null))::integer as done`.execute(county.db);
  return rows[0]?.done ?? 0;
}

/** Visits that were never made, and pages that were never read. At night those for replies wait for the morning. */
async function left(county: County): Promise<number> {
  const { rows } = await sql<{ left: number }>`
    select ((select count(*) from visit
        where account_id is not null and succeeded_at is null and error_code is null and collector <> 'pages'
          and (collector <> 'replies' or next_due_at <= now())) +
      (select count(*) from article where page_fetched_at is null and url is not null))::integer as left`.execute(
    county.db,
  );
  return rows[0]?.left ?? 0;
}

test(`collectors that are killed ${KILLS} times leave the same rows as ones that are not`, async (t) => {
  const start = Math.floor(Date.now() / 1000) - 300;
  const county = await startCounty(t, { accounts: ACCOUNTS, days: 31 });
  await county.call("settings", { latencyMs: 20 });
  const env = await countyEnvironment(county);
  const run = (command: string[]) => startProcess(t, process.execPath, [CLI, ...command, "--json"], { env });

  let midway = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const before = await progress(county);
    const collector = run(COMMANDS[kill % COMMANDS.length] ?? []);
    const startedAt = performance.now();
    while ((await progress(county)) === before && performance.now() - startedAt < 10_000) await sleep(20);
    await sleep(Math.random() * 500);
    await collector.kill("SIGKILL");
    if ((await left(county)) > 0) midway += 1;
    // The leases of the dead run out after 45 seconds; this is those seconds.
    await sql`update visit set leased_until = clock_timestamp() - interval '1 second' where lease_id is not null`.execute(
      county.db,
    );
  }
  assert.ok(midway >= KILLS / 2, `${midway} of ${KILLS} kills came while there was work`);
  await county.call("settings", { latencyMs: 0 });
  for (const command of COMMANDS) assert.ok([0, 1].includes((await run(command).exit).code ?? -1));
  assert.equal(await left(county), 0);

  const control = await startCounty(t, { accounts: ACCOUNTS, days: 31 });
  await countyEnvironment(control);
  for (const collector of ["statistics", "publications", "profile", "replies"])
    await control.collect(control.codes, collector);
  while ((await left(control)) > 0) await control.collect(control.codes, "pages");
  const moving = await movedSince(control, start);
  const [ours, theirs] = [await figures(county, moving), await figures(control, moving)];
  assert.equal(ours.length, new Set(ours).size, "no row stands there twice");
  const apart = (some: string[], others: string[]) => {
    const known = new Set(others);
    return some.filter((row) => !known.has(row)).slice(0, 5);
  };
  assert.deepEqual([apart(ours, theirs), apart(theirs, ours)], [[], []]);
  report(t, `${KILLS} kills over ${ACCOUNTS} accounts, ${midway} of them in the middle: rows that differ`, "0", "0");
});
