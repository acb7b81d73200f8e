import type { Fault } from "./faults.ts";

/** Faults of asking for a token: own ones by a short word, and a number that means something else on other calls. */
export const TOKEN_FAULTS: Readonly<Record<string, Fault>> = {
  "40001": {
    name: "SecretRejected",
    retry: "never",
    scope: "account",
    message: "appsecret refused",
    reason:
      "平台拒绝了该公众号的 AppID 或 AppSecret：请登录微信公众平台（mp.weixin.qq.com）核对 AppID，必要时重置 AppSecret，并重新登记。",
  },
  no_secret: {
    name: "SecretMissing",
    retry: "never",
    scope: "account",
    message: "no appsecret registered",
    reason:
      "未登记 AppSecret：请在微信公众平台“设置与开发 → 开发接口管理 → 基本配置”中获取 AppSecret，并在本系统登记。",
  },
  token_rejected: {
    name: "TokenRejected",
    retry: "later",
    scope: "account",
    message: "platform returned the refused token again",
    reason: "平台重复返回已失效的访问凭证，系统稍后会自动重试，无需处理。",
  },
  token_wait: {
    name: "TokenWaitTimedOut",
    retry: "soon",
    scope: "account",
    message: "another process held the token claim too long",
    reason: "等待访问凭证超时，系统会自动重试，无需处理。",
  },
};
