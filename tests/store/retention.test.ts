import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Kysely, sql } from "kysely";
import { refreshCurrent } from "../../src/collectors/current.ts";
import { loadRuleSets } from "../../src/rules/sets.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { RETENTION, removeExpired } from "../../src/store/retention.ts";
import { migrated } from "../support/migrated.ts";

const now = new Date("2026-11-20T19:30:00Z");
const TODAY = "2026-11-21";
const ago = (days: number, seconds = 0) => new Date(now.getTime() - days * 86_400_000 - seconds * 1000);

async function open(t: TestContext): Promise<Kysely<Database>> {
  const { url } = await migrated.create(t);
  const db = openDatabase(url);
  t.after(() => db.destroy());
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  return db;
}

async function addAccount(db: Kysely<Database>, code: string, lifecycle = "running"): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    values (${code}, 'd', ${code}, 'wechat', ${`wx-${code}`}, ${lifecycle}, 'national-2019', ${now})
    returning id`.execute(db);
  return rows[0]?.id ?? assert.fail();
}

async function clean(db: Kysely<Database>): Promise<void> {
  for (const table of Object.keys(RETENTION) as (keyof Database)[]) {
    while ((await removeExpired(db, table, now)) > 0);
  }
}

test("every table has a rule for how long its rows stay", async (t) => {
  const db = await open(t);
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname not like 'kysely_migration%'
    order by 1`.execute(db);
  assert.deepEqual(
    rows.map((row) => row.name),
    Object.keys(RETENTION).sort(),
  );
  for (const { rule } of Object.values(RETENTION)) assert.match(rule, /for ever|\b(a|\d+) days?\b|as long as/);
});

test("raw answers stay 7 days, the audit 400, a day's quota 40", async (t) => {
  const db = await open(t);
  const accountId = await addAccount(db, "a");
  const answer = { account_id: accountId, platform: "wechat", api: "x", fault: "f", bytes: 1, body: "{}" };
  await db
    .insertInto("raw_answer")
    .values([
      { ...answer, fault: "kept", at: ago(7) },
      { ...answer, at: ago(7, 1) },
      { ...answer, account_id: null, at: ago(30) },
    ])
    .execute();
  const entry = { actor: "who", action: "account set", detail: {} };
  await db
    .insertInto("audit")
    .values([
      { ...entry, subject: "kept", at: ago(400) },
      { ...entry, subject: "gone", at: ago(400, 1) },
    ])
    .execute();
  const budget = { app_id: "wx", daily_limit: 100, closed_until: null, closed_code: null };
  await db
    .insertInto("api_budget")
    .values([
      { ...budget, api: "kept", day: "2026-10-12" },
      { ...budget, api: "gone", day: "2026-10-11" },
    ])
    .execute();
  await clean(db);
  assert.deepEqual(await db.selectFrom("raw_answer").select("fault").execute(), [{ fault: "kept" }]);
  assert.deepEqual(await db.selectFrom("audit").select("subject").execute(), [{ subject: "kept" }]);
  assert.deepEqual(await db.selectFrom("api_budget").select("api").execute(), [{ api: "kept" }]);
});

test("an episode goes 400 days after its end with its events and notifications, an open one never", async (t) => {
  const db = await open(t);
  const accountId = await addAccount(db, "a");
  const episode = {
    account_id: accountId,
    severity: "info" as const,
    firing: [],
    started_at: ago(900),
    seen_at: ago(900),
  };
  const episodes = await db
    .insertInto("alert_episode")
    .values([
      { ...episode, alert: "open" },
      { ...episode, alert: "kept", ended_at: ago(400) },
      { ...episode, alert: "gone", ended_at: ago(400, 1) },
    ])
    .returning("id")
    .execute();
  const events = await db
    .insertInto("alert_event")
    .values(
      episodes.map(({ id }) => ({ episode_id: id, kind: "fired" as const, severity: "info" as const, at: ago(900) })),
    )
    .returning("id")
    .execute();
  const hops = JSON.stringify([]);
  const notification = { recipient: "duty", hops, channel: "c", created_at: ago(900), next_at: ago(900) };
  await db
    .insertInto("notification")
    .values(events.map(({ id }) => ({ ...notification, event_id: id })))
    .execute();
  await clean(db);
  const left = await sql<{ alert: string }>`
    select p.alert from alert_episode p join alert_event e on e.episode_id = p.id
    join notification n on n.event_id = e.id order by 1`.execute(db);
  assert.deepEqual(
    left.rows.map(({ alert }) => alert),
    ["kept", "open"],
  );
  for (const table of ["alert_episode", "alert_event", "notification"] as const) {
    assert.equal((await db.selectFrom(table).select("id").execute()).length, 2, table);
  }
});

