import { type Kysely, sql } from "kysely";
import type { Database } from "./database.ts";
import type { Db } from "./upsert.ts";

/** Waiting for a lock counts: whoever waits comes again. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** A process that was halted, or that the network took away, must not keep a lock that all others need. */
const IDLE_TIMEOUT_MS = 15_000;

/** A transaction in which a lock may be taken that the whole installation shares. */
export async function boundedTransaction<Result>(
  db: Kysely<Database>,
  work: (trx: Db) => Promise<Result>,
): Promise<Result> {
  return await db.transaction().execute(async (trx) => {
    await sql`set local statement_timeout = ${sql.lit(STATEMENT_TIMEOUT_MS)}`.execute(trx);
    await sql`set local idle_in_transaction_session_timeout = ${sql.lit(IDLE_TIMEOUT_MS)}`.execute(trx);
    return await work(trx);
  });
}
