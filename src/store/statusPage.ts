import { sql } from "kysely";
import type { Lifecycle } from "../model.ts";
import type { Db } from "./upsert.ts";

export interface StatusAccount {
  account: string;
  name: string;
  departmentName: string;
  lifecycle: Lifecycle;
  lastPublishedAt: Date | null;
  publishDeadlineAt: Date | null;
  /** End of the newest day that is known without a gap. */
  dataUntil: Date | null;
  articles7d: number | null;
  readers7d: number | null;
  followers: number | null;
  /** Of the last visit for statistics; null = it succeeded or there was none. */
  errorCode: string | null;
  errorReason: string | null;
}

export interface Status {
  /** All but the closed ones, by code. */
  accounts: StatusAccount[];
  plannerTickedAt: Date | null;
}

export async function readStatus(db: Db): Promise<Status> {
  const accounts = await db
    .selectFrom("account as a")
    .innerJoin("department as d", "d.code", "a.department_code")
    .leftJoin("account_current as c", "c.account_id", "a.id")
    .leftJoin("visit as v", (join) => join.onRef("v.account_id", "=", "a.id").on("v.collector", "=", "statistics"))
    .select(["a.code as account", "a.name", "d.name as departmentName", "a.lifecycle"])
    .select(["c.last_published_at as lastPublishedAt", "c.publish_deadline_at as publishDeadlineAt"])
    .select(["c.data_until as dataUntil", "c.articles_7d as articles7d", "c.readers_7d as readers7d", "c.followers"])
    .select(["v.error_code as errorCode", "v.error_reason as errorReason"])
    .where("a.lifecycle", "<>", "closed")
    .orderBy(sql`a.code collate "C"`)
    .execute();
  const planner = await db.selectFrom("planner").select("ticked_at").executeTakeFirst();
  return { accounts, plannerTickedAt: planner?.ticked_at ?? null };
}
