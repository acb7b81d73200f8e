import type { Retry, Scope } from "../../errors.ts";

export interface Fault {
  name: string;
  retry: Retry;
  scope: Scope;
  message: string;
  reason: string;
}

const CONSOLE = "微信公众平台（mp.weixin.qq.com）";
const BUG_REASON = "本系统发出的请求不被平台接受，属于程序问题，无需公众号运营人员处理，请将错误码告知系统维护人员。";

const secret = (name: string, message: string, reason: string): Fault => ({
  name,
  retry: "never",
  scope: "account",
  message,
  reason,
});
const permission = (name: string, message: string, reason: string): Fault => ({
  name,
  retry: "never",
  scope: "permission",
  message,
  reason,
});
const ours = (name: string, message: string): Fault => ({
  name,
  retry: "later",
  scope: "request",
  message,
  reason: BUG_REASON,
});
const waiting = (name: string, message: string, reason: string): Fault => ({
  name,
  retry: "later",
  scope: "account",
  message,
  reason,
});

const absent = (name: string, message: string, reason: string): Fault => ({
  name,
  retry: "never",
  scope: "function",
  message,
  reason,
});

const TOKEN_REJECTED: Fault = {
  name: "TokenRejected",
  retry: "later",
  scope: "account",
  message: "access token refused although it is the platform's newest",
  reason: "平台拒绝了最新的访问凭证，系统稍后会自动重试；若持续出现，请确认没有其他系统频繁强制刷新该公众号的凭证。",
};

const UNAUTHORIZED = permission(
  "PermissionMissing",
  "api not authorised for this account",
  `该公众号没有此接口的权限：请登录${CONSOLE}确认微信认证有效（每年需年审），并在“设置与开发 → 开发接口管理 → 接口权限”中确认已获得该接口。`,
);

const IP_CONFIRMATION = `请公众号管理员在微信“公众平台安全助手”的通知中确认本系统服务器的 IP，或登录${CONSOLE}将其加入 IP 白名单`;

