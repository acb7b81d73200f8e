import pg from "pg";
import type { Logger } from "pino";

/** Any number will do as long as it stays: it names this lock among all advisory locks of the database. */
const LOCK_KEY = 7_261_033_118;

const ANSWER_TIMEOUT_MS = 10_000;

export interface Leadership {
  /** Whether this process leads now; tries to take the lead when nobody has it. Never throws. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/** One planner leads at a time. The lock lives as long as its own connection, so a dead leader is followed at once. */
export function seekLeadership(databaseUrl: string, log: Logger): Leadership {
  let client: pg.Client | null = null;
  let leads = false;

  async function drop(): Promise<void> {
    const old = client;
    client = null;
    leads = false;
    await old?.end().catch(() => undefined);
  }

  return {
    async held() {
      try {
        if (!client) {
          const fresh = new pg.Client({
            connectionString: databaseUrl,
            application_name: "govmatrix planner",
            keepAlive: true,
            // A connection that fell silent has lost the lock without a word.
            query_timeout: ANSWER_TIMEOUT_MS,
            connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
          });
          fresh.on("error", () => {
            if (client === fresh) void drop();
          });
          await fresh.connect();
          client = fresh;
        }
        // Also while leading: the query proves that the connection, and with it the lock, is still there.
        const sql = leads ? "select true as leads" : "select pg_try_advisory_lock($1) as leads";
        const result = await client.query<{ leads: boolean }>(sql, leads ? [] : [LOCK_KEY]);
        const leadsNow = result.rows[0]?.leads ?? false;
        if (leadsNow && !leads) log.info("this planner leads");
        leads = leadsNow;
      } catch (error) {
        log.warn({ error: (error as Error).message }, "the planner cannot reach Postgres");
        await drop();
      }
      return leads;
    },
    release: drop,
  };
}
