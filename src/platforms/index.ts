import type { Logger } from "pino";
import type { Platform, RequestObserver } from "./platform.ts";
import { WECHAT_APIS, wechat } from "./wechat/index.ts";

export interface PlatformOptions {
  wechatApiUrl: string;
  /** Base that article pages are read from, in place of their own host. */
  wechatPageUrl: string;
  /** As in the environment: `HTTPS_PROXY`, `NO_PROXY`. */
  proxyEnv: Record<string, string>;
  observe: RequestObserver;
  log: Logger;
}

/** All platforms by the name that the register uses. */
export function openPlatforms(options: PlatformOptions): Record<string, Platform> {
  return { wechat: wechat(options) };
}

export const PLATFORM_APIS = WECHAT_APIS.map((api) => ({ platform: "wechat", api }));