/** What each error number of the platform means, whichever API answers it. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "-1": {
    name: "SystemBusy",
    retry: "soon",
    scope: "request",
    message: "platform is busy",
    reason: "微信平台繁忙，系统会自动重试，无需处理。",
  },
  "40001": TOKEN_REJECTED,
  "40014": TOKEN_REJECTED,
  "42001": TOKEN_REJECTED,
  "40002": ours("GrantTypeInvalid", "invalid grant_type"),
  "40013": secret(
    "AppIdInvalid",
    "invalid appid",
    `AppID 不正确：请登录${CONSOLE}核对开发者 ID（AppID），并在登记表中更正。`,
  ),
  "40125": secret(
    "SecretInvalid",
    "invalid appsecret",
    `AppSecret 不正确，可能已被重置：请登录${CONSOLE}，在“设置与开发 → 开发接口管理 → 基本配置”中重置 AppSecret，并重新登记。`,
  ),
  "40164": secret(
    "IpNotAllowed",
    "egress IP is not in the account's IP allow-list",
    `本系统服务器的出口 IP 不在该公众号的 IP 白名单中：请登录${CONSOLE}，在“设置与开发 → 开发接口管理 → 基本配置 → IP 白名单”中加入。`,
  ),
  "40243": secret(
    "SecretFrozen",
    "appsecret is frozen",
    `AppSecret 已被冻结：请登录${CONSOLE}，在“设置与开发 → 开发接口管理 → 基本配置”中解冻 AppSecret。`,
  ),
  "41001": ours("TokenMissing", "access_token missing"),
  "41002": ours("AppIdMissing", "appid missing"),
  "41004": ours("SecretNotSent", "secret missing in the request"),
  "43001": ours("GetRequired", "GET method required"),
  "43002": ours("PostRequired", "POST method required"),
  "43003": ours("HttpsRequired", "HTTPS required"),
  "44002": ours("BodyEmpty", "empty request body"),
  "47001": ours("BodyInvalid", "request body not understood"),
  "61500": ours("DateFormatInvalid", "date format not accepted"),
  "61501": ours("DateRangeInvalid", "date range not accepted"),
  "65416": ours("MessageQueryInvalid", "parameters of the message query not accepted"),
  "65417": ours("MessageWindowTooLong", "time range of the message query not accepted"),
  "76003": ours("CgiPathInvalid", "cgi_path not accepted"),
  "88010": ours("CommentCountInvalid", "number of comments not accepted"),
  "76021": permission(
    "CgiPathUnknown",
    "cgi_path not found",
    "平台不提供此接口的额度查询，系统按调用结果判断剩余次数，无需处理。",
  ),
  "45009": {
    name: "DailyQuotaReached",
    retry: "later",
    scope: "quota",
    message: "daily quota of this api reached",
    reason:
      "该公众号此接口今日的调用次数已用完，次日零点后自动恢复；若经常出现，请检查是否有其他系统在大量调用同一公众号的接口。",
  },
  "45011": {
    name: "MinuteQuotaReached",
    retry: "soon",
    scope: "quota",
    message: "minute quota of this api reached",
    reason: "接口调用过于频繁，系统会在一分钟后自动重试，无需处理。",
  },
  "47009": permission(
    "ApiRetired",
    "api is offline",
    "微信平台已停用此接口，无需公众号运营人员处理，请告知系统维护人员升级本系统。",
  ),
  "48001": UNAUTHORIZED,
  "61007": { ...UNAUTHORIZED, name: "ComponentPermissionMissing", message: "api not authorised to the component" },
  "76022": { ...UNAUTHORIZED, name: "QuotaPermissionMissing", message: "no permission for this cgi_path" },
  "48004": secret(
    "ApiForbidden",
    "api forbidden for this account",
    `该公众号的接口权限已被平台封禁：请登录${CONSOLE}查看站内通知，按要求整改并申诉。`,
  ),
  "48006": {
    name: "QuotaResetsUsedUp",
    retry: "later",
    scope: "request",
    message: "quota resets of this month are used up",
    reason: "该公众号本月的接口次数清零机会已用完，下月自动恢复。",
  },
  "50002": secret(
    "UserLimited",
    "account is limited, may be banned",
    `该公众号功能受限，可能已被平台处罚：请登录${CONSOLE}查看站内通知，按要求处理。`,
  ),
  "50004": secret(
    "TokenApiForbidden",
    "token api is forbidden for this account",
    `该公众号被禁止获取访问凭证：请登录${CONSOLE}查看站内通知，按要求处理后再启用。`,
  ),
  "50007": secret(
    "AccountFrozen",
    "account is frozen",
    `该公众号已被冻结：请登录${CONSOLE}查看冻结原因，并按提示申请解冻。`,
  ),
  "61003": secret(
    "ComponentNotAuthorized",
    "account has not authorised the component",
    "该公众号尚未授权或已取消授权给第三方平台，请管理员重新扫码授权。",
  ),
  "61024": secret(
    "ComponentAppId",
    "appid belongs to a third-party platform",
    "登记的 AppID 属于第三方平台而不是公众号，请在登记表中改为公众号自己的 AppID 和 AppSecret。",
  ),
  "65400": absent(
    "CustomerServiceAbsent",
    "customer service is not enabled for this account",
    "该公众号未启用客服功能，私信的答复情况无法统计；这不是故障，无需处理。",
  ),
  "88000": absent(
    "CommentsAbsent",
    "account has no comment function",
    "该公众号没有留言功能，留言的答复情况无法统计；这不是故障，无需处理。",
  ),
  "89501": waiting(
    "IpConfirmationPending",
    "this IP waits for the administrator's confirmation",
    `${IP_CONFIRMATION}；确认后系统自动恢复。`,
  ),
  "89503": waiting(
    "IpConfirmationNeeded",
    "this IP needs the administrator's confirmation",
    `${IP_CONFIRMATION}；确认后系统自动恢复。`,
  ),
  "89506": waiting(
    "IpRefusedForDay",
    "the administrator refused this IP twice, blocked for 24 hours",
    `管理员已两次拒绝本系统服务器的 IP，24 小时内不能再申请。${IP_CONFIRMATION}。`,
  ),
  "89507": waiting(
    "IpRefusedForHour",
    "the administrator refused this IP, blocked for 1 hour",
    `管理员已拒绝本系统服务器的 IP，1 小时内不能再申请。${IP_CONFIRMATION}。`,
  ),
};
