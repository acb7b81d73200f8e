import type { Kysely } from "kysely";
import type { Database } from "../../src/store/database.ts";
import { NOW } from "./county.ts";

/** Two notifications that wait, older ones that are settled or not to be sent, and a channel with a target that fails. */
export async function insertNotifications(db: Kysely<Database>): Promise<void> {
  const day = "2026-11-23";
  await db.insertInto("digest").values({ day, as_of: NOW, made_at: NOW }).execute();
  const states = [
    ["delivered", "01:00"],
    ["superseded", "01:05"],
    ["unsupported", "01:10"],
    ["inhibited", "01:20"],
    ["pending", "03:50:00.5"],
    ["pending", "03:55"],
  ] as const;
  await db
    .insertInto("notification")
    .values(
      states.map(([state, time], index) => ({
        digest_day: day,
        sheet: "{}",
        recipient: `department:rsj:${index}`,
        hops: "[]",
        channel: "rsj-chat",
        state,
        created_at: new Date(`2026-11-23T${time}Z`),
        next_at: NOW,
      })),
    )
    .execute();
  const target = { next_at: NOW, failed_at: new Date("2026-11-23T03:59:00Z") };
  await db
    .insertInto("notification_target")
    .values([
      { ...target, channel: "rsj-chat", failures: 4 },
      { ...target, channel: "mail", address: "a@example.cn", failures: 0 },
      { ...target, channel: "mail", address: "b@example.cn", failures: 2 },
      { ...target, channel: "duty-chat" },
    ])
    .execute();
}
