import { type Day, dayAt, monthText } from "./calendar.ts";

const clearsPerMonth = 10;

interface Used {
  day: Day;
  calls: number;
  minute: number;
  minuteCalls: number;
}

export interface Quotas {
  /** Counts a call, unless a limit refuses it. */
  spend(
    appid: string,
    api: string,
    nowMs: number,
    limits: { daily: number; minute: number },
  ): "ok" | "daily" | "minute";
  used(appid: string, api: string, nowMs: number): number;
  /** False when the month's resets are used up. */
  clear(appid: string, nowMs: number): boolean;
}

export function createQuotas(): Quotas {
  const accounts = new Map<string, Map<string, Used>>();
  const clears = new Map<string, { month: string; count: number }>();

  const usedOf = (appid: string, api: string, nowMs: number): Used => {
    let apis = accounts.get(appid);
    if (apis === undefined) {
      apis = new Map();
      accounts.set(appid, apis);
    }
    let used = apis.get(api);
    const day = dayAt(nowMs);
    const minute = Math.floor(nowMs / 60_000);
    if (used === undefined || used.day !== day) {
      used = { day, calls: 0, minute, minuteCalls: 0 };
      apis.set(api, used);
    }
    if (used.minute !== minute) {
      used.minute = minute;
      used.minuteCalls = 0;
    }
    return used;
  };

  return {
    spend(appid, api, nowMs, limits) {
      const used = usedOf(appid, api, nowMs);
      if (used.calls >= limits.daily) return "daily";
      if (used.minuteCalls >= limits.minute) return "minute";
      used.calls++;
      used.minuteCalls++;
      return "ok";
    },
    used: (appid, api, nowMs) => usedOf(appid, api, nowMs).calls,
    clear(appid, nowMs) {
      const month = monthText(nowMs);
      let done = clears.get(appid);
      if (done === undefined || done.month !== month) {
        done = { month, count: 0 };
        clears.set(appid, done);
      }
      if (done.count >= clearsPerMonth) return false;
      done.count++;
      accounts.delete(appid);
      return true;
    },
  };
}
