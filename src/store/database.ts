import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Database } from "./tables.ts";

export { type Database, WINDOW_FIGURES, WINDOWS, type WindowColumn } from "./tables.ts";

const types = new pg.TypeOverrides();
// Platform days are calendar days: a Date would move them with the container's time zone.
types.setTypeParser(pg.types.builtins.DATE, (text) => text);
types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text));

export function openDatabase(
  connectionString: string,
  options: { max?: number; queryTimeoutMs?: number; onIdleError?: (error: Error) => void } = {},
): Kysely<Database> {
  const pool = new pg.Pool({
    connectionString,
    max: options.max ?? 10,
    types,
    application_name: "govmatrix",
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    // A connection that fell silent would hold its visit for a quarter of an hour.
    query_timeout: options.queryTimeoutMs ?? 60_000,
  });
  // Without a listener a broken idle connection would end the process; the pool replaces it by itself.
  pool.on("error", (error) => options.onIdleError?.(error));
  // The pool listens on idle connections only; one that breaks while in use fails its query and emits besides.
  pool.on("connect", (client) => {
    client.on("error", () => {});
    // A database may be set to another style; the driver reads this one.
    client.query("set datestyle to iso, ymd").catch(() => {});
  });
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** Whether the error says that Postgres is away or going away: the statement's own fault it is not. */
export function isDatabaseAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === "string") return /^(08|53|57P|E[A-Z]+$)/.test(code);
  return typeof message === "string" && /^Connection terminated|timeout exceeded when trying to connect/.test(message);
}
