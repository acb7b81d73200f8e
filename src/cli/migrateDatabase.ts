import { toError, UserError } from "../errors.ts";
import { migrateToLatest } from "../store/migrate.ts";

/** Brings our schema and the queue's to this version and answers what ran. Throws `UserError` that says why it cannot. */
export async function migrateDatabase(databaseUrl: string): Promise<string[]> {
  try {
    const migrated = await migrateToLatest(databaseUrl);
    // Here only: every command leads to this file, few come to a migration, and BullMQ is a third of what they load.
    const { migrateQueue } = await import("../queue.ts");
    await migrateQueue(databaseUrl);
    return migrated;
  } catch (error) {
    const { message, code, syscall } = toError(error) as NodeJS.ErrnoException;
    if (/^corrupted migrations: previously executed/.test(message)) {
      throw new UserError("the database belongs to a newer govmatrix: start that version");
    }
    const reason = syscall ? ` (${code}): check DATABASE_URL` : `: ${message || code}`;
    throw new UserError(`the database could not be migrated${reason}`, { cause: error });
  }
}