test("a digest stays 30 days with what it said, and sends a day; targets and the watchdog stay", async (t) => {
  const db = await open(t);
  await db
    .insertInto("digest")
    .values([
      { day: "2026-10-22", as_of: null, made_at: ago(30) },
      { day: "2026-10-21", as_of: null, made_at: ago(31) },
    ])
    .execute();
  const said = { recipient: "duty", hops: "[]", sheet: "{}", channel: "c", created_at: ago(31), next_at: ago(31) };
  await db
    .insertInto("notification")
    .values(["2026-10-22", "2026-10-21"].map((digest_day) => ({ ...said, digest_day })))
    .execute();
  await db
    .insertInto("notification_send")
    .values([
      { channel: "kept", at: ago(1) },
      { channel: "gone", at: ago(1, 1) },
    ])
    .execute();
  await db
    .insertInto("notification_target")
    .values({ channel: "c", next_at: ago(900) })
    .execute();
  await db
    .insertInto("alert_watchdog")
    .values({ seen_at: ago(900) })
    .execute();
  await clean(db);
  assert.deepEqual(await db.selectFrom("digest").select("day").execute(), [{ day: "2026-10-22" }]);
  assert.deepEqual(await db.selectFrom("notification").select("digest_day").execute(), [{ digest_day: "2026-10-22" }]);
  assert.deepEqual(await db.selectFrom("notification_send").select("channel").execute(), [{ channel: "kept" }]);
  assert.equal((await db.selectFrom("notification_target").select("channel").execute()).length, 1);
  assert.equal((await db.selectFrom("alert_watchdog").select("seen_at").execute()).length, 1);
});

test("a token goes 30 days after its end, and only when no account that is not closed has its AppID", async (t) => {
  const db = await open(t);
  await addAccount(db, "live");
  await addAccount(db, "closed", "closed");
  const token = { token: "sealed", refreshing_until: null, failed_at: null, failed_code: null };
  await db
    .insertInto("token")
    .values([
      { ...token, app_id: "wx-live", expires_at: ago(300) },
      { ...token, app_id: "wx-closed", expires_at: ago(31) },
      { ...token, app_id: "wx-changed", expires_at: ago(31) },
      { ...token, app_id: "wx-young", expires_at: ago(29) },
      { ...token, app_id: "wx-tried", expires_at: ago(31), failed_at: ago(1) },
      { ...token, app_id: "wx-never", token: null, expires_at: null },
    ])
    .execute();
  await clean(db);
  const left = await db.selectFrom("token").select("app_id").orderBy("app_id").execute();
  assert.deepEqual(
    left.map((row) => row.app_id),
    ["wx-live", "wx-tried", "wx-young"],
  );
});

