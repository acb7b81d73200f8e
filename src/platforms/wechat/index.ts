import type { PlatformOptions } from "../index.ts";
import type { Platform } from "../platform.ts";
import { createAsk } from "./business.ts";
import type { Client } from "./call.ts";
import { COMMENTS_PER_CALL, openComments } from "./comments.ts";
import { openStatistics } from "./datacube.ts";
import { createPost } from "./http.ts";
import { openMessages } from "./messages.ts";
import { createPages } from "./page/fetch.ts";
import { articleIdOf } from "./page/url.ts";
import { openProfile } from "./profile.ts";
import { OBJECTS_PER_CALL, openPublications } from "./publications.ts";
import { withoutPersonalData } from "./raw.ts";
import { createTokenOf } from "./tokens.ts";

const APIS = {
  summary: ["getbizsummary"],
  articles: ["getarticletotaldetail"],
  followers: ["getusersummary", "getusercumulate"],
  publications: ["freepublish_batchget"],
  account: ["getaccountbasicinfo"],
  quota: ["quota_get"],
  comments: ["comment_list"],
  messages: ["getmsglist"],
  messageDays: ["getupstreammsg"],
} as const;
const PAGE_API = "article_page";

/** Every API that is asked, for metrics that start at 0. */
export const WECHAT_APIS: readonly string[] = [...Object.values(APIS).flat(), PAGE_API];

/** WeChat Official Accounts over the server API, with each account's own AppSecret. */
export function wechat({ wechatApiUrl, wechatPageUrl, proxyEnv, observe, log }: PlatformOptions): Platform {
  const client: Client = { post: createPost(proxyEnv), apiUrl: wechatApiUrl, observe, log };
  const tokenOf = createTokenOf(client);
  return {
    name: "wechat",
    // The data cube's present interfaces know nothing older.
    historyStart: "2025-11-01",
    limits: {
      summaryDays: 30,
      followerDays: 7,
      publications: OBJECTS_PER_CALL,
      comments: COMMENTS_PER_CALL,
      messageWindowSeconds: 86_400,
      messageDays: 7,
    },
    apis: APIS,
    pageApi: PAGE_API,
    open(account, ports) {
      const ask = createAsk(client, tokenOf, account, ports);
      return {
        authorise: async () => void (await tokenOf(account, ports, null)),
        statistics: openStatistics(ask),
        publications: openPublications(ask),
        profile: openProfile(ask),
        comments: openComments(ask),
        messages: openMessages(ask),
      };
    },
    pages: {
      ...createPages({ pageUrl: wechatPageUrl, proxyEnv, observe, log }),
      identify: articleIdOf,
    },
    withoutPersonalData,
  };
}
