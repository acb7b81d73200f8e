import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { whileRouting } from "../../src/store/routing.ts";
import { openTestDatabase } from "../metrics/county.ts";

test("whoever is halted while routing does not keep the others from it for ever", async (t) => {
  const { db } = await openTestDatabase(t);
  const timeouts: unknown[] = [];
  await whileRouting(db, async (trx) => {
    for (const name of ["statement_timeout", "idle_in_transaction_session_timeout"]) {
      const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(trx);
      timeouts.push(rows[0]?.value);
    }
  });
  assert.deepEqual(timeouts, ["5s", "15s"]);
});
