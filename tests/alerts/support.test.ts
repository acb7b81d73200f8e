import assert from "node:assert/strict";
import { test } from "node:test";
import { isBlind, isJudged, supportOf } from "../../src/alerts/support.ts";
import { LIFECYCLES, type Severity } from "../../src/model.ts";
import type { AccountFacts, CountyFacts } from "../../src/store/alertFacts.ts";
import { days, minutes, NOW } from "./support.ts";

const COUNTY: CountyFacts = { judged: 10, blind: 0, rejected: 0 };
const before = (at: Date, ms = 1) => new Date(at.getTime() - ms);
const after = (at: Date, ms = 1) => new Date(at.getTime() + ms);
const BLIND_AT = minutes(-60 * 60);

function facts(known: Partial<AccountFacts> = {}): AccountFacts {
  return {
    ...{ id: 1, code: "a", name: "云溪水利", department: "d", departmentName: "水利局", lifecycle: "running" },
    ...{ createdAt: days(-100), lastPublishedAt: null, deadlineAt: null, dataUntil: days(-0.5) },
    ...{ openCases: null, overdueCases: null, repliesAsOf: null, oldestOpenAt: null, errorCode: null },
    ...{ errorReason: null, verificationExpiresAt: null, contactName: null, contactChannel: null, contactTarget: null },
    ...known,
  };
}

const levelOf = (alert: string, known: Partial<AccountFacts>) => supportOf(alert, facts(known), COUNTY, NOW).level;
const inhibited = (alert: string, known: Partial<AccountFacts>, county = COUNTY) =>
  supportOf(alert, facts(known), county, NOW).inhibited;

test("the publish level follows the clock up to warning, and is critical only when the data cover the deadline", () => {
  const cases: [Date | null, Date | null, Severity | null][] = [
    [null, days(-0.5), null],
    [after(days(4)), days(-0.5), null],
    [days(4), days(-0.5), "info"],
    [after(days(2)), days(-0.5), "info"],
    [days(2), days(-0.5), "warning"],
    [days(-0.4), days(-0.5), "warning"],
    [after(days(-0.5)), days(-0.5), "warning"],
    [days(-0.5), days(-0.5), "critical"],
    [days(-5), days(-0.5), "critical"],
    [days(-5), null, "warning"],
    [days(3), null, "info"],
  ];
  for (const [deadlineAt, dataUntil, level] of cases) {
    const name = `deadline ${deadlineAt?.toISOString()}, data until ${dataUntil?.toISOString()}`;
    assert.equal(levelOf("AccountPublishDue", { deadlineAt, dataUntil }), level, name);
  }
  for (const lifecycle of LIFECYCLES) {
    const bound = lifecycle === "running" || lifecycle === "rectifying";
    assert.equal(
      levelOf("AccountPublishDue", { deadlineAt: days(-5), lifecycle }),
      bound ? "critical" : null,
      lifecycle,
    );
  }
});

test("an account is blind from 60 hours on, and only where it is bound to publish", () => {
  assert.equal(isBlind(facts({ dataUntil: after(BLIND_AT) }), NOW), false);
  assert.equal(isBlind(facts({ dataUntil: BLIND_AT }), NOW), true);
  assert.equal(isBlind(facts({ dataUntil: null }), NOW), true);
  for (const lifecycle of ["planned", "filed", "closing", "closed"] as const)
    assert.equal(isBlind(facts({ dataUntil: null, lifecycle }), NOW), false, lifecycle);
});

test("blindness is an alert of its own once the account is an hour old, and silences what is judged by old data", () => {
  assert.equal(levelOf("AccountBlind", { dataUntil: after(BLIND_AT) }), null);
  assert.equal(levelOf("AccountBlind", { dataUntil: BLIND_AT }), "warning");
  assert.equal(levelOf("AccountBlind", { dataUntil: null, createdAt: minutes(-60) }), "warning");
  assert.equal(levelOf("AccountBlind", { dataUntil: null, createdAt: after(minutes(-60)) }), null);
  const due = { deadlineAt: days(1), overdueCases: 3 };
  for (const alert of ["AccountPublishDue", "AccountRepliesOverdue"]) {
    assert.deepEqual(supportOf(alert, facts({ ...due, dataUntil: BLIND_AT }), COUNTY, NOW), {
      level: "warning",
      inhibited: true,
    });
    assert.equal(inhibited(alert, { ...due, dataUntil: after(BLIND_AT) }), false);
  }
});

test("rejected credentials speak for the blindness that they cause, and a stalled county for both", () => {
  const blind = { dataUntil: BLIND_AT };
  assert.equal(inhibited("AccountBlind", blind), false);
  assert.equal(inhibited("AccountBlind", { ...blind, errorCode: "45009" }), false);
  assert.equal(inhibited("AccountBlind", { ...blind, errorCode: "40125" }), true);
  assert.equal(levelOf("AccountCredentialsRejected", { errorCode: "40125" }), "warning");
  assert.equal(levelOf("AccountCredentialsRejected", { errorCode: "40125", lifecycle: "filed" }), "warning");
  assert.equal(levelOf("AccountCredentialsRejected", { errorCode: "40125", lifecycle: "planned" }), null);
  assert.equal(levelOf("AccountCredentialsRejected", { errorCode: "45009" }), null);
  assert.equal(levelOf("AccountCredentialsRejected", {}), null);
  for (const [county, expected] of [
    [{ judged: 10, blind: 3, rejected: 2 }, false],
    [{ judged: 10, blind: 3, rejected: 3 }, true],
    [{ judged: 1, blind: 1, rejected: 0 }, true],
    [{ judged: 0, blind: 0, rejected: 0 }, false],
  ] as const) {
    assert.equal(inhibited("AccountBlind", blind, county), expected);
    assert.equal(inhibited("AccountCredentialsRejected", { errorCode: "40125" }, county), expected);
    assert.equal(inhibited("AccountPublishDue", { deadlineAt: days(1) }, county), false);
  }
});

test("replies and the verification have one level, and the unknown is no zero", () => {
  const replies = (overdueCases: number | null) => levelOf("AccountRepliesOverdue", { overdueCases });
  assert.deepEqual([replies(null), replies(0), replies(1)], [null, null, "warning"]);
  const expiring = (at: Date | null) => levelOf("AccountVerificationExpiring", { verificationExpiresAt: at });
  assert.deepEqual(
    [expiring(null), expiring(after(days(30))), expiring(days(30)), expiring(before(NOW))],
    [null, null, "warning", "warning"],
  );
});

test("alerts that no data speak about pass through at any level, but not about a closed account", () => {
  assert.deepEqual(supportOf("CollectionStalled", null, COUNTY, NOW), { level: "critical", inhibited: false });
  assert.deepEqual(supportOf("CountyOwn", facts({ dataUntil: null }), COUNTY, NOW), {
    level: "critical",
    inhibited: false,
  });
  assert.equal(levelOf("CountyOwn", { lifecycle: "closed" }), null);
  assert.equal(isJudged("CountyOwn", facts()), false);
  assert.equal(isJudged("AccountBlind", null), false);
  assert.equal(isJudged("AccountBlind", facts()), true);
});
