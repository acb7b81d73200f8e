import assert from "node:assert/strict";
import { test } from "node:test";
import { readNotifications } from "../../src/store/exposedAlerts.ts";
import { NOW, openTestDatabase } from "../metrics/county.ts";

const HOUR_MS = 3_600_000;

test("a target that failed counts while it is used: tried within a day, or waited for", async (t) => {
  const { db } = await openTestDatabase(t);
  const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
  const target = (channel: string, address: string, failures: number, hours: number) => ({
    ...{ channel, address, failures, failed_at: ago(hours), reason: "550", next_at: ago(hours) },
  });
  await db
    .insertInto("notification_target")
    .values([
      ...[target("mail", "mistyped@example.org", 9, 30), target("mail", "right@example.org", 0, 30)],
      ...[target("recent", "", 4, 20), target("waited-for", "", 5, 30), target("left", "", 3, 30)],
    ])
    .execute();
  await db
    .insertInto("digest")
    .values({ day: "2026-11-23", as_of: null, made_at: ago(30) })
    .execute();
  await db
    .insertInto("notification")
    .values({
      ...{ digest_day: "2026-11-23", sheet: "{}", recipient: "duty", hops: "[]", channel: "waited-for" },
      ...{ created_at: ago(30), next_at: ago(30) },
    })
    .execute();
  const { channels } = await readNotifications(db, NOW);
  assert.deepEqual(channels, [
    { channel: "left", failures: 0 },
    { channel: "mail", failures: 0 },
    { channel: "recent", failures: 4 },
    { channel: "waited-for", failures: 5 },
  ]);
});
