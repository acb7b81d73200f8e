import { type Insertable, type Kysely, sql } from "kysely";
import type { Database } from "../../src/store/database.ts";
import { NOW } from "./county.ts";

type Case = Partial<Insertable<Database["reply_case"]>>;

/** What replies bring to the fixed county: of rsj both channels, of wlj messages that go elsewhere, of jiuye little. */
export async function insertReplies(db: Kysely<Database>): Promise<void> {
  const accounts = await db.selectFrom("account").select(["code", "id"]).execute();
  const idOf = (code: string) => accounts.find((account) => account.code === code)?.id ?? 0;
  const ids = { rsj: idOf("rsj-fwh"), wlj: idOf("wlj"), failed: idOf("jiuye"), closed: idOf("old") };
  const at = (text: string) => new Date(`2026-${text.replace(" ", "T")}:00+08:00`);
  await db
    .insertInto("reply_channel")
    .values([
      { account_id: ids.rsj, channel: "comment", state: "measurable", until: at("11-23 11:20"), since: null },
      {
        account_id: ids.rsj,
        channel: "message",
        state: "measurable",
        until: at("11-23 10:20"),
        since: at("11-02 00:00"),
      },
      { account_id: ids.wlj, channel: "comment", state: "measurable", until: null, since: null },
      { account_id: ids.wlj, channel: "message", state: "hidden", until: null, since: null },
      { account_id: ids.failed, channel: "comment", state: "absent", until: null, since: null },
      { account_id: ids.failed, channel: "message", state: null, until: null, since: null },
      { account_id: ids.closed, channel: "comment", state: "measurable", until: NOW, since: null },
    ])
    .execute();
  let comments = 0;
  const comment = (accountId: number, received: string, rest: Case = {}) => ({
    ...{ account_id: accountId, channel: "comment" as const, received_at: at(received), msgid: "1_1" },
    ...{ comment_id: `c${++comments}`, length: 9, question: true, first_reply_at: null, first_seen_at: NOW },
    ...rest,
  });
  await db
    .insertInto("reply_case")
    .values([
      comment(ids.rsj, "11-20 10:00", { first_reply_at: at("11-20 11:00") }),
      comment(ids.rsj, "11-23 09:00", { due_at: at("12-08 00:00") }),
      // Overdue only when it asks.
      comment(ids.rsj, "10-26 09:00", { due_at: at("11-10 00:00") }),
      comment(ids.rsj, "10-26 09:00", { due_at: at("11-10 00:00"), question: false }),
      comment(ids.rsj, "10-25 00:00", { vanished_at: NOW }),
      comment(ids.rsj, "10-25 00:00", { excluded_at: NOW, excluded_reason: "spam" }),
      // The last minute before the window, and the first of it.
      comment(ids.rsj, "10-24 23:59", { due_at: at("11-07 00:00") }),
      comment(ids.rsj, "10-25 00:00", { first_reply_at: at("11-20 11:00") }),
      comment(ids.failed, "11-20 10:00"),
      comment(ids.closed, "11-20 10:00"),
    ])
    .execute();
  const percentiles = { p50_seconds: null, p50_over_seconds: null, p90_seconds: null, p90_over_seconds: null };
  await db
    .insertInto("reply_percentile")
    .values([
      {
        ...{ ...percentiles, scope: "account", code: "rsj-fwh", clock: "calendar", cases: 12, as_of: NOW },
        ...{ p50_seconds: 5_400.5, p90_over_seconds: 2_430_000 },
      },
      { ...percentiles, scope: "account", code: "rsj-fwh", clock: "working", cases: 12, as_of: NOW },
      { ...percentiles, scope: "account", code: "wlj", clock: "calendar", cases: 9, as_of: NOW },
      { ...percentiles, scope: "account", code: "jiuye", clock: "calendar", cases: 10, p50_seconds: 60, as_of: NOW },
      {
        ...percentiles,
        scope: "department",
        code: "rsj-fwh",
        clock: "calendar",
        cases: 50,
        p50_seconds: 1,
        as_of: NOW,
      },
    ])
    .execute();
  await sql`
    insert into visit (account_id, collector, next_due_at, started_at, finished_at, succeeded_at)
    select id, 'replies', ${at("11-23 13:00")}, ${NOW}, ${NOW}, ${NOW} from account
    where code in ('rsj-fwh', 'wlj')`.execute(db);
}
