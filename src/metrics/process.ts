import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { watchQueues } from "./queueJobs.ts";

// From one quick answer to a cold start that asks for 30 days; a visit that must wait for a token takes seconds.
const VISIT_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const REQUEST_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Gauges with a counter's suffix, which promtool refuses; each has a sibling without it. */
const MISNAMED = ["nodejs_active_resources_total", "nodejs_active_handles_total", "nodejs_active_requests_total"];

export interface TelemetryOptions {
  version: string;
  /** Known label values, whose series start at 0: a counter that appears with its first increment hides it from `rate`. */
  collectors?: readonly string[];
  apis?: readonly { platform: string; api: string }[];
}

export interface ObservedRequest {
  platform: string;
  api: string;
  /** Null for an answer that could be used. */
  errorClass: string | null;
  seconds: number;
}

export interface ObservedVisit {
  collector: string;
  /** Null for a visit that succeeded. */
  code: string | null;
  seconds: number;
}

export interface ObservedNotification {
  channel: string;
  /** Null for a message that was accepted. */
  failure: string | null;
}

/** The counters of this process. */
export interface Telemetry {
  observeRequest(request: ObservedRequest): void;
  /** Calls whose answers were wanted and good. */
  requestNeeded(platform: string, api: string, count: number): void;
  observeVisit(visit: ObservedVisit): void;
  observeNotification(notification: ObservedNotification): void;
  /** Their series start at 0. */
  expectChannels(channels: Iterable<string>): void;
  /** Jobs by state, read at each scrape; no series while the queue does not answer. */
  watchQueue(queue: string, count: () => Promise<Record<string, number>>): void;
  /** All of this process in Prometheus' text format; takes 2 s at most. */
  metrics(): Promise<string>;
}

export function createTelemetry({ version, collectors = [], apis = [] }: TelemetryOptions): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  const build = new Gauge({
    name: "govmatrix_build_info",
    help: "Version of the program, always 1.",
    labelNames: ["version"],
    registers,
  });
  build.set({ version }, 1);
  const visits = new Counter({
    name: "govmatrix_visits_total",
    help: "Visits that this process ended, whether well or not.",
    labelNames: ["collector"],
    registers,
  });
  const failures = new Counter({
    name: "govmatrix_visit_failures_total",
    help: "Visits of this process that failed, by the error's code.",
    labelNames: ["collector", "code"],
    registers,
  });
  const visitSeconds = new Histogram({
    name: "govmatrix_visit_duration_seconds",
    help: "Duration of a visit in seconds.",
    labelNames: ["collector"],
    buckets: VISIT_SECONDS,
    registers,
  });
  const requests = new Counter({
    name: "govmatrix_platform_requests_total",
    help: "Requests that this process sent to the platform.",
    labelNames: ["platform", "api"],
    registers,
  });
  const needed = new Counter({
    name: "govmatrix_platform_requests_needed_total",
    help: "Requests whose answers were wanted and good, the fewest possible; what was sent beyond them was in vain.",
    labelNames: ["platform", "api"],
    registers,
  });
  const errors = new Counter({
    name: "govmatrix_platform_request_errors_total",
    help: "Requests of this process whose answer could not be used.",
    labelNames: ["platform", "api", "class"],
    registers,
  });
  const requestSeconds = new Histogram({
    name: "govmatrix_platform_request_duration_seconds",
    help: "Duration of a request to the platform in seconds.",
    labelNames: ["platform", "api"],
    buckets: REQUEST_SECONDS,
    registers,
  });

  const notifications = new Counter({
    name: "govmatrix_notifications_total",
    help: "Messages that this process tried to send, whether accepted or not.",
    labelNames: ["channel"],
    registers,
  });
  const refusals = new Counter({
    name: "govmatrix_notification_failures_total",
    help: "Messages of this process that were not accepted, by the channel's own error number or a short word.",
    labelNames: ["channel", "reason"],
    registers,
  });

  for (const collector of collectors) {
    visits.inc({ collector }, 0);
    visitSeconds.zero({ collector });
  }
  for (const { platform, api } of apis) {
    requests.inc({ platform, api }, 0);
    needed.inc({ platform, api }, 0);
    requestSeconds.zero({ platform, api });
  }

  return {
    observeRequest: ({ platform, api, errorClass, seconds }) => {
      requests.inc({ platform, api });
      requestSeconds.observe({ platform, api }, seconds);
      if (errorClass !== null) errors.inc({ platform, api, class: errorClass });
    },
    requestNeeded: (platform, api, count) => needed.inc({ platform, api }, count),
    observeVisit: ({ collector, code, seconds }) => {
      visits.inc({ collector });
      visitSeconds.observe({ collector }, seconds);
      if (code !== null) failures.inc({ collector, code });
    },
    observeNotification: ({ channel, failure }) => {
      notifications.inc({ channel });
      if (failure !== null) refusals.inc({ channel, reason: failure });
    },
    expectChannels: (channels) => {
      for (const channel of channels) notifications.inc({ channel }, 0);
    },
    watchQueue: watchQueues(registry),
    metrics: () => registry.metrics(),
  };
}
