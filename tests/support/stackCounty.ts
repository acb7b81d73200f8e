import { type Kysely, sql } from "kysely";
import { dayOf } from "../../src/calendar.ts";
import type { Database } from "../../src/store/database.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface StackAccount {
  code: string;
  name: string;
  department: string;
  contactChannel?: string | null;
}

/** What decides about an account: how far away its deadline is, and how old its data. */
export interface StackState {
  deadlineInMs: number;
  dataAgeMs: number;
}

/** Of `AccountPublishDue`; every state's data are younger than the deadline only where that is the point. */
export const STATES = {
  fine: { deadlineInMs: 9 * DAY_MS, dataAgeMs: 10 * HOUR_MS },
  info: { deadlineInMs: 3 * DAY_MS, dataAgeMs: 10 * HOUR_MS },
  warning: { deadlineInMs: DAY_MS, dataAgeMs: 10 * HOUR_MS },
  /** Proven: the data reach the deadline. */
  critical: { deadlineInMs: -2 * DAY_MS, dataAgeMs: 10 * HOUR_MS },
  /** Not proven: the data end before the deadline. */
  unproven: { deadlineInMs: -HOUR_MS, dataAgeMs: 10 * HOUR_MS },
  /** Due, but nobody can see it. */
  blind: { deadlineInMs: -8 * DAY_MS, dataAgeMs: 61 * HOUR_MS },
} satisfies Record<string, StackState>;
export type StateName = keyof typeof STATES;

/** Running accounts that were visited just now. */
export async function registerAccounts(db: Kysely<Database>, accounts: readonly StackAccount[]): Promise<void> {
  const now = new Date();
  const far = new Date(now.getTime() + 30 * DAY_MS);
  const departments = [...new Set(accounts.map(({ department }) => department))];
  await db
    .insertInto("department")
    .values(departments.map((code) => ({ code, name: `云溪县${code}局` })))
    .execute();
  const rows = await db
    .insertInto("account")
    .values(
      accounts.map(({ code, name, department, contactChannel = null }) => ({
        ...{ code, name, department_code: department, contact_channel: contactChannel },
        ...{ platform: "wechat", kind: "subscription" as const, app_id: `wx-${code}`, original_id: null },
        ...{ lifecycle: "running" as const, rule_set: "national-2019", contact_name: null, contact_target: null },
        ...{ opened_on: null, created_at: new Date(now.getTime() - 30 * DAY_MS) },
      })),
    )
    .returning(["id"])
    .execute();
  await db
    .insertInto("visit")
    .values(
      rows.map(({ id }) => ({
        ...{ account_id: id, collector: "statistics", next_due_at: far, lease_id: null, leased_until: null },
        ...{ started_at: now, finished_at: now, succeeded_at: now },
        ...{ error_code: null, error_reason: null, error_detail: null },
      })),
    )
    .execute();
  await sql`insert into account_current (account_id) select id from account on conflict do nothing`.execute(db);
  await neverStandsStill(db);
  await setStates(db, new Map(accounts.map(({ code }) => [code, "fine"])));
}

/** Nothing falls due while a test runs, the planner it does without counts as alive, and today's digest as made. */
export async function neverStandsStill(db: Kysely<Database>): Promise<void> {
  const now = new Date();
  const far = new Date(now.getTime() + 30 * DAY_MS);
  await db
    .insertInto("digest")
    .values({ day: dayOf(now), as_of: null, made_at: now })
    .execute();
  await db.updateTable("visit").set({ next_due_at: far }).execute();
  await db.insertInto("planner").values({ ticked_at: far }).execute();
}

/** As a visit would leave it, in one statement. */
export async function setStates(db: Kysely<Database>, states: ReadonlyMap<string, StateName>): Promise<void> {
  const now = Date.now();
  const at = (ms: number) => new Date(now + ms).toISOString();
  const values = [...states].map(([code, name]) => ({ code, ...STATES[name] }));
  await sql`
    update account_current c
    set publish_deadline_at = s.deadline, data_until = s.data_until, last_published_at = s.deadline - interval '14 days'
    from (
      select a.id, s.deadline, s.data_until from unnest(
        ${values.map(({ code }) => code)}::text[],
        ${values.map(({ deadlineInMs }) => at(deadlineInMs))}::timestamptz[],
        ${values.map(({ dataAgeMs }) => at(-dataAgeMs))}::timestamptz[]
      ) s (code, deadline, data_until)
      join account a on a.code = s.code
    ) s
    where c.account_id = s.id`.execute(db);
}
