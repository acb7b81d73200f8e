import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { constants, gunzipSync, inflateRawSync } from "node:zlib";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import { type Exposition, type ExpositionOptions, startExposition } from "../../src/metrics/exposition.ts";
import { gzipStream } from "../../src/metrics/gzip.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { eventually } from "../support/process.ts";
import { addAccount, insertCounty, NOW, openTestDatabase } from "./county.ts";
import { promtool } from "./promtool.ts";
import { startProxy } from "./proxy.ts";

const GOLDEN = new URL("../golden/metrics.txt", import.meta.url);
const log = pino({ level: "silent" });

async function start(
  t: TestContext,
  db: Kysely<Database>,
  options: Partial<ExpositionOptions> = {},
): Promise<Exposition> {
  const exposition = startExposition({ db, log, now: () => NOW, intervalMs: 3_600_000, ...options });
  t.after(exposition.close);
  await exposition.refresh();
  return exposition;
}

const pageOf = (exposition: Exposition) => Buffer.concat(exposition.page().text).toString();

/** Values by series of one family. */
function seriesOf(exposition: Exposition, family: string): Record<string, number> {
  const lines = pageOf(exposition).split("\n");
  const samples = lines.filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `));
  return Object.fromEntries(
    samples.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(family.length, end), Number(line.slice(end + 1))];
    }),
  );
}

test("the page of the fixed county equals the golden page, and promtool is silent about it", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const page = pageOf(await start(t, db));
  assert.equal(page, readFileSync(GOLDEN, "utf8"));
  assert.equal(promtool(page), "");
});

test("an empty register gives a valid page that says so", async (t) => {
  const { db } = await openTestDatabase(t);
  const exposition = await start(t, db);
  assert.deepEqual(seriesOf(exposition, "govmatrix_exposition_accounts"), { "": 0 });
  assert.ok(!pageOf(exposition).includes("govmatrix_account_"), "families without samples are left out");
  assert.equal(promtool(pageOf(exposition)), "");
});

test("the cached parts are one gzip stream that unpacks to the identity body", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const exposition = await start(t, db);
  const { deflated, checksum } = exposition.page();
  assert.ok(deflated.length > 20);
  const own = Buffer.from("own_counter 1\n");
  const stream = Buffer.concat(await gzipStream(deflated, checksum, own));
  assert.equal(gunzipSync(stream).toString(), `${pageOf(exposition)}${own}`);
  // A raw inflate ends with the first stream: so nothing is left to a second member, which curl would not read.
  assert.equal(inflateRawSync(stream.subarray(10, -8)).toString(), `${pageOf(exposition)}${own}`);
});

test("a refresh renders only what changed", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  let now = NOW;
  const exposition = await start(t, db, { now: () => now });
  const before = exposition.page().deflated;
  now = new Date(NOW.getTime() + 10_000);
  await sql`update account_current set followers = followers + 1 where followers = 801`.execute(db);
  await exposition.refresh();
  const after = exposition.page().deflated;

  const fresh = after.filter((bytes) => !before.includes(bytes));
  const families = fresh.map(
    (bytes) => inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString().split("{")[0]?.split(" ")[0],
  );
  assert.deepEqual(families, ["govmatrix_account_followers", "govmatrix_exposition_timestamp_seconds"]);
  assert.equal(after.length, before.length);
});

test("a closed account and everything of it is gone at the next refresh", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const exposition = await start(t, db);
  assert.ok(pageOf(exposition).includes('account="jiuye"'));
  assert.ok(!pageOf(exposition).includes('account="old"'), "closed before the first read");
  await sql`update account set lifecycle = 'closed' where code = 'jiuye'`.execute(db);
  await exposition.refresh();
  assert.ok(!pageOf(exposition).includes('account="jiuye"'));
  assert.deepEqual(seriesOf(exposition, "govmatrix_exposition_accounts"), { "": 3 });
});

test("a figure that becomes unknown takes its line, and its family with the last one, off the page", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const exposition = await start(t, db);
  await sql`update account_current set followers = null where followers > 1000`.execute(db);
  await exposition.refresh();
  assert.deepEqual(seriesOf(exposition, "govmatrix_account_followers"), { '{account="jiuye",department="rsj"}': 801 });
  await sql`update account_current set followers = null`.execute(db);
  await exposition.refresh();
  assert.ok(!pageOf(exposition).includes("govmatrix_account_followers"));
});

test("what changes by time alone changes at the next refresh", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  let now = NOW;
  const exposition = await start(t, db, { now: () => now });
  assert.deepEqual(seriesOf(exposition, "govmatrix_visits_due"), { '{collector="statistics"}': 1 });
  now = new Date("2026-11-24T00:12:00Z");
  await exposition.refresh();
  assert.deepEqual(seriesOf(exposition, "govmatrix_visits_due"), { '{collector="statistics"}': 4 });
  assert.deepEqual(seriesOf(exposition, "govmatrix_account_api_quota_remaining"), {}, "yesterday's calls say nothing");
});

test("a leased visit and a visit of a planned account are not due", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await sql`update visit set next_due_at = ${NOW}`.execute(db);
  const exposition = await start(t, db);
  assert.deepEqual(seriesOf(exposition, "govmatrix_visits_due"), { '{collector="statistics"}': 4 });
  await sql`update visit set leased_until = now() + interval '1 hour'
    where account_id = (select id from account where code = 'wlj')`.execute(db);
  await sql`update account set lifecycle = 'planned' where code = 'a-new'`.execute(db);
  await exposition.refresh();
  assert.deepEqual(seriesOf(exposition, "govmatrix_visits_due"), { '{collector="statistics"}': 2 });
});

test("a county of several pages keeps its order and renders the changed page alone", async (t) => {
  const { db } = await openTestDatabase(t);
  await sql`insert into department values ('d', '局')`.execute(db);
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || lpad(i::text, 5, '0'), 'd', '号', 'wechat', 'wx' || i, 'running', 'r', now()
    from generate_series(1, 1201) i`.execute(db);
  await sql`insert into account_current (account_id, followers) select id, id from account`.execute(db);
  const exposition = await start(t, db);
  const codes = Object.keys(seriesOf(exposition, "govmatrix_account_followers"));
  assert.equal(codes.length, 1_201);
  assert.deepEqual(codes, [...codes].sort());
  assert.equal(promtool(pageOf(exposition)), "");

  const before = exposition.page().text;
  await sql`update account_current set followers = 0
    where account_id = (select id from account where code = 'a00700')`.execute(db);
  await exposition.refresh();
  const fresh = exposition.page().text.filter((bytes) => !before.includes(bytes));
  assert.equal(fresh.length, 1);
  assert.ok(fresh[0]?.includes('account="a00700",department="d"} 0\n'));

  await addAccount(db, { code: "a00000", name: "号", department: "d" });
  await exposition.refresh();
  const infos = Object.keys(seriesOf(exposition, "govmatrix_account_info"));
  assert.equal(infos.length, 1_202);
  assert.ok(infos[0]?.includes('account="a00000"'));
});

