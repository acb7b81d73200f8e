import assert from "node:assert/strict";
import { test } from "node:test";
import { createSkipLog } from "../../src/alerts/skipped.ts";
import { NOW, payloadOf } from "./support.ts";

test("each reason for which alerts are not taken is said with its number", () => {
  const warned: unknown[] = [];
  const logSkipped = createSkipLog({ warn: (...words: unknown[]) => void warned.push(words) });
  logSkipped({ ...payloadOf(), faulty: 2, truncated: 5 }, { unknown: 3 }, NOW);
  assert.deepEqual(warned, [
    [{ alerts: 2 }, "Alertmanager sent alerts without a name or a known severity: skipped"],
    [{ alerts: 3 }, "Alertmanager sent alerts about accounts that are not open: skipped"],
    [{ alerts: 5 }, "Alertmanager left alerts out: set max_alerts to 0"],
  ]);
});
