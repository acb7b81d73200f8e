import { z } from "zod";
import { SEVERITIES, type Severity } from "../model.ts";

/** Postgres can neither hold NUL nor half a character. */
const word = z
  .string()
  .max(200)
  .refine((text) => text.isWellFormed() && !text.includes("\u0000"));

const ALERT = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: z.object({
    alertname: word.min(1),
    account: word.optional(),
    severity: z.string().optional(),
    channel: word.optional(),
    queue: word.optional(),
    collector: word.optional(),
  }),
});

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
const PAYLOAD = z.object({
  version: z.literal("4"),
  // Only tells groups apart in the log: one that is too long to keep is as good as none.
  groupKey: z.string().max(1_000).catch(""),
  alerts: z.array(z.unknown()),
  truncatedAlerts: z.number().optional(),
});

export interface Report {
  alert: string;
  /** The account's code; null = the alert is about none. */
  account: string | null;
  /** What tells alerts without an account apart. */
  subject: string;
  severity: Severity;
  firing: boolean;
}

export interface Payload {
  /** Which of Alertmanager's groups it is. */
  group: string;
  reports: Report[];
  /** Whether Alertmanager shows hereby that it is alive. */
  watchdog: boolean;
  /** Alerts that cannot be understood, and such as Alertmanager left out. */
  faulty: number;
  truncated: number;
}

/** Null when it is no payload of Alertmanager's webhook, version 4. */
export function parsePayload(text: string): Payload | null {
  const parsed = PAYLOAD.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { groupKey: group, alerts, truncatedAlerts: truncated = 0 } = parsed.data;
  const payload: Payload = { group, reports: [], watchdog: false, faulty: 0, truncated };
  for (const item of alerts) {
    const alert = ALERT.safeParse(item);
    if (!alert.success) payload.faulty++;
    else add(payload, alert.data);
  }
  return payload;
}

function add(payload: Payload, { status, labels }: z.infer<typeof ALERT>): void {
  const firing = status === "firing";
  if (labels.alertname === "Watchdog") {
    payload.watchdog ||= firing;
    return;
  }
  const severity = SEVERITIES.find((name) => name === labels.severity);
  if (severity === undefined) {
    payload.faulty++;
    return;
  }
  // An empty label is none, as in Prometheus.
  const account = labels.account || null;
  const subject = account === null ? labels.channel || labels.queue || labels.collector || "" : "";
  payload.reports.push({ alert: labels.alertname, account, subject, severity, firing });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