test("while Postgres is away the page stays as it was and its time stands still", async (t) => {
  const { db, url } = await openTestDatabase(t);
  await insertCounty(db);
  const proxy = await startProxy(t, url);
  const viaProxy = openDatabase(proxy.url, { max: 3 });
  t.after(() => viaProxy.destroy());
  let now = NOW;
  const exposition = await start(t, viaProxy, { now: () => now });
  const before = pageOf(exposition);

  await proxy.stop();
  now = new Date(NOW.getTime() + 60_000);
  await exposition.refresh();
  assert.equal(pageOf(exposition), before);
  assert.deepEqual(exposition.refreshedAt(), NOW);

  await proxy.start();
  await eventually("a refresh after the return", async () => {
    await exposition.refresh();
    return exposition.refreshedAt()?.getTime() === now.getTime();
  });
  assert.deepEqual(seriesOf(exposition, "govmatrix_exposition_timestamp_seconds"), { "": now.getTime() / 1_000 });
});

test("connections that Postgres terminated are replaced by later refreshes", async (t) => {
  const { db, url } = await openTestDatabase(t);
  await insertCounty(db);
  const other = openDatabase(url, { max: 3 });
  t.after(() => other.destroy());
  let now = NOW;
  const exposition = await start(t, other, { now: () => now });
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(db);
  now = new Date(NOW.getTime() + 10_000);
  await eventually("a refresh on a new connection", async () => {
    await exposition.refresh();
    return exposition.refreshedAt()?.getTime() === now.getTime();
  });
});

test("a Postgres that never answers holds up neither the page nor the next refresh", async (t) => {
  const { db, url } = await openTestDatabase(t);
  await insertCounty(db);
  const proxy = await startProxy(t, url);
  const viaProxy = openDatabase(proxy.url, { max: 5 });
  const exposition = await start(t, viaProxy, { readTimeoutMs: 200 });
  const before = pageOf(exposition);
  proxy.silence(true);
  const startedAt = performance.now();
  for (let attempt = 0; attempt < 5; attempt++) await exposition.refresh();
  assert.ok(performance.now() - startedAt < 2_000);
  assert.equal(pageOf(exposition), before);
  proxy.silence(false);
  await proxy.stop();
  await proxy.start();
  await sql`delete from planner`.execute(db);
  await eventually("the page follows again", async () => {
    await exposition.refresh();
    return !pageOf(exposition).includes("planner_last_tick");
  });
  await viaProxy.destroy();
});

test("refreshes that are asked for at once are one", async (t) => {
  const { db } = await openTestDatabase(t);
  const exposition = await start(t, db);
  const first = exposition.refresh();
  assert.equal(exposition.refresh(), first);
  await first;
});

test("the exposition follows the store by itself at its interval", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const exposition = await start(t, db, { intervalMs: 50 });
  await sql`update account set name = '改名' where code = 'wlj'`.execute(db);
  await eventually("the new name on the page", () => pageOf(exposition).includes('name="改名"'));
});
