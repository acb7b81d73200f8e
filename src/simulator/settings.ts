import { minuteOfDay, parseMinute } from "./calendar.ts";
import { salt, unit } from "./random.ts";

export interface Settings {
  /** From this minute on, in Asia/Shanghai, yesterday's statistics are complete. */
  readyAt: string;
  /** Accounts become ready up to so many minutes after readyAt. */
  readyJitterMinutes: number;
  notReady: "61503" | "is_delay";
  latencyMs: number;
  /** Calls per day by API name, `*` for every API not named; otherwise the platform's usual limit. */
  dailyQuota: Record<string, number>;
  /** Calls of one account per minute, named likewise; otherwise out of reach. */
  minuteQuota: Record<string, number>;
  /** The address that the platform names when it refuses a token. */
  clientIp: string;
  /** Instead of every article page (true), or of so many more. */
  captcha: boolean | number;
  /** More visits of pages within a minute meet a captcha; null is no limit. */
  pagesPerMinute: number | null;
  /** Calls per day that other vendors make, by AppID and API name. */
  foreignCalls: Record<string, Record<string, number>>;
}

export function defaultSettings(): Settings {
  return {
    readyAt: "08:00",
    readyJitterMinutes: 0,
    notReady: "61503",
    latencyMs: 0,
    dailyQuota: {},
    minuteQuota: {},
    clientIp: "203.0.113.9",
    captcha: false,
    pagesPerMinute: null,
    foreignCalls: {},
  };
}

const jitter = salt("ready jitter");

export function isReady(settings: Settings, nowMs: number, accountIndex: number, today: number): boolean {
  const late = Math.floor(settings.readyJitterMinutes * unit(jitter, accountIndex, today));
  return minuteOfDay(nowMs) >= (parseMinute(settings.readyAt) ?? 0) + late;
}
