import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { daysFrom, endOf } from "../../src/calendar.ts";
import { LIFECYCLES } from "../../src/model.ts";
import { judgePublishing, type PublishingFacts } from "../../src/rules/publishing.ts";
import { DEFAULT_RULE_SET, loadRuleSets, type RuleSet } from "../../src/rules/sets.ts";

const national = loadRuleSets().get(DEFAULT_RULE_SET) as RuleSet;
const facts = (rest: Partial<PublishingFacts>): PublishingFacts => ({
  lifecycle: "running",
  openedOn: null,
  lastPublished: null,
  lastNotified: null,
  finalDays: [],
  ...rest,
});
/** Of the day only, as the statistics tell it, unless the second is given. */
const publication = (day: string, second?: string) => ({
  on: day,
  at: second ? new Date(`${day}T${second}+08:00`) : endOf(day),
});
const published = (day: string, finalDays: string[]) =>
  facts({ lastPublished: publication(day), lastNotified: publication(day), finalDays });
const iso = (date: Date | null) => date?.toISOString() ?? null;

test("the deadline is the last publication plus two weeks of natural days", () => {
  const verdict = judgePublishing(published("2026-11-06", daysFrom("2026-11-07", "2026-11-19")), national);
  assert.equal(iso(verdict.deadlineAt), "2026-11-20T16:00:00.000Z");
  assert.equal(iso(verdict.dataUntil), "2026-11-19T16:00:00.000Z");
});

test("data reach as far as every day after the last publication is settled", () => {
  const withHole = [...daysFrom("2026-11-07", "2026-11-10"), ...daysFrom("2026-11-12", "2026-11-19")];
  assert.equal(iso(judgePublishing(published("2026-11-06", withHole), national).dataUntil), "2026-11-10T16:00:00.000Z");
  assert.equal(iso(judgePublishing(published("2026-11-06", []), national).dataUntil), "2026-11-06T16:00:00.000Z");
});

test("a known second opens the rest of its day: data reach beyond it once that day is settled", () => {
  const until = (day: string, finalDays: string[]) =>
    iso(judgePublishing(facts({ lastPublished: publication(day, "10:15:07"), finalDays }), national).dataUntil);
  assert.equal(until("2026-11-06", daysFrom("2026-11-06", "2026-11-09")), "2026-11-09T16:00:00.000Z");
  assert.equal(
    until("2026-11-06", ["2026-11-05", ...daysFrom("2026-11-07", "2026-11-09")]),
    "2026-11-05T16:00:00.000Z",
  );
  assert.equal(until("2026-11-06", ["2026-11-04", "2026-11-07"]), "2026-11-04T16:00:00.000Z");
});

test("a publication of today moves the deadline at once and claims no data that the statistics do not have", () => {
  const today = { lastPublished: publication("2026-11-20", "10:15:07"), lastNotified: publication("2026-11-06") };
  const verdict = judgePublishing(facts({ ...today, finalDays: ["2026-11-19"] }), national);
  assert.equal(iso(verdict.deadlineAt), "2026-12-04T02:15:07.000Z");
  assert.equal(iso(verdict.dataUntil), "2026-11-19T16:00:00.000Z");
});

test("where publications without notice do not count, the last one with notice sets deadline and data", () => {
  const strict = { ...national, unnotifiedCounts: false };
  const both = { lastPublished: publication("2026-11-20", "10:15:07"), lastNotified: publication("2026-11-06") };
  const verdict = judgePublishing(facts({ ...both, finalDays: daysFrom("2026-11-06", "2026-11-19") }), strict);
  assert.equal(iso(verdict.deadlineAt), "2026-11-20T16:00:00.000Z");
  assert.equal(iso(verdict.dataUntil), "2026-11-19T16:00:00.000Z");
  const never = { ...both, lastNotified: null, finalDays: daysFrom("2026-11-01", "2026-11-19") };
  assert.equal(iso(judgePublishing(facts(never), strict).deadlineAt), "2026-11-14T16:00:00.000Z");
});

