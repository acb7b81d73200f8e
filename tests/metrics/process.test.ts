import assert from "node:assert/strict";
import { test } from "node:test";
import { createTelemetry } from "../../src/metrics/process.ts";
import { promtool } from "./promtool.ts";

test("known series start at 0, and promtool is silent about the page", async () => {
  const telemetry = createTelemetry({
    version: "1.2.3",
    collectors: ["statistics"],
    apis: [{ platform: "wechat", api: "getbizsummary" }],
  });
  telemetry.watchQueue("visits", async () => ({ waiting: 3, active: 0 }));
  const page = await telemetry.metrics();
  for (const line of [
    'govmatrix_build_info{version="1.2.3"} 1',
    'govmatrix_visits_total{collector="statistics"} 0',
    'govmatrix_visit_duration_seconds_count{collector="statistics"} 0',
    'govmatrix_platform_requests_total{platform="wechat",api="getbizsummary"} 0',
    'govmatrix_platform_requests_needed_total{platform="wechat",api="getbizsummary"} 0',
    'govmatrix_queue_jobs{queue="visits",state="waiting"} 3',
    'govmatrix_queue_jobs{queue="visits",state="active"} 0',
  ]) {
    assert.ok(page.includes(`${line}\n`), `${line} is missing in\n${page}`);
  }
  assert.match(page, /^process_cpu_seconds_total /m);
  assert.match(page, /^nodejs_eventloop_lag_p99_seconds /m);
  assert.equal(promtool(page), "");
});

test("requests and visits are counted with their errors and durations", async () => {
  const telemetry = createTelemetry({ version: "1" });
  const request = { platform: "wechat", api: "getbizsummary" };
  telemetry.requestNeeded("wechat", "getbizsummary", 2);
  telemetry.observeRequest({ ...request, errorClass: null, seconds: 0.2 });
  telemetry.observeRequest({ ...request, errorClass: "timeout", seconds: 30.5 });
  telemetry.observeVisit({ collector: "statistics", code: null, seconds: 2 });
  telemetry.observeVisit({ collector: "statistics", code: "40125", seconds: 0.05 });
  const page = await telemetry.metrics();
  for (const line of [
    'govmatrix_platform_requests_total{platform="wechat",api="getbizsummary"} 2',
    'govmatrix_platform_requests_needed_total{platform="wechat",api="getbizsummary"} 2',
    'govmatrix_platform_request_errors_total{platform="wechat",api="getbizsummary",class="timeout"} 1',
    'govmatrix_platform_request_duration_seconds_bucket{le="0.25",platform="wechat",api="getbizsummary"} 1',
    'govmatrix_platform_request_duration_seconds_count{platform="wechat",api="getbizsummary"} 2',
    'govmatrix_visits_total{collector="statistics"} 2',
    'govmatrix_visit_failures_total{collector="statistics",code="40125"} 1',
  ]) {
    assert.ok(page.includes(`${line}\n`), `${line} is missing in\n${page}`);
  }
  assert.equal(promtool(page), "");
});

test("a queue that fails or never answers has no series and holds no scrape longer than 2 s", async () => {
  const telemetry = createTelemetry({ version: "1" });
  let asked = 0;
  telemetry.watchQueue("dead", () => Promise.reject(new Error("away")));
  telemetry.watchQueue("silent", () => {
    asked += 1;
    return new Promise(() => {});
  });
  let jobs = { waiting: 1 } as Record<string, number>;
  telemetry.watchQueue("well", async () => jobs);
  const startedAt = performance.now();
  const [first] = await Promise.all([telemetry.metrics(), telemetry.metrics()]);
  assert.ok(performance.now() - startedAt < 2_000);
  assert.equal(asked, 1, "scrapes share a call that is under way");
  assert.deepEqual(first.match(/^govmatrix_queue_jobs\{.*$/gm), [
    'govmatrix_queue_jobs{queue="well",state="waiting"} 1',
  ]);
  jobs = { active: 2 };
  const page = await telemetry.metrics();
  assert.deepEqual(page.match(/^govmatrix_queue_jobs\{.*$/gm), ['govmatrix_queue_jobs{queue="well",state="active"} 2']);
});
