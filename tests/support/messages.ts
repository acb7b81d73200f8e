import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { sql } from "kysely";
import { replies } from "../../src/collectors/replies/index.ts";
import { visitAccount } from "../../src/collectors/visit.ts";
import { findAccount } from "../../src/store/account.ts";
import { readChannel } from "../../src/store/replyChannel.ts";
import { startCounty } from "./county.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** 12:30 on a Friday in Asia/Shanghai: after every account's slot of that hour's three, before the next. */
export const START = new Date("2026-11-20T04:30:00Z");
/** Nobody writes to it by habit. */
const CODE = "archives";
/** Stands in every text that a test makes up. */
export const TEXT = "金丝雀";
/** What a citizen writes unless a test says otherwise, and what a robot says. */
export const ASKED = `${TEXT}几点上班？`;
export const LENGTH = [...ASKED].length;
export const GREETING = `${TEXT}您好，已收到您的留言，我们会尽快回复。`;

export const after = (at: string | Date, seconds: number) => new Date(new Date(at).getTime() + seconds * 1000);

interface ListAnswer {
  recordlist?: { openid: string; opercode: number; text: string; time: number }[];
  number: number;
  msgid: number;
  errcode?: number;
}

export interface AskedWindow {
  from: Date;
  to: Date;
  /** 1 begins the window. */
  cursor: number;
}

/**
 * An account with customer service, on which nothing is written but what the test writes, and without comments. Its
 * answers pass through `edit`.
 */
export async function startMessages(t: TestContext, { masterKey }: { masterKey?: string } = {}) {
  const asked: AskedWindow[] = [];
  const daysAsked: string[] = [];
  const hands: { edit: (answer: ListAnswer, window: AskedWindow) => void } = { edit: () => {} };
  const county = await startCounty(t, {
    accounts: 2,
    days: 60,
    now: "2026-10-20T04:30:00Z",
    ...(masterKey ? { masterKey } : {}),
    edit({ api, request, answer }) {
      if (api === "getupstreammsg") daysAsked.push(`${request.begin_date}/${request.end_date}`);
      if (api !== "getmsglist") return;
      const [from, to] = [request.starttime, request.endtime].map((seconds) => new Date(Number(seconds) * 1000));
      assert.ok(from && to);
      const window = { from, to, cursor: Number(request.msgid) };
      asked.push(window);
      hands.edit(answer as unknown as ListAnswer, window);
    },
  });
  const { db, clock, context } = county;
  const account = await findAccount(db, CODE);
  assert.ok(account);
  const set = (changes: object) => county.call("account", { appid: account.appId, set: changes });
  await set({ customerService: true, comments: false });
  clock.now = START;

  return {
    county,
    db,
    clock,
    account,
    asked,
    daysAsked,
    hands,
    set,
    /** A citizen writes, or with `staff` gets an answer. */
    async write(person: string, at: string | Date, text = ASKED, staff = false) {
      const when = at instanceof Date ? at.toISOString() : at;
      await county.call("message", { appid: account.appId, openid: `oGmSim${person}`, at: when, text, staff });
    },
    async visit(options: { recheck?: boolean; signal?: AbortSignal } = {}) {
      return await visitAccount(context, replies, account, { signal: new AbortController().signal, ...options });
    },
    pass(milliseconds: number) {
      clock.now = new Date(clock.now.getTime() + milliseconds);
    },
    /** The windows that were asked since the last time, one entry per call. */
    taken: () => asked.splice(0),
    channel: () => readChannel(db, account.id, "message"),
    /** As `<received> <question> <length> <first reply>` and what keeps it from counting, times of Asia/Shanghai, the oldest first. */
    async cases(): Promise<string[]> {
      const { rows } = await sql<{ text: string }>`
        select concat_ws(' ', to_char(received_at at time zone 'Asia/Shanghai', 'DD"T"HH24:MI:SS'),
          case when question then 'q' else '-' end, length,
          coalesce(to_char(first_reply_at at time zone 'Asia/Shanghai', 'DD"T"HH24:MI:SS'), 'open'),
          case when excluded_at is not null then 'excluded ' || excluded_reason end,
          case when vanished_at is not null then 'vanished' end) as text
        from reply_case where channel = 'message' order by received_at, person`.execute(db);
      return rows.map(({ text }) => text);
    },
    async coverage(part = "messages"): Promise<string | null> {
      const { rows } = await sql<{ row: string }>`
        select state || coalesce(' ' || code, '') as row from coverage
        where part = ${part} and collector = 'replies' and account_id = ${account.id}
        order by day desc limit 1`.execute(db);
      return rows[0]?.row ?? null;
    },
    async due(): Promise<Date> {
      const row = db
        .selectFrom("visit")
        .select("next_due_at")
        .where("collector", "=", replies.name)
        .where("account_id", "=", account.id);
      return (await row.executeTakeFirstOrThrow()).next_due_at;
    },
    /** Versions and locks of all rows that come from messages: one that is written or locked shows. */
    async versions() {
      const tables = ["reply_case", "reply_message", "reply_greeting"].map(
        (table) => sql`select xmin::text, xmax::text, ctid::text, tableoid::text from ${sql.table(table)}`,
      );
      const { rows } = await sql`${sql.join(tables, sql` union all `)} order by 4, 3`.execute(db);
      return rows;
    },
  };
}

export type Messages = Awaited<ReturnType<typeof startMessages>>;

/** A citizen asks and gets the greeting seconds later. */
export async function greeted(messages: Messages, person: string, at: string | Date, seconds = 2): Promise<void> {
  await messages.write(person, at);
  await messages.write(person, after(at, seconds), GREETING, true);
}