test("without any publication the clock starts with the covered history, or when the account opened", () => {
  const covered = daysFrom("2026-11-01", "2026-11-19");
  const never = judgePublishing(facts({ finalDays: covered }), national);
  assert.equal(iso(never.deadlineAt), "2026-11-14T16:00:00.000Z");
  assert.equal(iso(never.dataUntil), "2026-11-19T16:00:00.000Z");
  const opened = judgePublishing(facts({ finalDays: covered, openedOn: "2026-11-15" }), national);
  assert.equal(iso(opened.deadlineAt), "2026-11-28T16:00:00.000Z");
});

test("a publication from before the covered history leaves the clock to that history, so that silence is still seen", () => {
  const covered = daysFrom("2026-10-21", "2026-11-19");
  const judge = (last: PublishingFacts["lastPublished"], rest: Partial<PublishingFacts> = {}) => {
    const verdict = judgePublishing(facts({ lastPublished: last, finalDays: covered, ...rest }), national);
    return [iso(verdict.deadlineAt), iso(verdict.dataUntil)];
  };
  const silent = ["2026-11-03T16:00:00.000Z", "2026-11-19T16:00:00.000Z"];
  assert.deepEqual(judge(null), silent);
  assert.deepEqual(judge(publication("2026-07-10", "10:00:00")), silent);
  assert.deepEqual(judge(publication("2026-07-10")), silent);
  assert.deepEqual(judge(publication("2026-10-20", "10:00:00")), silent);
  assert.deepEqual(judge(publication("2026-10-20")), silent);
  assert.deepEqual(judge(publication("2026-10-21", "10:00:00")), ["2026-11-04T02:00:00.000Z", silent[1]]);
  const opened = { openedOn: "2026-11-01" };
  assert.deepEqual(judge(publication("2026-07-10"), opened), ["2026-11-14T16:00:00.000Z", silent[1]]);
  const withHole = { finalDays: [...daysFrom("2026-10-21", "2026-11-10"), "2026-11-12"] };
  assert.deepEqual(judge(publication("2026-07-10"), withHole), [silent[0], "2026-11-10T16:00:00.000Z"]);
  const strict = judgePublishing(
    facts({ lastPublished: publication("2026-11-18"), lastNotified: publication("2026-07-10"), finalDays: covered }),
    { ...national, unnotifiedCounts: false },
  );
  assert.deepEqual([iso(strict.deadlineAt), iso(strict.dataUntil)], silent);
});

test("nothing covered means nothing judged", () => {
  assert.deepEqual(judgePublishing(facts({ openedOn: "2026-01-01" }), national), { deadlineAt: null, dataUntil: null });
});

test("only running and rectifying accounts have a deadline; data reach equally far for all", () => {
  const judged = LIFECYCLES.filter(
    (lifecycle) => judgePublishing({ ...published("2026-11-06", []), lifecycle }, national).deadlineAt !== null,
  );
  assert.deepEqual(judged, ["running", "rectifying"]);
  assert.ok(judgePublishing({ ...published("2026-11-06", []), lifecycle: "closing" }, national).dataUntil);
});

test("a county's own rule set is added, replaces a shipped one of its name, and is checked", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "govmatrix-rules-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const set = (id: string, days: string) =>
    `id: ${id}\nname: 本县\neffective_from: 2026-01-01\nsource: 县府办\nupdate_interval_days: ${days}\n`;
  writeFileSync(join(directory, "a.yaml"), set("yunxi-2026", "10"));
  writeFileSync(join(directory, "b.yaml"), set(DEFAULT_RULE_SET, "7"));
  const sets = loadRuleSets(directory);
  assert.equal(sets.get("yunxi-2026")?.updateIntervalDays, 10);
  assert.equal(sets.get(DEFAULT_RULE_SET)?.updateIntervalDays, 7);
  assert.equal(sets.get(DEFAULT_RULE_SET)?.unnotifiedCounts, true, "unless the set says otherwise");
  const ten = judgePublishing(published("2026-11-06", []), sets.get("yunxi-2026") as RuleSet);
  assert.equal(iso(ten.deadlineAt), "2026-11-16T16:00:00.000Z");
  writeFileSync(join(directory, "a.yaml"), `${set("yunxi-2026", "10")}unnotified_counts: false\n`);
  assert.equal(loadRuleSets(directory).get("yunxi-2026")?.unnotifiedCounts, false);
  writeFileSync(join(directory, "a.yaml"), set("yunxi-2026", "soon"));
  assert.throws(() => loadRuleSets(directory), /a\.yaml: update_interval_days: /);
});
