import { addDays, dayOf, timeOn } from "../calendar.ts";
import type { Database } from "../store/database.ts";
import { RETENTION, removeExpired } from "../store/retention.ts";
import type { Chore, ChoreVisit } from "./chore.ts";

/** Asia/Shanghai: when nobody works and nothing is asked of the platform in numbers. */
const AT = "03:30";

/** The table's rows whose time has passed, batch by batch, so that the lease and whoever waits for a row get their turn. */
async function empty(visit: ChoreVisit, table: keyof Database): Promise<number> {
  for (let removed = 0; ; ) {
    const batch = await visit.save((trx) => removeExpired(trx, table, visit.now));
    if (batch === 0) return removed;
    removed += batch;
  }
}

/** Removes each day what no table is to keep any longer. */
export const maintenance: Chore = {
  name: "maintenance",
  async run(visit) {
    const removed: Partial<Record<keyof Database, number>> = {};
    const failures: unknown[] = [];
    for (const table of Object.keys(RETENTION) as (keyof Database)[]) {
      try {
        const rows = await empty(visit, table);
        if (rows > 0) removed[table] = rows;
      } catch (error) {
        // A table that cannot be cleaned must not make the others keep personal data.
        failures.push(error);
      }
    }
    visit.log.info({ removed }, "rows whose time had passed were removed");
    if (failures.length > 0) throw failures[0];
  },
  next(now) {
    const today = timeOn(dayOf(now), AT);
    return today > now ? today : timeOn(addDays(dayOf(now), 1), AT);
  },
};