test("a secret goes 30 days after its account was closed, however it was closed; all others stay", async (t) => {
  const db = await open(t);
  const accounts: [string, string, closedDaysAgo: number | null][] = [
    ["running", "running", null],
    ["planned", "planned", 90],
    ["closed-long-ago", "closed", 31],
    ["closed-lately", "closed", 29],
    ["closed-before-the-audit", "closed", null],
  ];
  for (const [code, lifecycle, days] of accounts) {
    const account_id = await addAccount(db, code, lifecycle);
    await db
      .insertInto("credential")
      .values({ account_id, app_secret: "sealed", updated_at: ago(500) })
      .execute();
    const audit = { actor: "who", action: "account set", subject: `account ${code}` };
    await db
      .insertInto("audit")
      .values([
        { ...audit, at: ago(1), detail: { fields: ["contact_name"] } },
        ...(days === null ? [] : [{ ...audit, at: ago(days), detail: { fields: ["name", "lifecycle"] } }]),
      ])
      .execute();
  }
  const fresh = await addAccount(db, "closed-with-a-new-secret", "closed");
  await db
    .insertInto("credential")
    .values({ account_id: fresh, app_secret: "sealed", updated_at: ago(2) })
    .execute();
  await clean(db);
  const left = await db
    .selectFrom("credential as c")
    .innerJoin("account as a", "a.id", "c.account_id")
    .select("a.code")
    .orderBy("a.code")
    .execute();
  assert.deepEqual(
    left.map((row) => row.code),
    ["closed-lately", "closed-with-a-new-secret", "planned", "running"],
  );
  assert.equal((await db.selectFrom("account").select("id").execute()).length, 6);
});

/** Accounts of every sort with 500 days of coverage in every state, and with the figures that such days have. */
async function longHistory(db: Kysely<Database>): Promise<void> {
  for (const code of ["daily", "rare", "silent", "blind"]) await addAccount(db, code);
  await addAccount(db, "old", "closed");
  const chance = (seed: string) => sql`(('x' || substr(md5(a.code || n || ${seed}), 1, 7))::bit(28)::integer % 100)`;
  await sql`
    create temporary table day on commit drop as
    select a.id, a.code, ${TODAY}::date - n as day,
      ${now}::timestamptz - make_interval(days => n) as at,
      ${chance("state")} as state, ${chance("part")} as part, ${chance("row")} as row
    from account a cross join generate_series(1, 500) n`.execute(db);
  const state = sql`case when state < 80 then 'final' when state < 88 then 'provisional' when state < 94 then 'failed'
    else 'unavailable' end`;
  await sql`
    insert into coverage (account_id, collector, part, day, state, code, fetched_at)
    select id, collector, part.name, day,
      case when code = 'blind' then 'unavailable' when (state + part.shift) % 100 < 80 then 'final' else ${state} end,
      null, at
    from day cross join (values ('statistics', 'summary', 0), ('statistics', 'articles', 7), ('statistics', 'followers', 13),
      ('publications', 'list', 3), ('pages', 'pages', 5), ('profile', 'quota', 11)) part (collector, name, shift)`.execute(
    db,
  );
  await sql`
    insert into account_day (account_id, stat_date, articles_published, readers, likes, first_seen_at)
    select id, day, case when row % 7 = 0 then null when code = 'daily' then row % 4 else 0 end, row * 10, row, at
    from day where code in ('daily', 'rare') and row < 70`.execute(db);
  await sql`
    insert into article (account_id, msgid, publish_date, title, notified, first_seen_at, in_statistics)
    select id, day || '_1', day, 'title', true, at, true from day
    where code = 'daily' and row % 4 > 0 or code = 'rare' and day = ${TODAY}::date - 450 or code = 'old' and row < 20`.execute(
    db,
  );
  await sql`
    insert into article_day (account_id, msgid, stat_date, readers)
    select account_id, msgid, publish_date + n, n * 10 from article cross join generate_series(0, 6, 3) n`.execute(db);
  await sql`insert into followers (account_id, stat_date, followers) select id, day, row from day where row < 90`.execute(
    db,
  );
  await sql`
    insert into reply_channel (account_id, channel, state, until)
    select distinct id, 'comment', 'measurable', ${now}::timestamptz from day where code <> 'blind'`.execute(db);
  await sql`
    insert into reply_case (account_id, channel, comment_id, received_at, length, question, first_reply_at, first_seen_at)
    select id, 'comment', day || '', at, row, row % 2 = 0, case when row % 3 = 0 then at + interval '1 hour' end, at
    from day where code = 'daily' and day > ${TODAY}::date - 390`.execute(db);
  // A department with few questions; views count those of the last days by the database's clock.
  await sql`insert into department values ('few', 'few')`.execute(db);
  await sql`update account set department_code = 'few' where code = 'rare'`.execute(db);
  await sql`
    insert into reply_case (account_id, channel, comment_id, received_at, length, question, first_seen_at)
    select id, 'comment', 'few', date_trunc('day', now()), 1, true, now() from account where code = 'rare'`.execute(db);
  await sql`
    insert into reply_percentile (scope, code, clock, cases, as_of)
    values ('department', 'few', 'calendar', 1, ${now})`.execute(db);
  await sql`
    insert into visit (account_id, collector, next_due_at)
    select id, 'statistics', ${now}::timestamptz from account`.execute(db);
  await sql`
    insert into holiday_files (documents) values
      ('[{"year": 2026, "off": [{"name": "元旦", "from": "2026-01-01", "to": "2026-01-03"}]}]')`.execute(db);
  await sql`
    insert into alert_episode (alert, account_id, severity, firing, started_at, seen_at, ended_at)
    select 'AccountPublishDue', id, 'warning', '{}', at, at, at + interval '1 hour'
    from day where code = 'rare' and day > ${TODAY}::date - 390`.execute(db);
  await sql`
    insert into alert_event (episode_id, kind, severity, at)
    select id, 'fired', severity, started_at from alert_episode`.execute(db);
}

