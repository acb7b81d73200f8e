import type { Logger } from "pino";
import type { Platform, RequestObserver } from "./platform.ts";
import { wechat } from "./wechat/index.ts";

export interface PlatformOptions {
  wechatApiUrl: string;
  /** As in the environment: `HTTPS_PROXY`, `NO_PROXY`. */
  proxyEnv: Record<string, string>;
  observe: RequestObserver;
  log: Logger;
}

/** All platforms by the name that the register uses. */
export function openPlatforms(options: PlatformOptions): Record<string, Platform> {
  return { wechat: wechat(options) };
}

export const PLATFORM_NAMES = ["wechat"] as const;
