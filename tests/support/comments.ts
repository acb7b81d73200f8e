import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { sql } from "kysely";
import { pino } from "pino";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import { addDays, dayOf } from "../../src/calendar.ts";
import { collectorContext } from "../../src/cli/collectorContext.ts";
import { replies } from "../../src/collectors/replies/index.ts";
import { visitAccount } from "../../src/collectors/visit.ts";
import { PlatformError } from "../../src/errors.ts";
import type { Comment } from "../../src/model.ts";
import type { Session } from "../../src/platforms/platform.ts";
import { loadRuleSets } from "../../src/rules/sets.ts";
import { accountById } from "../../src/store/account.ts";
import { openDatabase } from "../../src/store/database.ts";
import { readChannel } from "../../src/store/replyChannel.ts";
import { ensureVisits } from "../../src/store/visit.ts";
import { parseMasterKeys } from "../../src/vault.ts";
import { migrated } from "./migrated.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Marks of what must not be kept. */
export const OPENID = "oCANARYopenid";
export const TEXT = "金丝雀";
const PER_PAGE = 49;
const CODE = "a1";

/** An error is thrown; null: the platform does not know the article. */
type Shown = Comment[] | Error | null;

export function fault(code: string, scope: PlatformError["scope"], retry: PlatformError["retry"] = "later") {
  const until = scope === "quota" ? new Date("2026-11-20T16:00:00Z") : undefined;
  return new PlatformError({
    ...{ name: "Fault", code, retry, scope, until, api: "comment_list" },
    ...{ message: `comment_list: fault (${code})`, reason: "故障。" },
  });
}

/** `hours` before the clock's first moment. */
export const START = new Date("2026-11-20T04:30:00Z");
export const before = (hours: number) => new Date(START.getTime() - hours * HOUR);

export function comment(id: number | string, changes: Partial<Comment> = {}): Comment {
  return {
    ...{ id: String(id), receivedAt: before(1), person: `${OPENID}${id}`, text: `${TEXT}几点上班？`, repliedAt: null },
    ...changes,
  };
}

/**
 * An account whose comments are what the test says, by article; all others have none. Customer service it has not.
 * Nothing else is made up.
 */
export async function startComments(t: TestContext) {
  const { url } = await migrated.create(t);
  const db = openDatabase(url);
  t.after(() => db.destroy());
  const clock = { now: START };
  const shown = new Map<string, Shown>();
  const totals = new Map<string, number>();
  const garbled = new Set<string>();
  const asked: { msgid: string; begin: number; at: Date }[] = [];
  const hands = { beforePage: (_msgid: string, _begin: number): void => {} };

  const list: Session["comments"]["list"] = async (msgid, begin) => {
    asked.push({ msgid, begin, at: clock.now });
    hands.beforePage(msgid, begin);
    const all = shown.get(msgid);
    if (all === null) return null;
    if (all instanceof Error) throw all;
    const page = (all ?? []).slice(begin, begin + PER_PAGE);
    const rows = page.filter(({ id }) => !garbled.has(id));
    return { rows, entries: page.length, total: totals.get(msgid) ?? all?.length ?? 0 };
  };
  const context = collectorContext({
    config: {
      ...{ wechatApiUrl: "http://127.0.0.1:9", wechatPageUrl: "http://127.0.0.1:9", proxyEnv: {} },
      ...{ statisticsReadyAt: "08:05", pageIntervalSeconds: 0 },
    },
    db,
    vault: parseMasterKeys(randomBytes(32).toString("base64")),
    ruleSets: loadRuleSets(),
    holidays: loadHolidays(),
    now: () => clock.now,
    log: pino({ level: "silent" }),
  });
  const { wechat } = context.platforms;
  if (!wechat) throw new Error("no platform");
  const noCustomerService = () => Promise.reject(fault("65400", "function", "never"));
  context.platforms = {
    wechat: {
      ...wechat,
      open: (account, ports) => ({
        ...wechat.open(account, ports),
        authorise: async () => {},
        comments: { list },
        messages: { list: noCustomerService, days: noCustomerService },
      }),
    },
  };
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    values (${CODE}, 'd', 'a', 'wechat', 'wx1', 'running', 'national-2019', ${clock.now})`.execute(db);
  await ensureVisits(db, [replies.name], clock.now);
  const account = await accountById(db, 1);
  if (!account) throw new Error("no account");

  return {
    db,
    url,
    clock,
    shown,
    totals,
    /** Ids of comments that the client cannot read. */
    garbled,
    asked,
    hands,
    account,
    visit: (options: { recheck?: boolean; signal?: AbortSignal } = {}) =>
      visitAccount(context, replies, account, { signal: new AbortController().signal, ...options }),
    /** `days` old at the clock's time, counted in calendar days. */
    async publish(msgid: string, days = 0) {
      const row = { account_id: account.id, msgid, publish_date: addDays(dayOf(clock.now), -days), title: null };
      await db
        .insertInto("article")
        .values({ ...row, url: null, notified: true, first_seen_at: clock.now, in_statistics: true })
        .execute();
    },
    async count(day: string, comments: number) {
      await sql`insert into account_day (account_id, stat_date, comments, first_seen_at)
        values (${account.id}, ${day}, ${comments}, ${clock.now})`.execute(db);
    },
    pass(milliseconds: number) {
      clock.now = new Date(clock.now.getTime() + milliseconds);
    },
    /** What was asked since the last time, as `<msgid>` or `<msgid>+<begin>`. */
    taken: () => asked.splice(0).map(({ msgid, begin }) => (begin === 0 ? msgid : `${msgid}+${begin}`)),
    async cases(): Promise<Record<string, { received_at: Date } & CaseRow>> {
      const rows = await db.selectFrom("reply_case").selectAll().orderBy("id").execute();
      return Object.fromEntries(rows.map((row) => [row.comment_id ?? "", row]));
    },
    look: (msgid: string) => db.selectFrom("comment_look").selectAll().where("msgid", "=", msgid).executeTakeFirst(),
    channel: () => readChannel(db, account.id, "comment"),
    /** What the last visit found. */
    last: () =>
      db
        .selectFrom("visit")
        .select(["finished_at", "succeeded_at", "failures", "error_code", "error_reason"])
        .where("collector", "=", replies.name)
        .executeTakeFirstOrThrow(),
    async due(): Promise<Date> {
      const row = db.selectFrom("visit").select("next_due_at").where("collector", "=", replies.name);
      return (await row.executeTakeFirstOrThrow()).next_due_at;
    },
    async used(): Promise<number> {
      const row = db.selectFrom("api_budget").select("used").where("api", "=", "comment_list");
      return (await row.executeTakeFirst())?.used ?? 0;
    },
    async coverage(): Promise<string | null> {
      const { rows } = await sql<{ row: string }>`
        select state || coalesce(' ' || code, '') as row from coverage
        where part = 'comments' and collector = 'replies' order by day desc limit 1`.execute(db);
      return rows[0]?.row ?? null;
    },
    /** Versions and locks of the cases: one that is written or locked shows. */
    async versions() {
      const { rows } = await sql`select id, xmin::text, xmax::text, ctid::text from reply_case order by id`.execute(db);
      return rows;
    },
  };
}

export interface CaseRow {
  msgid: string | null;
  person: string | null;
  length: number;
  question: boolean;
  first_reply_at: Date | null;
  vanished_at: Date | null;
  excluded_at: Date | null;
  working_seconds: number | null;
}

export type Comments = Awaited<ReturnType<typeof startComments>>;