/** What says how long something has lasted until now, which goes on while the test runs. */
const PASSING = ["waited_seconds", "waited", "turn", "days_left", "need"];

async function shown(db: Kysely<Database>): Promise<string[]> {
  // Deadlines, windows and what else `v_account` shows follow from the coverage anew.
  await db.deleteFrom("account_current").execute();
  await db.transaction().execute((trx) => refreshCurrent(trx, null, loadRuleSets()));
  const { rows } = await sql<{ view: string }>`
    select viewname as view from pg_views
    where schemaname = 'public' and viewname not in ('v_coverage', 'v_api_quota', 'v_storage')
    order by 1`.execute(db);
  const lines: string[] = [];
  for (const { view } of rows) {
    const result = await sql<{ line: string }>`
      select ${view} || ' ' || (to_jsonb(v) - ${PASSING}::text[])::text as line from ${sql.table(view)} v order by 1`.execute(
      db,
    );
    assert.ok(result.rows.length > 0, view);
    lines.push(...result.rows.map((row) => row.line));
  }
  return lines;
}

test("nothing that a view or a verdict says about kept figures changes, over 500 days of coverage", async (t) => {
  const db = await open(t);
  await db.transaction().execute(longHistory);
  const before = await shown(db);
  const count = async () => {
    const { rows } = await sql<{ collector: string; state: string; rows: number; oldest: number }>`
      select collector, state, count(*)::integer as rows, (${TODAY}::date - min(day))::integer as oldest
      from coverage group by 1, 2 order by 1, 2`.execute(db);
    return new Map(rows.map((row) => [`${row.collector} ${row.state}`, row]));
  };
  const rowsBefore = await count();
  await clean(db);
  assert.deepEqual(await shown(db), before);

  const rowsAfter = await count();
  assert.deepEqual(rowsAfter.get("statistics final"), rowsBefore.get("statistics final"));
  for (const [name, row] of rowsAfter) {
    if (name === "statistics final") continue;
    assert.ok(row.rows < (rowsBefore.get(name)?.rows ?? 0), name);
    assert.ok(row.oldest <= (name.startsWith("statistics") ? 400 : 30), `${name} goes back ${row.oldest} days`);
  }
});

test("a row that somebody else holds is left for the next day instead of being waited for", async (t) => {
  const db = await open(t);
  await db
    .insertInto("raw_answer")
    .values(
      [1, 2].map((bytes) => ({ at: ago(8), account_id: null, platform: "p", api: "x", fault: "f", bytes, body: "" })),
    )
    .execute();
  await db.transaction().execute(async (trx) => {
    await trx.selectFrom("raw_answer").select("id").where("bytes", "=", 1).forUpdate().execute();
    assert.equal(await removeExpired(db, "raw_answer", now), 1);
    assert.equal(await removeExpired(db, "raw_answer", now), 0);
  });
  assert.equal(await removeExpired(db, "raw_answer", now), 1);
});
