import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { sql } from "kysely";
import { pino } from "pino";
import { loadHolidays } from "../../src/calendar/holidays.ts";
import { addDays, dayOf, endOf } from "../../src/calendar.ts";
import { collectorContext } from "../../src/cli/collectorContext.ts";
import { pages } from "../../src/collectors/pages/index.ts";
import { visitAccount } from "../../src/collectors/visit.ts";
import { PlatformError } from "../../src/errors.ts";
import type { ArticlePage } from "../../src/model.ts";
import { loadRuleSets } from "../../src/rules/sets.ts";
import { accountById } from "../../src/store/account.ts";
import { openDatabase } from "../../src/store/database.ts";
import { dueVisits, ensureVisits } from "../../src/store/visit.ts";
import { parseMasterKeys } from "../../src/vault.ts";
import { migrated } from "./migrated.ts";

/** An error is thrown by the reader. */
type Answer = Partial<ArticlePage> | Error;

const FIRST_BIZ = 3_000_000_000;
export const bizOf = (account: number) => Buffer.from(String(FIRST_BIZ + account)).toString("base64");
export const linkOf = (account: number, msgid: string) => {
  const [mid, idx] = msgid.split("_");
  return `http://mp.weixin.qq.com/s?__biz=${bizOf(account)}&mid=${mid}&idx=${idx}&sn=ab#rd`;
};

export function networkFault(code = "network"): PlatformError {
  return new PlatformError({
    ...{ name: "NetworkFailed", code, retry: "soon", scope: "request" },
    ...{ message: "connection failed", reason: "连接微信服务器失败。" },
  });
}

/**
 * A county whose pages are what the test says: `answers` by `<account>/<msgid>` or short link, an `ok` page for every
 * other long link. Nothing but the pages is made up.
 */
export async function startPages(t: TestContext, options: { accounts?: number; intervalSeconds?: number } = {}) {
  const { url } = await migrated.create(t);
  const clock = { now: new Date("2026-11-20T00:10:00Z") };
  const answers = new Map<string, Answer>();
  const reads: { key: string; at: number; inFlight: number }[] = [];
  let latencyMs = 0;
  let inFlight = 0;

  /** A process of its own: connections, and a platform whose pages are read here. */
  function openProcess(databaseUrl = url) {
    const db = openDatabase(databaseUrl);
    t.after(() => db.destroy());
    const context = collectorContext({
      config: {
        ...{ wechatApiUrl: "http://127.0.0.1:9", wechatPageUrl: "http://127.0.0.1:9", proxyEnv: {} },
        ...{ statisticsReadyAt: "08:05", pageIntervalSeconds: options.intervalSeconds ?? 0 },
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
    const identify = wechat.pages.identify;
    const read = async (link: string, ports: { signal: AbortSignal }): Promise<ArticlePage> => {
      const { articleId, biz } = identify(link);
      const account = biz === null ? null : Number(Buffer.from(biz, "base64").toString()) - FIRST_BIZ;
      const key = account === null ? link : `${account}/${articleId}`;
      inFlight += 1;
      reads.push({ key, at: performance.now(), inFlight });
      try {
        if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
        ports.signal.throwIfAborted();
        const answer = answers.get(key) ?? {};
        if (answer instanceof Error) throw answer;
        return { ...okPage(clock.now), articleId, biz, ...answer };
      } finally {
        inFlight -= 1;
      }
    };
    return { ...context, platforms: { wechat: { ...wechat, pages: { identify, read } } } };
  }
  const context = openProcess();
  const { db } = context;
  await db.insertInto("department").values({ code: "d", name: "d" }).execute();
  await sql`
    insert into account (code, department_code, name, platform, app_id, lifecycle, rule_set, created_at)
    select 'a' || n, 'd', 'a', 'wechat', 'wx' || n, 'running', 'national-2019', ${clock.now}
    from generate_series(1, ${options.accounts ?? 1}) n`.execute(db);
  await ensureVisits(db, [pages.name], clock.now);

  async function visit(accountId = 1, by = context, recheck = false, signal = new AbortController().signal) {
    const account = await accountById(by.db, accountId);
    if (!account) throw new Error(`no account ${accountId}`);
    return await visitAccount(by, pages, account, { signal, recheck });
  }

  return {
    db,
    url,
    clock,
    answers,
    reads,
    context,
    openProcess,
    visit,
    setLatency(milliseconds: number) {
      latencyMs = milliseconds;
    },
    /** `days` old at the clock's time, counted in calendar days. */
    async publish(accountId: number, msgid: string, days: number, more: Record<string, unknown> = {}) {
      const row = { account_id: accountId, msgid, publish_date: addDays(dayOf(clock.now), -days), title: msgid };
      await db
        .insertInto("article")
        .values({
          ...{ ...row, url: linkOf(accountId, msgid), notified: true, first_seen_at: clock.now, in_statistics: true },
          ...more,
        })
        .execute();
    },
    async article(msgid: string, accountId = 1) {
      return await db
        .selectFrom("article")
        .selectAll()
        .where("account_id", "=", accountId)
        .where("msgid", "=", msgid)
        .executeTakeFirstOrThrow();
    },
    async due(accountId = 1): Promise<Date> {
      const row = await db
        .selectFrom("visit")
        .select("next_due_at")
        .where("account_id", "=", accountId)
        .where("collector", "=", pages.name)
        .executeTakeFirstOrThrow();
      return row.next_due_at;
    },
    /** Visits whatever falls due until then, in steps. */
    async live(days: number, stepMinutes = 30) {
      const until = new Date(clock.now.getTime() + days * 86_400_000);
      for (;;) {
        for (const due of await dueVisits(db, clock.now, 1000)) if (due.accountId !== null) await visit(due.accountId);
        if (clock.now >= until) return;
        clock.now = new Date(clock.now.getTime() + stepMinutes * 60_000);
      }
    },
  };
}

export type Pages = Awaited<ReturnType<typeof startPages>>;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const keys = (county: Pages) => county.reads.map((read) => read.key);
export const after = (county: Pages, milliseconds: number) => new Date(county.clock.now.getTime() + milliseconds);

export async function coverage(county: Pages): Promise<string[]> {
  const { rows } = await sql<{ row: string }>`
    select account || ' ' || part || ' ' || day || ' ' || state || coalesce(' ' || code, '') as row
    from v_coverage where collector = 'pages' order by account, day`.execute(county.db);
  return rows.map(({ row }) => row);
}

function okPage(now: Date): ArticlePage {
  return {
    ...{ state: "ok", reason: null, articleId: null, biz: null, originalId: null, title: "title of the page" },
    publishedAt: new Date(endOf(addDays(dayOf(now), -1)).getTime() - 3_600_000),
    ...{ form: "article", original: true, length: 500, images: 3 },
  };
}
