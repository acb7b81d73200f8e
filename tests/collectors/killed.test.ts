import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { type County, startCounty } from "../support/county.ts";
import { startProcess } from "../support/process.ts";

const KILLS = 20;
const CLI = join(import.meta.dirname, "../../src/cli/main.ts");

/** All figures by account code, fetch times aside; with `count` of every key, so that nothing can stand there twice. */
async function figures(county: County): Promise<string[]> {
  const tables = ["account_day", "article", "article_day", "followers"];
  const parts = tables.map(
    (table) => sql<{ row: string }>`
      select ${sql.lit(table)} || ' ' || a.code || ' ' || (to_jsonb(t) - 'first_seen_at' - 'account_id')::text as row
      from ${sql.table(table)} t join account a on a.id = t.account_id`,
  );
  const { rows } = await sql<{ row: string }>`${sql.join(parts, sql` union all `)} order by 1`.execute(county.db);
  return rows.map((row) => row.row);
}

async function open(county: County): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    select count(*)::integer as open from visit where account_id is not null and succeeded_at is null and error_code is null`.execute(
    county.db,
  );
  return rows[0]?.open ?? 0;
}

test(`a collector that is killed ${KILLS} times leaves the same figures as one that is not`, async (t) => {
  const options = { accounts: 150, days: 31 };
  const control = await startCounty(t, options);
  await control.collect();
  const county = await startCounty(t, options);
  const env = {
    DATABASE_URL: county.url,
    MASTER_KEY: county.masterKey,
    WECHAT_API_URL: county.simulator.url,
    WECHAT_PAGE_URL: county.simulator.url,
    PAGE_INTERVAL_SECONDS: "0",
    STATISTICS_READY_AT: "08:05",
  };

  let midway = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const { rows: before } = await sql<{ leases: string }>`select count(*) as leases from coverage`.execute(county.db);
    const collector = startProcess(t, process.execPath, [CLI, "collect", "--json"], { env });
    const started = performance.now();
    const working = async () => {
      const { rows } = await sql<{ leases: string }>`select count(*) as leases from coverage`.execute(county.db);
      return Number(rows[0]?.leases) > Number(before[0]?.leases);
    };
    while (!(await working()) && performance.now() - started < 15_000) await sleep(20);
    await sleep(Math.random() * 400);
    await collector.kill("SIGKILL");
    if ((await open(county)) > 0) midway += 1;
    // The leases of the dead run out after 45 seconds; this is those seconds.
    await sql`update visit set leased_until = clock_timestamp() - interval '1 second' where lease_id is not null`.execute(
      county.db,
    );
  }
  assert.ok(midway >= KILLS / 2, `${midway} of ${KILLS} kills came while there was work`);

  const last = startProcess(t, process.execPath, [CLI, "collect", "--json"], { env });
  assert.equal((await last.exit).code, 1, "the blind accounts fail, all others are done");
  assert.equal(await open(county), 0);
  assert.deepEqual(await figures(county), await figures(control));
});
