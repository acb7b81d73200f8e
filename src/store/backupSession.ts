import { Socket } from "node:net";
import { Kysely, PostgresDialect, type PostgresPoolClient, sql } from "kysely";
import pg from "pg";
import { UserError } from "../errors.ts";
import type { Database } from "./tables.ts";
import type { Db } from "./upsert.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 10_000;

/** One connection, for queries and for COPY. */
export interface Session {
  client: pg.Client;
  db: Kysely<Database>;
  /** For a COPY that failed: nothing gets through behind it any more, not even a rollback. */
  abandon(error: unknown): never;
}

/** Ends the connection, and with it the transaction, as soon as the signal says so or `run` fails. */
export async function withSession<Result>(
  databaseUrl: string,
  signal: AbortSignal,
  run: (session: Session) => Promise<Result>,
): Promise<Result> {
  const socket = new Socket();
  const cut = (): void => void socket.destroy();
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: "govmatrix",
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    stream: () => socket,
  });
  client.on("error", () => {});
  let fault: unknown = null;
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: poolOf(client) }),
    log: (event) => {
      if (event.level === "error" && !followsFault(event.error)) fault = event.error;
    },
  });
  let copyFault: unknown = null;
  const abandon = (error: unknown): never => {
    if (!socket.destroyed) copyFault = error;
    cut();
    throw error;
  };
  signal.addEventListener("abort", cut);
  try {
    signal.throwIfAborted();
    await connect(client);
    const result = await run({ client, db, abandon });
    await client.end();
    return result;
  } catch (error) {
    if (signal.aborted) throw new UserError("interrupted");
    const cause = copyFault ?? (followsFault(error) ? fault : error);
    const isLost = copyFault === null && socket.destroyed;
    if (!(cause instanceof UserError) && (isLost || isShutdown(cause))) {
      throw new UserError("the connection to Postgres broke off");
    }
    throw cause;
  } finally {
    signal.removeEventListener("abort", cut);
    cut();
  }
}

const codeOf = (error: unknown) => (error as { code?: unknown }).code;
/** In a failed transaction Kysely's migrator fails once more, when it gives its lock back. */
const followsFault = (error: unknown) => codeOf(error) === "25P02";
const isShutdown = (error: unknown) => codeOf(error) === "57P01";

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    throw new UserError(`Postgres cannot be used (${code ?? message}): check DATABASE_URL`);
  }
}

function poolOf(client: pg.Client) {
  const query = client.query.bind(client) as PostgresPoolClient["query"];
  const pooled: PostgresPoolClient = { query, release: () => undefined };
  return { options: {}, connect: async () => pooled, end: async () => undefined };
}

/** Text of COPY that reads the same whatever the server's settings are, for the rest of the transaction. */
export async function fixTextForms(trx: Db): Promise<void> {
  await sql`
    select set_config(name, value, true) from (values
      ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'), ('timezone', 'UTC'), ('bytea_output', 'hex'),
      ('extra_float_digits', '1'), ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0')
    ) settings (name, value)`.execute(trx);
}

/** Nobody is waited for long, such as a report that reads for minutes. */
export async function limitLockWaits(trx: Db): Promise<void> {
  await sql`select set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`.execute(trx);
}
