import type { Kysely } from "kysely";
import { pino } from "pino";
import type { ChannelSettings } from "../../../src/alerts/channels/channel.ts";
import { makeDigest } from "../../../src/alerts/digest/index.ts";
import { readSheet, type Sheet } from "../../../src/alerts/digest/sheet.ts";
import type { Contact, Routes } from "../../../src/alerts/routes.ts";
import { loadHolidays } from "../../../src/calendar/holidays.ts";
import { startOf, timeOn } from "../../../src/calendar.ts";
import type { Hop, Lifecycle } from "../../../src/model.ts";
import type { Database } from "../../../src/store/database.ts";

export const DAY_MS = 86_400_000;
/** A Monday after an ordinary weekend. */
export const DAY = "2026-11-23";
export const LOG = pino({ level: "silent" });

const HOLIDAYS = loadHolidays();

export const hop = (channel: string, target: string | null = null): Hop => ({ channel, target });
export const contact = (...hops: Hop[]): Contact => ({ name: "联系人", hops });

/** Chats of the duty group and the departments, and mail. */
export function routesWith(departments: Record<string, Contact[]> = {}): Routes {
  const chat = (name: string): ChannelSettings => ({ type: "wecom", url: `https://robots.example/${name}` });
  const server = { host: "127.0.0.1", port: 25, tls: "none", user: null, password: null } as const;
  return {
    channels: new Map([
      ...["duty", "bureaus", "other"].map((name): [string, ChannelSettings] => [name, chat(name)]),
      ["mail", { type: "email", ...server, from: "a@b.example" }],
    ]),
    duty: [hop("duty")],
    departments: new Map(Object.entries(departments)),
    boardsUrl: "https://boards.example",
  };
}

export interface NewAccount {
  code: string;
  name?: string;
  department?: string;
  lifecycle?: Lifecycle;
  contact?: Hop;
  /** Null: nothing was ever collected. */
  dataUntil?: Date | null;
  deadlineAt?: Date | null;
  error?: [code: string, reason: string];
  createdAt?: Date;
}

/** By default all is well with the account on `day`. */
export async function addAccounts(db: Kysely<Database>, day: string, accounts: readonly NewAccount[]): Promise<void> {
  for (const account of accounts) {
    const { code, name = `号-${code}`, department = "slj", lifecycle = "running", error } = account;
    await db
      .insertInto("department")
      .values({ code: department, name: `局-${department}` })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { id } = await db
      .insertInto("account")
      .values({
        ...{ code, department_code: department, name, platform: "wechat", kind: null, app_id: `wx-${code}` },
        ...{ original_id: null, lifecycle, rule_set: "national-2019", contact_name: null, opened_on: null },
        ...{ contact_channel: account.contact?.channel ?? null, contact_target: account.contact?.target ?? null },
        created_at: account.createdAt ?? new Date("2026-01-01T00:00:00Z"),
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    const { dataUntil = startOf(day), deadlineAt = new Date(startOf(day).getTime() + 9 * DAY_MS) } = account;
    if (dataUntil !== null) {
      await db
        .insertInto("account_current")
        .values({
          ...{ account_id: id, data_until: dataUntil, publish_deadline_at: deadlineAt },
          last_published_at: deadlineAt && new Date(deadlineAt.getTime() - 14 * DAY_MS),
        } as never)
        .execute();
    }
    if (!error) continue;
    await db
      .insertInto("visit")
      .values({
        ...{ account_id: id, collector: "statistics", next_due_at: startOf(day), lease_id: null, leased_until: null },
        ...{ started_at: null, finished_at: null, succeeded_at: null, error_detail: null },
        ...{ error_code: error[0], error_reason: error[1] },
      })
      .execute();
  }
}

export function digestAt(db: Kysely<Database>, day: string, time: string, routes: Routes | null = routesWith()) {
  return makeDigest({ db, routes, holidays: HOLIDAYS, now: timeOn(day, time), log: LOG });
}

/** What was stored for whom, in order. */
export async function storedSheets(db: Kysely<Database>) {
  const rows = await db.selectFrom("notification").selectAll().orderBy("id").execute();
  return rows.map(({ recipient, hops, hop: index, channel, address, state, sheet, digest_day }) => {
    const read = readSheet(sheet);
    if (read === null) throw new Error("the sheet cannot be read back");
    return { recipient, hops, hop: index, channel, address, state, day: digest_day, sheet: read };
  });
}

export async function sheetOf(db: Kysely<Database>, recipient: string): Promise<Sheet | undefined> {
  return (await storedSheets(db)).find((row) => row.recipient === recipient)?.sheet;
}

export const codesOf = (sheet: Sheet | undefined) => sheet?.concerns.map(({ code }) => code);
