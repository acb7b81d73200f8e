import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table notification add column tried_at timestamptz`.execute(db);
  await sql`comment on column notification.tried_at is 'the last try to tell it began; null: nobody can have heard it'`.execute(
    db,
  );
  // Until now it was not written down: any may have been heard.
  await sql`update notification set tried_at = coalesce(settled_at, created_at)`.execute(db);
}
