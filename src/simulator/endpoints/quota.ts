import { refuse } from "../errors.ts";
import type { World } from "../world.ts";
import type { BusinessEndpoint, Endpoint } from "./endpoint.ts";

/** Until a test sets one, a minute's limit is out of reach. */
const usualMinuteLimit = 10_000;

/** What other vendors of the account spend of the same quota, every day anew. */
function foreignCalls({ settings }: World, appid: string, api: string): number {
  return settings.foreignCalls[appid]?.[api] ?? 0;
}

/** What is left of the limits for us, other vendors' calls being counted from midnight on. */
export function ownLimits(world: World, endpoint: Endpoint, appid: string): { daily: number; minute: number } {
  const { daily, minute } = limitsOf(world, endpoint);
  return { daily: daily - foreignCalls(world, appid, endpoint.api), minute };
}

function limitsOf(world: World, endpoint: Endpoint): { daily: number; minute: number } {
  const { dailyQuota, minuteQuota } = world.settings;
  return {
    daily: dailyQuota[endpoint.api] ?? dailyQuota["*"] ?? endpoint.dailyLimit,
    minute: minuteQuota[endpoint.api] ?? minuteQuota["*"] ?? usualMinuteLimit,
  };
}

const common = { method: "POST", credential: "token", permission: null, contentType: "application/json" } as const;

/** `endpointAt` finds any endpoint of the platform by its path. */
export function quotaEndpoints(endpointAt: (path: string) => Endpoint | undefined): readonly BusinessEndpoint[] {
  return [
    {
      ...common,
      api: "quota_get",
      path: "/cgi-bin/openapi/quota/get",
      dailyLimit: 10_000,
      answer(world, { account, body, nowMs }) {
        const path = body.cgi_path;
        if (typeof path !== "string" || !path.startsWith("/")) return refuse(76003);
        if (path.startsWith("/sns/")) return refuse(76022);
        const endpoint = endpointAt(path);
        if (endpoint === undefined) return refuse(76021);
        const { daily, minute } = limitsOf(world, endpoint);
        const used =
          world.quotas.used(account.appid, endpoint.api, nowMs) + foreignCalls(world, account.appid, endpoint.api);
        return {
          errcode: 0,
          errmsg: "ok",
          quota: { daily_limit: daily, used, remain: Math.max(0, daily - used) },
          rate_limit: { call_count: minute, refresh_second: 60 },
        };
      },
    },
    {
      ...common,
      api: "clear_quota",
      path: "/cgi-bin/clear_quota",
      dailyLimit: 10_000,
      answer(world, { account, body, nowMs }) {
        if (body.appid !== account.appid) return refuse(40013);
        return world.quotas.clear(account.appid, nowMs) ? { errcode: 0, errmsg: "ok" } : refuse(48006);
      },
    },
  ];
}
