import { refuse } from "../errors.ts";
import { jsonType, type TokenEndpoint } from "./endpoint.ts";

export const tokenEndpoints: readonly TokenEndpoint[] = [
  {
    api: "stable_token",
    path: "/cgi-bin/stable_token",
    method: "POST",
    credential: "secret",
    contentType: jsonType,
    dailyLimit: 500_000,
    grant(world, { account, body, nowMs }) {
      if (body.force_refresh !== true) return { ...world.tokens.normal(account.appid, nowMs) };
      const grant = world.tokens.force(account.appid, nowMs);
      return grant === null ? refuse(45009) : { ...grant };
    },
  },
  {
    api: "token",
    path: "/cgi-bin/token",
    method: "GET",
    credential: "secret",
    contentType: jsonType,
    dailyLimit: 2_000,
    grant: (world, { account, nowMs }) => ({ ...world.tokens.rotate(account.appid, nowMs) }),
  },
];
