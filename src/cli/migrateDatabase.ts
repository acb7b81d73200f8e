import { toError, UserError } from "../errors.ts";
import { migrateQueue } from "../queue.ts";
import { migrateToLatest } from "../store/migrate.ts";

/** Brings our schema and the queue's to this version and answers what ran. Throws `UserError` that says why it cannot. */
export async function migrateDatabase(databaseUrl: string): Promise<string[]> {
  try {
    const migrated = await migrateToLatest(databaseUrl);
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
