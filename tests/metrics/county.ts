import { after, type TestContext } from "node:test";
import type { Kysely } from "kysely";
import type { Lifecycle } from "../../src/model.ts";
import { type Database, openDatabase, WINDOW_FIGURES, WINDOWS, type WindowColumn } from "../../src/store/database.ts";
import { migrated } from "../support/migrated.ts";

/** 12:00 in Asia/Shanghai. */
export const NOW = new Date("2026-11-23T04:00:00Z");

export const POISON = '文旅"云溪"\\n<script>alert(1)</script>\n\'&amp;';

const TODAY = "2026-11-23";
const UNTIL = new Date("2026-11-22T16:00:00Z");

/** A migrated database of one's own. Its connections end with the test, or with the file when no test is given. */
export async function openTestDatabase(t?: Pick<TestContext, "after">): Promise<{ db: Kysely<Database>; url: string }> {
  const { url } = await migrated.create(t);
  const db = openDatabase(url, { max: 3 });
  const close = () => db.destroy();
  if (t) t.after(close);
  else after(close);
  return { db, url };
}

export interface NewAccount {
  code: string;
  name: string;
  department: string;
  lifecycle?: Lifecycle;
  kind?: "subscription" | "service" | null;
}

export async function addAccount(db: Kysely<Database>, account: NewAccount): Promise<number> {
  const row = await db
    .insertInto("account")
    .values({
      code: account.code,
      department_code: account.department,
      name: account.name,
      platform: "wechat",
      kind: account.kind === undefined ? "subscription" : account.kind,
      app_id: `wx-${account.code}`,
      original_id: null,
      lifecycle: account.lifecycle ?? "running",
      rule_set: "national-2019",
      contact_name: null,
      contact_channel: null,
      contact_target: null,
      opened_on: null,
      created_at: NOW,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

const NO_WINDOWS = Object.fromEntries(
  WINDOWS.flatMap((window) => WINDOW_FIGURES.map((figure) => [`${figure}_${window}`, null])),
) as Record<WindowColumn, number | null>;

function windows(scale: number) {
  return {
    ...{ articles_1d: 1 * scale, readers_1d: 130 * scale, sharers_1d: 9 * scale, likes_1d: 4 * scale },
    ...{ zaikan_1d: 2 * scale, comments_1d: 0, favourites_1d: 1 * scale },
    ...{ articles_7d: 6 * scale, readers_7d: 910 * scale, sharers_7d: 61 * scale, likes_7d: 30 * scale },
    ...{ zaikan_7d: 13 * scale, comments_7d: 5 * scale, favourites_7d: 8 * scale },
    ...{ articles_30d: 24 * scale, readers_30d: 3_900 * scale, sharers_30d: 250 * scale, likes_30d: 120 * scale },
    ...{ zaikan_30d: 55 * scale, comments_30d: 21 * scale, favourites_30d: 33 * scale },
  };
}

function visit(accountId: number, succeededAt: Date | null, error: [code: string, reason: string] | null = null) {
  return {
    account_id: accountId,
    collector: "statistics",
    next_due_at: new Date("2026-11-24T00:12:00Z"),
    lease_id: null,
    leased_until: null,
    started_at: succeededAt,
    finished_at: error ? new Date("2026-11-23T00:31:05.25Z") : succeededAt,
    succeeded_at: succeededAt,
    error_code: error?.[0] ?? null,
    error_reason: error?.[1] ?? null,
    error_detail: null,
  };
}

/** One of each: seen wholly, seen in part, failed with older figures, never visited, closed. */
export async function insertCounty(db: Kysely<Database>): Promise<void> {
  await db
    .insertInto("department")
    .values([
      { code: "rsj", name: "云溪县人力资源和社会保障局" },
      { code: "wlj", name: '云溪县"文化\\旅游"局\n' },
    ])
    .execute();
  const rsj = await addAccount(db, { code: "rsj-fwh", name: "云溪人社", department: "rsj", kind: "service" });
  const wlj = await addAccount(db, { code: "wlj", name: POISON, department: "wlj" });
  const failed = await addAccount(db, { code: "jiuye", name: "云溪就业", department: "rsj", lifecycle: "rectifying" });
  const unseen = await addAccount(db, { code: "a-new", name: "云溪新开", department: "wlj", kind: null });
  const closed = await addAccount(db, { code: "old", name: "云溪旧号", department: "wlj", lifecycle: "closed" });

  await db
    .insertInto("account_current")
    .values([
      {
        account_id: rsj,
        data_until: UNTIL,
        last_published_at: new Date("2026-11-22T01:30:07Z"),
        publish_deadline_at: new Date("2026-12-06T01:30:07Z"),
        window_end: "2026-11-22",
        followers: 52_310,
        ...windows(1),
      },
      {
        // Without the permission for followers, and known for less than 30 days.
        account_id: wlj,
        data_until: UNTIL,
        last_published_at: new Date("2026-11-12T16:00:00Z"),
        publish_deadline_at: new Date("2026-11-26T16:00:00Z"),
        window_end: "2026-11-22",
        followers: null,
        ...NO_WINDOWS,
        ...{
          articles_1d: 0,
          readers_1d: 0,
          sharers_1d: 0,
          likes_1d: 0,
          zaikan_1d: 0,
          comments_1d: 0,
          favourites_1d: 0,
        },
        ...{ articles_7d: 0, readers_7d: 12 },
      },
      {
        account_id: failed,
        data_until: new Date("2026-11-18T16:00:00Z"),
        last_published_at: new Date("2026-11-09T16:00:00Z"),
        publish_deadline_at: new Date("2026-11-23T16:00:00Z"),
        window_end: "2026-11-18",
        followers: 801,
        ...windows(2),
      },
      {
        account_id: closed,
        data_until: UNTIL,
        last_published_at: UNTIL,
        publish_deadline_at: null,
        window_end: "2026-11-22",
        followers: 7,
        ...windows(3),
      },
    ])
    .execute();

  await db
    .insertInto("visit")
    .values([
      visit(rsj, new Date("2026-11-23T00:12:33.5Z")),
      visit(wlj, new Date("2026-11-23T00:21:00Z")),
      visit(failed, new Date("2026-11-19T00:10:00Z"), [
        "40125",
        "AppSecret 已失效：请在公众平台重置后，用 account set 重新登记。",
      ]),
      { ...visit(unseen, null), next_due_at: NOW },
      { ...visit(closed, new Date("2026-11-23T00:12:00Z")), next_due_at: NOW },
    ])
    .execute();

  const budget = { day: TODAY, daily_limit: null, closed_until: null, closed_code: null };
  await db
    .insertInto("api_budget")
    .values([
      { ...budget, app_id: "wx-rsj-fwh", api: "getbizsummary", used: 3, daily_limit: 1_000, used_by_others: 40 },
      { ...budget, app_id: "wx-rsj-fwh", api: "getusersummary", used: 9 },
      {
        ...{ ...budget, app_id: "wx-wlj", api: "getarticletotaldetail", used: 31, daily_limit: 1_000 },
        ...{ closed_until: new Date("2026-11-23T16:00:00Z"), closed_code: "45009" },
      },
      {
        ...{ ...budget, app_id: "wx-wlj", api: "getbizsummary", used: 1_002, daily_limit: 1_000 },
        ...{ closed_until: new Date("2026-11-23T04:00:30Z"), closed_code: "45011" },
      },
      { ...budget, day: "2026-11-22", app_id: "wx-rsj-fwh", api: "getusercumulate", used: 1, daily_limit: 500 },
      { ...budget, app_id: "wx-old", api: "getbizsummary", used: 1, daily_limit: 500 },
    ])
    .execute();
  const profile = { name: null, principal: null, verified: true, fetched_at: NOW };
  await db
    .insertInto("profile")
    .values([
      { ...profile, account_id: rsj, verification_expires_at: new Date("2027-03-01T00:00:00Z") },
      { ...profile, account_id: failed, verified: false, verification_expires_at: null },
      { ...profile, account_id: closed, verification_expires_at: NOW },
    ])
    .execute();
  await db
    .insertInto("planner")
    .values({ ticked_at: new Date("2026-11-23T03:59:45Z") })
    .execute();
}
