import { minuteOf } from "../calendar.ts";
import type { Status } from "../store/statusPage.ts";
import { type Html, html } from "./html.ts";

/** Alertmanager repeats its sign every 5 minutes. */
const SILENT_AFTER_MS = 15 * 60_000;

/** What the environment says of alerts. */
export interface Alerting {
  /** ALERT_WEBHOOK_TOKEN is set, so that Alertmanager may call. */
  webhook: boolean;
  /** ROUTES_FILE is set. */
  routes: boolean;
}

/** Whether anybody would be told, near the top of the page. */
export function alertsNote({ watchdogSeenAt, open }: Status["alerts"], { webhook, routes }: Alerting, now: Date): Html {
  const nobody = routes ? html`` : warning("未设置 ROUTES_FILE，告警和每日提要不会发给任何人。");
  if (!webhook) {
    const digest = routes ? "；每日提要照常发送" : "";
    return html`<p class="alerts">${warning(`告警未启用：未设置 ALERT_WEBHOOK_TOKEN，不会收到 Alertmanager 的告警${digest}。`)}${nobody}</p>`;
  }
  const { critical, warning: warnings, info } = open;
  const counts = `未结束的告警：严重 ${critical} 个，警告 ${warnings} 个，提示 ${info} 个`;
  if (watchdogSeenAt === null)
    return html`<p class="alerts">${warning("尚未收到过 Alertmanager 的信号。")}${nobody}</p>`;
  if (now.getTime() - watchdogSeenAt.getTime() > SILENT_AFTER_MS) {
    return html`<p class="alerts">${warning(`告警系统失联，最近一次信号 ${minuteOf(watchdogSeenAt)}。`)}${counts}（失联前所知）。${nobody}</p>`;
  }
  return html`<p class="alerts">告警已启用，最近一次信号 ${minuteOf(watchdogSeenAt)}。${counts}。${nobody}</p>`;
}

const warning = (text: string) => html`<span class="near">${text}</span>`;
