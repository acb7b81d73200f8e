import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parsePayload } from "../../src/alerts/payload.ts";

function body(alerts: unknown[], rest: Record<string, unknown> = {}): string {
  return JSON.stringify({
    version: "4",
    groupKey: '{}:{alertname="AccountPublishDue"}',
    truncatedAlerts: 0,
    status: "firing",
    receiver: "govmatrix",
    groupLabels: { alertname: "AccountPublishDue" },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    alerts,
    ...rest,
  });
}

/** As Alertmanager sends it. */
function alert(labels: Record<string, unknown>, status = "firing") {
  return {
    status,
    labels,
    annotations: { summary: "x" },
    startsAt: "2026-11-23T03:59:30.5Z",
    endsAt: "0001-01-01T00:00:00Z",
    generatorURL: "http://prometheus:9090/graph",
    fingerprint: "6a0f0e3c3d0a2f1b",
  };
}

test("alerts of Alertmanager are read with their account, or with what else tells them apart", () => {
  const account = { alertname: "AccountPublishDue", account: "water", department: "slj", severity: "warning" };
  const payload = parsePayload(
    body([
      alert(account),
      alert({ ...account, severity: "info", channel: "x" }, "resolved"),
      alert({ alertname: "NotificationsFailing", severity: "critical", channel: "wecom" }),
      alert({ alertname: "QueueBacklog", severity: "warning", collector: "replies", account: "" }),
      alert({ alertname: "PlannerStalled", severity: "critical", job: "govmatrix" }),
    ]),
  );
  const due = { alert: "AccountPublishDue", account: "water", subject: "" };
  assert.deepEqual(payload, {
    group: '{}:{alertname="AccountPublishDue"}',
    reports: [
      { ...due, severity: "warning", firing: true },
      { ...due, severity: "info", firing: false },
      { alert: "NotificationsFailing", account: null, subject: "wecom", severity: "critical", firing: true },
      { alert: "QueueBacklog", account: null, subject: "replies", severity: "warning", firing: true },
      { alert: "PlannerStalled", account: null, subject: "", severity: "critical", firing: true },
    ],
    watchdog: false,
    faulty: 0,
    truncated: 0,
  });
});

test("a group whose key is missing or too long to keep is taken nonetheless", () => {
  for (const groupKey of [undefined, 7, "x".repeat(1_001)])
    assert.equal(parsePayload(body([], { groupKey }))?.group, "");
});

test("Watchdog is a sign of life and no report, and none once it is resolved", () => {
  const watchdog = { alertname: "Watchdog", severity: "info" };
  assert.deepEqual(parsePayload(body([alert(watchdog)], { groupKey: "{}" })), {
    group: "{}",
    reports: [],
    watchdog: true,
    faulty: 0,
    truncated: 0,
  });
  assert.equal(parsePayload(body([alert(watchdog, "resolved")]))?.watchdog, false);
});

test("an alert that cannot be understood is counted, and the others are taken", () => {
  const good = { alertname: "PlannerStalled", severity: "critical" };
  const bad = [
    alert({ severity: "critical" }),
    alert({ alertname: "", severity: "critical" }),
    alert({ alertname: "PlannerStalled" }),
    alert({ alertname: "PlannerStalled", severity: "page" }),
    alert({ alertname: "Planner\u0000Stalled", severity: "critical" }),
    alert({ alertname: "Planner\ud800Stalled", severity: "critical" }),
    alert({ alertname: "x".repeat(201), severity: "critical" }),
    alert(good, "suppressed"),
    { status: "firing" },
    null,
  ];
  const payload = parsePayload(body([...bad, alert(good)], { truncatedAlerts: 7 }));
  assert.equal(payload?.faulty, bad.length);
  assert.equal(payload?.truncated, 7);
  assert.deepEqual(
    payload?.reports.map((entry) => entry.alert),
    ["PlannerStalled"],
  );
});

test("what is no payload of version 4 is refused, whatever it is", () => {
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    "4",
    body([], { version: "3" }),
    body([], { alerts: {} }),
    '{"version":"4"}',
  ])
    assert.equal(parsePayload(text), null, text);
  fc.assert(fc.property(fc.string(), (text) => assert.equal(parsePayload(text), null)));
});

test("any JSON in place of alerts is either taken or counted", () => {
  const label = fc.oneof(fc.string(), fc.constantFrom("firing", "warning", "a"), fc.jsonValue());
  const labels = fc.record({ alertname: label, severity: label, account: label, channel: label }, { requiredKeys: [] });
  const item = fc.oneof(fc.jsonValue(), fc.record({ status: label, labels }));
  fc.assert(
    fc.property(fc.array(item, { maxLength: 5 }), (alerts) => {
      const payload = parsePayload(body(alerts));
      assert.ok(payload);
      assert.equal(payload.reports.length + payload.faulty, alerts.length - Number(payload.watchdog));
    }),
  );
});
