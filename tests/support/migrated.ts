import { migrateQueue } from "../../src/queue.ts";
import { migrateToLatest } from "../../src/store/migrate.ts";
import { templateDatabase } from "./database.ts";

/** Databases with our tables and the queue's. */
export const migrated = await templateDatabase(async (url) => {
  await migrateToLatest(url);
  await migrateQueue(url);
});
