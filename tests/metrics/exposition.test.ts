import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { constants, gunzipSync, inflateRawSync } from "node:zlib";
import { type Kysely, sql } from "kysely";
import { pino } from "pino";
import type { HolidayYear } from "../../src/calendar/holidays.ts";
import { type Exposition, type ExpositionOptions, startExposition } from "../../src/metrics/exposition.ts";
import { gzipStream } from "../../src/metrics/gzip.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { eventually } from "../support/process.ts";
import { addAccount, insertCounty, NOW, openTestDatabase } from "./county.ts";
import { insertNotifications } from "./notifications.ts";
import { promtool } from "./promtool.ts";
import { startProxy } from "./proxy.ts";
import { insertReplies } from "./replies.ts";

const GOLDEN = new URL("../golden/metrics.txt", import.meta.url);
const HOLIDAYS: readonly HolidayYear[] = [{ year: 2026, title: "t", number: "n", source: "s", off: [], work: [] }];
const log = pino({ level: "silent" });

async function start(
  t: TestContext,
  db: Kysely<Database>,
  options: Partial<ExpositionOptions> = {},
): Promise<Exposition> {
  const exposition = startExposition({
    db,
    log,
    now: () => NOW,
    intervalMs: 3_600_000,
    holidays: HOLIDAYS,
    ...options,
  });
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
  await insertReplies(db);
  await insertNotifications(db);
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

const repliesOf = (exposition: Exposition, name: string, account: string) =>
  Object.fromEntries(
    Object.entries(seriesOf(exposition, `govmatrix_account_${name}`))
      .filter(([series]) => series.includes(`account="${account}"`))
      .map(([series, value]) => [
        /,(\w+="\w+"(?:,\w+="\w+")*)\}$/.exec(series)?.[1]?.replace(/^department="\w+",?/, ""),
        value,
      ]),
  );

test("a latency that too few answers tell is above every bound, and one that is not known has no series", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await insertReplies(db);
  const exposition = await start(t, db);
  assert.deepEqual(repliesOf(exposition, "reply_latency_seconds", "rsj-fwh"), {
    'clock="calendar",statistic="p50"': 5_400.5,
    'clock="calendar",statistic="p90"': Number.NaN,
  });
  assert.match(pageOf(exposition), /statistic="p90"\} \+Inf\n/);
});

test("an account without a channel that can be measured has no figures of replies, however many cases it has", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await insertReplies(db);
  const exposition = await start(t, db);
  const named = (name: string) => repliesOf(exposition, name, "jiuye");
  assert.deepEqual(named("reply_measurable"), { 'channel="comment"': 0 });
  for (const name of ["reply_cases", "reply_latency_seconds", "oldest_open_case_timestamp_seconds"]) {
    assert.deepEqual(named(name), {}, name);
  }
  await sql`update reply_channel set state = 'measurable' where channel = 'message'`.execute(db);
  await exposition.refresh();
  assert.deepEqual(named("reply_cases"), {}, "not before a complete look");
  await sql`update reply_channel set until = now() where channel = 'message'`.execute(db);
  await exposition.refresh();
  assert.deepEqual(named("reply_cases"), { 'state="answered"': 0, 'state="open"': 0, 'state="overdue"': 0 });
  assert.deepEqual(named("reply_measurable"), { 'channel="comment"': 0, 'channel="message"': 1 });
});

test("cases of a channel that can no longer be measured leave the page, and come back with it", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await insertReplies(db);
  await sql`update reply_case set channel = 'message', person = 'p' where received_at = '2026-11-23T01:00:00Z'`.execute(
    db,
  );
  const exposition = await start(t, db);
  const figures = async (comment: string) => {
    await sql`update reply_channel set state = ${comment} from account a
      where a.id = account_id and a.code = 'rsj-fwh' and channel = 'comment'`.execute(db);
    await exposition.refresh();
    const named = (name: string) => Object.values(repliesOf(exposition, name, "rsj-fwh"));
    return [...named("reply_cases"), ...named("oldest_open_case_timestamp_seconds")];
  };
  const oldest = Date.parse("2026-10-24T15:59:00Z") / 1_000;
  assert.deepEqual(await figures("measurable"), [2, 3, 1, oldest]);
  assert.deepEqual(await figures("absent"), [0, 1, 0, Date.parse("2026-11-23T01:00:00Z") / 1_000]);
  assert.deepEqual(await figures("measurable"), [2, 3, 1, oldest]);
});

test("percentiles that nobody computes any more are gone after an hour", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await insertReplies(db);
  let now = new Date(NOW.getTime() + 3_599_000);
  const exposition = await start(t, db, { now: () => now });
  const latencies = () => Object.keys(repliesOf(exposition, "reply_latency_seconds", "rsj-fwh")).length;
  assert.equal(latencies(), 2);
  now = new Date(NOW.getTime() + 3_600_000);
  await exposition.refresh();
  assert.equal(latencies(), 0);
});

