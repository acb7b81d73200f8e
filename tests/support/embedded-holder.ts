import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/embedded/postgres.ts";

// Runs an embedded Postgres in the directory of its argument until SIGTERM, for tests that kill it.

const postgres = await startEmbeddedPostgres({ directory: process.argv[2] ?? "", log: pino({ level: "silent" }) });
process.once("SIGTERM", () => void postgres.stop());
console.log(`ready ${postgres.pid}`);
