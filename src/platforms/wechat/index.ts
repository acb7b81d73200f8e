import type { PlatformOptions } from "../index.ts";
import type { Platform } from "../platform.ts";
import type { Client } from "./call.ts";
import { openStatistics } from "./datacube.ts";
import { createPost } from "./http.ts";
import { createTokenOf } from "./tokens.ts";

/** WeChat Official Accounts over the server API, with each account's own AppSecret. */
export function wechat({ wechatApiUrl, proxyEnv, observe, log }: PlatformOptions): Platform {
  const client: Client = { post: createPost(proxyEnv), apiUrl: wechatApiUrl, observe, log };
  const tokenOf = createTokenOf(client);
  return {
    name: "wechat",
    // The data cube's present interfaces know nothing older.
    historyStart: "2025-11-01",
    limits: { summaryDays: 30, followerDays: 7 },
    apis: {
      summary: ["getbizsummary"],
      articles: ["getarticletotaldetail"],
      followers: ["getusersummary", "getusercumulate"],
    },
    open: (account, ports) => ({
      authorise: async () => void (await tokenOf(account, ports, null)),
      statistics: openStatistics(client, tokenOf, account, ports),
    }),
  };
}