test("replies are complete up to the older of the last looks, and not before each channel had one", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await insertReplies(db);
  const exposition = await start(t, db);
  const until = () =>
    seriesOf(exposition, "govmatrix_account_data_timestamp_seconds")[
      '{account="rsj-fwh",department="rsj",collector="replies"}'
    ];
  assert.equal(until(), Date.parse("2026-11-23T02:20:00Z") / 1_000);
  await sql`update reply_channel set until = null where channel = 'message'`.execute(db);
  await exposition.refresh();
  assert.equal(until(), undefined);
  await sql`update reply_channel set state = 'absent' where channel = 'message'`.execute(db);
  await exposition.refresh();
  assert.equal(until(), Date.parse("2026-11-23T03:20:00Z") / 1_000);
});

test("a question becomes overdue, and leaves the window, by time alone", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  await insertReplies(db);
  let now = NOW;
  const exposition = await start(t, db, { now: () => now });
  const cases = () => Object.values(repliesOf(exposition, "reply_cases", "rsj-fwh"));
  assert.deepEqual(cases(), [2, 3, 1]);
  now = new Date("2026-11-23T16:00:00Z");
  await exposition.refresh();
  assert.deepEqual(cases(), [1, 3, 1], "the case of 25 October has left");
  now = new Date("2026-12-07T16:00:00Z");
  await exposition.refresh();
  assert.deepEqual(cases(), [1, 1, 1], "that of today is overdue, those of October have left");
});

test("a year that is imported moves the end of the calendar", async (t) => {
  const { db } = await openTestDatabase(t);
  const exposition = await start(t, db);
  const end = () => seriesOf(exposition, "govmatrix_calendar_covered_until_timestamp_seconds")[""];
  assert.equal(end(), Date.parse("2026-12-31T16:00:00Z") / 1_000);
  const year = JSON.stringify({ ...HOLIDAYS[0], year: 2027 });
  await db.insertInto("holiday_year").values({ year: 2027, document: year, imported_at: NOW }).execute();
  await exposition.refresh();
  assert.equal(end(), Date.parse("2027-12-31T16:00:00Z") / 1_000);
  const past = JSON.stringify({ ...HOLIDAYS[0], year: 2022 });
  await db.insertInto("holiday_year").values({ year: 2022, document: past, imported_at: NOW }).execute();
  await exposition.refresh();
  assert.equal(end(), Date.parse("2027-12-31T16:00:00Z") / 1_000, "not before a gap that is past");
  const late = await start(t, db, { now: () => new Date("2028-02-01T04:00:00Z") });
  assert.equal(
    seriesOf(late, "govmatrix_calendar_covered_until_timestamp_seconds")[""],
    end(),
    "a calendar that has run out still says when",
  );
  const without = await start(t, db, { holidays: [], now: () => new Date("2027-02-01T04:00:00Z") });
  assert.equal(seriesOf(without, "govmatrix_calendar_covered_until_timestamp_seconds")[""], end());
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

test("the fault of an account's visit is on the page until a visit succeeds", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertCounty(db);
  const exposition = await start(t, db);
  const faults = () => seriesOf(exposition, "govmatrix_account_error");
  assert.deepEqual(faults(), { '{account="jiuye",department="rsj",collector="statistics",code="40125"}': 1 });
  await sql`update visit set error_code = 'timeout' where error_code = '40125'`.execute(db);
  await exposition.refresh();
  assert.deepEqual(faults(), { '{account="jiuye",department="rsj",collector="statistics",code="timeout"}': 1 });
  await sql`update visit set error_code = null`.execute(db);
  await exposition.refresh();
  assert.deepEqual(faults(), {});
});

test("the page says since when the oldest notification waits, nothing once none does, and which channels fail", async (t) => {
  const { db } = await openTestDatabase(t);
  await insertNotifications(db);
  const exposition = await start(t, db);
  const waiting = () => seriesOf(exposition, "govmatrix_notification_oldest_pending_timestamp_seconds");
  const failures = () => seriesOf(exposition, "govmatrix_notification_channel_failures");
  assert.deepEqual(waiting(), { "": Date.parse("2026-11-23T03:50:00.5Z") / 1_000 });
  assert.deepEqual(failures(), { '{channel="duty-chat"}': 0, '{channel="mail"}': 2, '{channel="rsj-chat"}': 4 });
  await sql`update notification set state = 'delivered' where state = 'pending'`.execute(db);
  await sql`update notification_target set failures = 0`.execute(db);
  await exposition.refresh();
  assert.deepEqual(waiting(), {});
  assert.deepEqual(failures(), { '{channel="duty-chat"}': 0, '{channel="mail"}': 0, '{channel="rsj-chat"}': 0 });
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
